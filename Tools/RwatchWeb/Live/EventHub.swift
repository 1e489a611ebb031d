import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor
package import RwatchKit

/// Where all events of the run come together: they are counted, and whoever looks gets those that it has selected. The
/// loop's thread brings them, and any thread may look.
package final class EventHub: Sendable {
    struct State {
        var tally: EventTally
        var labels: NodeLabels
        /// Whether events are counted by their servers too.
        let tellsNodes: Bool
        /// What is left out of what viewers get.
        let redaction: Redaction?
        var table = CommandCatalog.builtIn
        var seats: [ViewerSeat] = []
        var history = RateHistory()
        var incidents = RecentIncidents()
        var links = LinkBoard()
        /// When the first watch was established, in microseconds since the epoch.
        var begun: Int64?
        /// How many events viewers have missed who are gone.
        var missedByOthers = 0
        // Most events come from the same server as the one before.
        var node = NodeNumber.none
        var nodeName: [UInt8] = []

        mutating func name(_ number: NodeNumber) -> [UInt8] {
            guard tellsNodes else { return [] }
            if number != node || nodeName.isEmpty {
                node = number
                nodeName = number.endpoint.map { Array("\($0)".utf8) } ?? []
            }
            return nodeName
        }
    }

    private let state: Locked<State>

    /// - Parameters:
    ///   - counters: What counts.
    ///   - labels: How events tell their servers.
    ///   - redaction: What is left out of what viewers get.
    package init(_ counters: Counters, labels: sending NodeLabels, redaction: Redaction?) {
        let tellsNodes = labels.isPlural
        state = Locked(
            State(tally: EventTally(counters), labels: labels, tellsNodes: tellsNodes, redaction: redaction)
        )
    }

    // MARK: Events, on the loop

    /// A line of MONITOR came. Returns `false` for one that is no command in a known form.
    func line(_ line: RawSpan, _ number: NodeNumber) -> Bool {
        let header = MonitorLine(line)
        let now = RedisTimestamp.now().microseconds
        return state.withLock { state in
            state.history.add(1, at: Int(now / 1_000_000))
            let node = state.name(number)
            if let header {
                state.tally.command(line, header, node: node.rawSpan)
            } else {
                state.tally.unreadable(.unknownForm)
            }
            guard !state.seats.isEmpty else { return header != nil }
            let label = state.labels.label(number)
            for seat in state.seats { seat.offer(line: line, node: number, label: label, at: now) }
            return header != nil
        }
    }

    /// A message came.
    func message(_ view: borrowing PubSub.MessageView) {
        let (kind, number, time) = (view.kind, view.nodeNumber, view.receivedAt.microseconds)
        let (channel, pattern, payload) = (view.channel, view.pattern, view.payload)
        state.withLock { state in
            state.history.add(1, at: Int(time / 1_000_000))
            let node = state.name(number)
            state.tally.message(
                RecordedMessage(
                    kind,
                    at: time,
                    channel: channel,
                    pattern: pattern,
                    payload: payload,
                    node: node.rawSpan
                )
            )
            guard !state.seats.isEmpty else { return }
            let label = state.labels.label(number)
            for seat in state.seats {
                seat.offer(
                    kind,
                    channel: channel,
                    pattern: pattern,
                    payload: payload,
                    at: time,
                    node: number,
                    label: label
                )
            }
        }
    }

    /// An event of a key came.
    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, _ number: NodeNumber) {
        state.withLock { state in
            state.history.add(1, at: Int(time.microseconds / 1_000_000))
            let node = state.name(number)
            state.tally.keyEvent(
                RecordedKeyEvent(name, at: time.microseconds, key: key, database: database, node: node.rawSpan)
            )
            guard !state.seats.isEmpty else { return }
            let label = state.labels.label(number)
            for seat in state.seats {
                seat.offer(event: name, key: key, database: database, at: time, node: number, label: label)
            }
        }
    }

    /// The events of a turn are complete.
    func turnEnded() {
        for viewer in state.withLock({ $0.seats.map(\.viewer) }) where viewer.form == .lines {
            if viewer.withQueue({ !$0.isEmpty }) { viewer.tell() }
        }
    }

    // MARK: Links

    /// Keys are found, and values told from keys, by the table of a server. The last one counts where there are
    /// several.
    package func use(_ table: CommandCatalog) { state.withLock { $0.table = table } }

    /// A watch is established.
    package func begins(_ source: String, at node: String) {
        let now = RedisTimestamp.now().microseconds
        state.withLock { state in
            state.begun = state.begun ?? now
            state.history.advance(to: Int(now / 1_000_000))
            state.links.isUp(source, node, at: now)
        }
    }

    /// A link to a node stands.
    func isUp(_ source: String, _ node: String) {
        state.withLock { $0.links.isUp(source, node, at: RedisTimestamp.now().microseconds) }
    }

    /// Something has happened to a link.
    func note(_ event: RedisLinkEvent, _ source: String, _ usual: String) {
        let now = RedisTimestamp.now().microseconds
        let node = event.node.map { "\($0)" } ?? usual
        state.withLock { state in
            switch event {
            case .lost(let cause, _): state.links.isLost(source, node, cause.description, at: now)
            case .retrying(let error, _): state.links.isLost(source, node, error.words, at: now)
            case .restored(let duration, _):
                state.links.isUp(source, node, at: now)
                // The name by which a link was opened is another word for the same link.
                if node != usual, !state.tellsNodes { state.links.isUp(source, usual, at: now) }
                let from = now - Int64(duration / .microseconds(1))
                state.incidents.add(Incident(.reconnect, from: from, until: now, node: node))
            case .authenticationFailed: break
            }
        }
    }

    /// Events may have been missed.
    func note(_ gap: RedisGap) {
        let now = RedisTimestamp.now().microseconds
        state.withLock { state in
            state.incidents.add(
                Incident(
                    .gap,
                    from: gap.from.microseconds,
                    until: gap.until.microseconds,
                    count: gap.missedPublishes,
                    node: gap.cause.node.map { "\($0)" } ?? "",
                    reason: gap.cause.description
                )
            )
            let label = state.labels.label(gap.cause.node)
            for seat in state.seats {
                seat.viewer.withQueue { queue in
                    queue.add(record: { EventJSON.gap(gap, node: label, to: &$0) }, at: now)
                }
            }
        }
    }

    /// A stream has ended.
    func ended(_ source: String, _ error: RedisError?) {
        state.withLock { state in
            state.links.hasEnded(source, error?.words ?? "", at: RedisTimestamp.now().microseconds)
        }
    }

    /// Commands were counted by the server itself.
    package func sampled(_ commands: Int) {
        let second = Int(RedisTimestamp.now().microseconds / 1_000_000)
        state.withLock { $0.history.add(commands, at: second) }
    }

    // MARK: Viewers

    /// Adds a viewer. `lastID` is the number of the last event that it has seen, if it was here before. Returns `false`
    /// when there are `most` already.
    package func attach(_ viewer: Viewer, most: Int = .max, lastID: Int? = nil) -> Bool {
        state.withLock { state in
            guard state.seats.count < most else { return false }
            if let lastID, lastID < state.tally.counters.events, lastID >= 0 {
                let missed = state.tally.counters.events - lastID
                viewer.withQueue { $0.miss(missed, since: RedisTimestamp.now().microseconds) }
            }
            state.seats.append(ViewerSeat(viewer, state.table, state.redaction))
            return true
        }
    }

    /// Removes a viewer.
    package func detach(_ viewer: Viewer) {
        state.withLock { state in
            guard let index = state.seats.firstIndex(where: { $0.viewer === viewer }) else { return }
            state.missedByOthers += viewer.withQueue { $0.missedEvents }
            state.seats.remove(at: index)
        }
    }

    /// Whether anybody looks.
    package var isWatched: Bool { state.withLock { !$0.seats.isEmpty } }

    /// How many events there were.
    package var events: Int { state.withLock { $0.tally.counters.events } }

    /// Calls `body` with what is known now.
    func look<Result>(_ body: (HubView) -> Result) -> Result {
        let now = RedisTimestamp.now().microseconds
        return state.withLock { state in
            state.history.advance(to: Int(now / 1_000_000))
            // Windows slide although nothing comes. Of the copy, only the time differs.
            var counters = state.tally.counters
            counters.passes(now)
            let missed = state.seats.reduce(state.missedByOthers) { sum, seat in
                sum + seat.viewer.withQueue { $0.missedEvents }
            }
            return body(
                HubView(
                    now: now,
                    counters: counters,
                    unreadable: state.tally.account.unreadable,
                    history: state.history,
                    incidents: state.incidents,
                    links: state.links.links,
                    begun: state.begun,
                    viewers: state.seats.count,
                    missed: missed,
                    redaction: state.redaction
                )
            )
        }
    }
}

/// What is known at a moment.
struct HubView {
    var now: Int64
    var counters: Counters
    var unreadable: Int
    var history: RateHistory
    var incidents: RecentIncidents
    var links: [LinkBoard.Link]
    var begun: Int64?
    var viewers: Int
    /// How many events had no room in the queue of a viewer.
    var missed: Int
    var redaction: Redaction?
}
