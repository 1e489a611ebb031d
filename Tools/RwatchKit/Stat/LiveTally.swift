import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor

/// Counts the events of a watch while it runs. The loop's thread counts, and any thread may look.
package final class LiveTally: Sendable {
    private struct State {
        var tally: EventTally
        /// Whether events tell their servers.
        let tellsNodes: Bool
        /// When the first watch was established.
        var begun: Int64?
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
    ///   - tellsNodes: Whether events are counted by their servers too.
    package init(_ counters: Counters, tellsNodes: Bool) {
        state = Locked(State(tally: EventTally(counters), tellsNodes: tellsNodes))
    }

    /// What was counted until a time in microseconds since the epoch, and what could not be.
    package func counted(until time: Int64) -> (counters: Counters, account: InputAccount) {
        state.withLock { state in
            state.tally.passes(time)
            return (state.tally.counters, state.tally.account)
        }
    }

    /// When the watch was established, in microseconds since the epoch; `nil` when it was not.
    package var begun: Int64? { state.withLock { $0.begun } }

    /// Notes that a watch is established.
    func begins() {
        let now = RedisTimestamp.now().microseconds
        state.withLock { $0.begun = $0.begun ?? now }
    }

    /// Looks for keys by the table of a server. The last one counts where there are several.
    func use(_ table: CommandCatalog) { state.withLock { $0.tally.use(table) } }

    /// Counts the line of a command. Returns `false` for one that is none in a known form.
    func count(_ line: RawSpan, _ number: NodeNumber) -> Bool {
        let header = MonitorLine(line)
        return state.withLock { state in
            guard let header else {
                state.tally.unreadable(.unknownForm)
                return false
            }
            let node = state.name(number)
            state.tally.command(line, header, node: node.rawSpan)
            return true
        }
    }

    /// Counts a message.
    func count(_ view: borrowing PubSub.MessageView) {
        let (kind, time, size) = (view.kind, view.receivedAt.microseconds, view.payload.byteCount)
        let (channel, pattern, number) = (view.channel, view.pattern, view.nodeNumber)
        state.withLock { state in
            let node = state.name(number)
            state.tally.count(kind, at: time, channel: channel, pattern: pattern, size: size, node: node.rawSpan)
        }
    }

    /// Counts an event of a key.
    func count(_ name: RawSpan, key: RawSpan, database: Int, at time: Int64, _ number: NodeNumber) {
        state.withLock { state in
            let node = state.name(number)
            state.tally.count(name, key: key, database: database, at: time, node: node.rawSpan)
        }
    }

    /// Notes that events may have been missed.
    func note(_ gap: RedisGap) {
        let incident = Incident(
            .gap,
            from: gap.from.microseconds,
            until: gap.until.microseconds,
            count: gap.missedPublishes,
            node: gap.cause.node.map { "\($0)" } ?? "",
            reason: gap.cause.description
        )
        state.withLock { $0.tally.add(incident) }
    }

    /// Notes that a link is back.
    func note(_ event: RedisLinkEvent) {
        guard case .restored(let duration, let node) = event else { return }
        let now = RedisTimestamp.now().microseconds
        let incident = Incident(
            .reconnect,
            from: now - Int64(duration / .microseconds(1)),
            until: now,
            node: "\(node)"
        )
        state.withLock { $0.tally.add(incident) }
    }
}
