/// What one link has received and the other has not yet: a balance for each digest, and the notes that make up the
/// balances, in the order of their times.
///
/// Copies of equal messages cannot be distinguished, so the first copy that comes matches the oldest note. The held
/// notes of a joining link are the youngest of their digest, because a link is full before it delivers.
struct MirrorNotes {
    struct Note {
        var key: UInt64
        var at: ContinuousClock.Instant
        /// The number of the name, and its generation.
        var name: UInt32
        var generation: UInt32
        /// The link that has received the message.
        var side: MirrorSide
    }

    private struct Balance {
        /// How many more copies the first link has received; negative when the second link has received more.
        var lead: Int32 = 0
        /// How many of these copies were not delivered.
        var held: Int32 = 0
        /// The number of notes in the queues, matched ones included.
        var queued: Int32 = 0
        /// The number of the loss after which the oldest copy was received.
        var loss: UInt32 = 0
    }

    /// Whether the other link had received a message.
    enum Match {
        /// The other link has not received the message, so a note is kept.
        case none
        /// The other link had received the message, and it was delivered. `loss` counts that link's losses until then.
        case delivered(loss: UInt32)
        /// The other link had received the message, and it was held back.
        case held
    }

    /// The state of a note's message: both links have received it by now, it was delivered, or it is held back.
    enum Status {
        case matched, delivered, held
    }

    private var balances: [UInt64: Balance] = [:]
    private(set) var recent = Queue<Note>()
    /// Notes that are overdue and are kept for a link that may be far behind.
    private(set) var overdue = Queue<Note>()

    var count: Int { recent.count + overdue.count }

    /// Notes that a link has received a message.
    mutating func add(_ note: Note, isHeld: Bool, loss: UInt32) -> Match {
        let match = Self.add(note.side, isHeld, loss, &balances[note.key, default: Balance()])
        switch match {
        case .none: recent.append(note)
        case .delivered, .held: dropMatched()
        }
        return match
    }

    private static func add(_ side: MirrorSide, _ isHeld: Bool, _ loss: UInt32, _ balance: inout Balance) -> Match {
        let sign: Int32 = side == .first ? 1 : -1
        let ahead = balance.lead * sign
        balance.lead += sign
        guard ahead < 0 else {
            balance.queued += 1
            if isHeld { balance.held += 1 }
            if ahead == 0 { balance.loss = loss }
            return .none
        }
        guard -ahead <= balance.held else { return .delivered(loss: balance.loss) }
        balance.held -= 1
        return .held
    }

    /// Removes notes whose other copy has come, because these need not wait for their time.
    private mutating func dropMatched() {
        while let note = recent.first, status(note) == .matched { popRecent() }
        while let note = overdue.first, status(note) == .matched { popOverdue() }
    }

    /// The status of the oldest note of a digest.
    func status(_ note: Note) -> Status {
        guard let balance = balances[note.key], abs(balance.lead) >= balance.queued else { return .matched }
        return abs(balance.lead) == balance.held ? .held : .delivered
    }

    @discardableResult
    mutating func popRecent() -> Status { recent.popFirst().map { remove($0) } ?? .matched }

    @discardableResult
    mutating func popOverdue() -> Status { overdue.popFirst().map { remove($0) } ?? .matched }

    /// Keeps the oldest note although it is overdue.
    mutating func keepOverdue() { if let note = recent.popFirst() { overdue.append(note) } }

    /// Forgets the overdue notes that `body` selects.
    mutating func dropOverdue(where body: (Note) -> Bool) {
        var rest = Queue<Note>()
        while let note = overdue.popFirst() {
            if body(note) { _ = remove(note) } else { rest.append(note) }
        }
        overdue = rest
    }

    private mutating func remove(_ note: Note) -> Status {
        guard let index = balances.index(forKey: note.key) else { return .matched }
        balances.values[index].queued -= 1
        let balance = balances.values[index]
        var status = Status.matched
        if abs(balance.lead) > balance.queued {
            status = abs(balance.lead) == balance.held ? .held : .delivered
            balances.values[index].lead -= balance.lead.signum()
            if status == .held { balances.values[index].held -= 1 }
        }
        if balance.queued == 0 { balances.remove(at: index) }
        return status
    }

    /// Notes that the held messages of a digest are delivered now.
    mutating func deliverHeld(_ key: UInt64) { balances[key]?.held = 0 }

    /// Forgets `count` held messages of a digest, as if they had not been received.
    mutating func forgetHeld(_ key: UInt64, _ count: Int) {
        guard let balance = balances[key] else { return }
        balances[key]?.lead -= balance.lead.signum() * Int32(count)
        balances[key]?.held -= Int32(count)
    }
}
