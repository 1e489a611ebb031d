/// Merges what two links receive of the same names into one stream. Each message is delivered once, in the order of the
/// link that is ahead.
///
/// Pure: the digests of received messages go in, and the decision whether to deliver comes out. The caller passes the
/// time of a clock that is stopped while the links are not read. A message that is held back is kept as a `Held`.
///
/// Each PUBLISH gives one copy on each link that has the name. For each digest the machine keeps the balance: how many
/// more copies one link has received. A copy that the other link has delivered already is left out, any other is
/// delivered.
///
/// **Joining.** The second link to have a name does not count yet: what was published around its confirmation may exist
/// on one link only, or come from its node a second time. After a window, and when both links have answered a PING, so
/// that neither is far behind, it is in step; after another one it is full. Until then what it receives first waits for
/// the other link, and is delivered with that one's copy; what is still waiting when it becomes full is delivered then.
/// Where equal messages repeat, nobody knows with which of them each link began. There a link becomes full only after a
/// window without any repetition.
///
/// **Overdue.** When a full link has not received a message within the window, it begins to join again. When a link in
/// step has received a message that the other link has not, it is not known whether messages are missing: the machine
/// reports a gap.
///
/// **A loss.** What the lost link has delivered is still expected of the other, for the window, or until a PING has
/// shown how far behind that one is. What the other has delivered is kept for as long, because the next node may repeat
/// it. A name whose other link is full misses nothing. One whose other link was in step goes on there, with a gap
/// (`unproven`); one that the other link does not have, or has just begun with, is missed until it is there for certain
/// (`uncovered`).
package struct MirrorMachine<Held> {
    package typealias Instant = ContinuousClock.Instant

    package struct Settings: Sendable {
        /// How far apart two nodes may send the same message.
        package var window: Duration
        /// So many messages may wait for their other copy.
        package var noteLimit = 1 << 18
        /// So many bytes of messages may be held back.
        package var heldLimit = 16 << 20

        package init(window: Duration) { self.window = window }
    }

    /// What to do with a message.
    package enum Decision: Equatable, Sendable {
        case deliver
        /// Discard the message, because it was delivered already.
        case discard
        /// Discard the message, but report a gap. The link that had delivered its copy is lost, and equal messages are
        /// being published, so it may be another message.
        case discardWithGap
        /// Hold the message back. `hold` must be called with it.
        case hold
    }

    package enum Action {
        /// Deliver these messages, which were held back.
        case deliver([Held])
        /// Report a gap, because messages of these names may be missing here.
        case gap([RedisGap.Name])
        /// Send a PING on that link, and call `answered` when its reply has come.
        case ping(MirrorSide, Ping)
        /// Report that these names are not missed any more (`Loss.uncovered`).
        case restored([RedisGap.Name])
    }

    /// Identifies a PING: the link for whose sake it is sent, and its number.
    package struct Ping: Equatable, Sendable {
        var side: MirrorSide
        var number: UInt64
    }

    struct Join {
        var name: UInt32
        var generation: UInt32
        var since: Instant
        var phase: MirroredNameState.Phase
        /// When the phase ends, if both links have answered by then.
        var due: Instant
    }

    /// The state of a link as a whole.
    struct Link {
        /// Joins that wait for the end of their window, in the order of their times.
        var joins = Queue<Join>()
        /// Joins of an only link, which wait for nothing but its answer to the next PING.
        var joinsAlone: [Join] = []
        /// Joins whose time is over and that wait until the links have answered a PING.
        var awaitingPong: [Join] = []
        /// How many links still have to answer the PING.
        var pongsDue = 0
        var lastPing: UInt64 = 0
        var pingedAt = Instant.now
        /// Joins whose messages repeat. They wait for a pause that makes it certain which messages are equal.
        var waiting: [Join] = []
        /// How often the link was lost.
        var losses: UInt32 = 0
        var openedAt: Instant?
    }

    package let settings: Settings
    var names = MirroredNameStates()
    var links = MirrorPair(Link(), Link())
    var notes = MirrorNotes()
    var held = MirrorHeld<Held>()
    private var lastPing: UInt64 = 0
    /// The digests that came last, one for each remainder, to find names whose messages repeat.
    private var recentKeys = [UInt64](repeating: 0, count: 4096)
    var due: [Action] = []

    package init(_ settings: Settings) { self.settings = settings }

    /// Called when a link has received a message of a name. `key` is the digest of the message.
    package mutating func received(_ side: MirrorSide, _ name: Int, _ key: UInt64, at now: Instant) -> Decision {
        guard let phase = names[name]?.links[side].phase, let generation = names[name]?.generation, phase != .absent,
            phase != .recovering
        else { return .discard }
        names[name]?.lastAt = now
        let note = MirrorNotes.Note(key: key, at: now, name: UInt32(name), generation: generation, side: side)
        switch notes.add(note, isHeld: phase != .full, loss: links[side].losses) {
        case .none:
            if phase != .full { return .hold }
            noteRepetition(name, key, at: now)
            while notes.count > settings.noteLimit { evict(at: now) }
            return .deliver
        case .held:
            held.removeFirst(key)
            noteRepetition(name, key, at: now)
            return .deliver
        case .delivered(let loss):
            let current = links[side.other].losses
            guard loss != current, names[name]?.reportedLoss != current, isRepeating(name, at: now) else {
                return .discard
            }
            names[name]?.reportedLoss = current
            return .discardWithGap
        }
    }

    /// Keeps a message that is held back.
    package mutating func hold(
        _ message: Held,
        bytes: Int,
        _ side: MirrorSide,
        _ name: Int,
        _ key: UInt64,
        at now: Instant
    ) {
        held.add(message, bytes: bytes, side, name, key)
        if held.bytes > settings.heldLimit { discardAllHeld(at: now) }
    }

    /// Returns the actions that are due. Must be called after each call that may have changed something.
    package mutating func takeActions() -> [Action] { due.isEmpty ? [] : exchange(&due, with: []) }

    private mutating func noteRepetition(_ name: Int, _ key: UInt64, at now: Instant) {
        let place = Int(truncatingIfNeeded: key & 4095)
        if recentKeys[place] == key { names[name]?.repeatedAt = now } else { recentKeys[place] = key }
    }

    func isRepeating(_ name: Int, at now: Instant) -> Bool {
        guard let last = names[name]?.repeatedAt else { return false }
        return last.duration(to: now) <= settings.window * 2
    }

    mutating func nextPing(_ side: MirrorSide) -> Ping {
        lastPing += 1
        return Ping(side: side, number: lastPing)
    }
}
