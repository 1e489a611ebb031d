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
    ///   - tail: Keeps the last events, if anybody wants them.
    package init(_ counters: Counters, tellsNodes: Bool, tail: EventTail? = nil) {
        state = Locked(State(tally: EventTally(counters, tail: tail), tellsNodes: tellsNodes))
    }

    /// Counts a command of a recording.
    func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan) {
        state.withLock { $0.tally.command(line, header, node: node) }
    }

    /// Counts a message of a recording.
    func message(_ message: borrowing RecordedMessage) {
        let (kind, time, channel, pattern) = (message.kind, message.time, message.channel, message.pattern)
        let (payload, node) = (message.payload, message.node)
        state.withLock { state in
            state.tally.message(
                RecordedMessage(kind, at: time, channel: channel, pattern: pattern, payload: payload, node: node)
            )
        }
    }

    /// Counts an event of a key of a recording.
    func keyEvent(_ event: borrowing RecordedKeyEvent) {
        let (name, time, key, database, node) = (event.name, event.time, event.key, event.database, event.node)
        state.withLock { state in
            state.tally.keyEvent(RecordedKeyEvent(name, at: time, key: key, database: database, node: node))
        }
    }

    /// Looks at what was counted, or changes it. Whoever counts waits meanwhile.
    package func withTally<Result>(_ body: (inout EventTally) -> Result) -> Result {
        state.withLock { body(&$0.tally) }
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

    /// Counts the line of a command.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - number: Its server.
    ///   - client: Its client, if that is known.
    /// - Returns: `false` for a line that is none in a known form.
    func count(_ line: RawSpan, _ number: NodeNumber, _ client: KnownClient? = nil) -> Bool {
        let header = MonitorLine(line)
        return state.withLock { state in
            guard let header else {
                state.tally.unreadable(.unknownForm)
                return false
            }
            let node = state.name(number)
            if let user = client?.user {
                state.tally.command(line, header, node: node.rawSpan, user: user.rawSpan)
            } else {
                state.tally.command(line, header, node: node.rawSpan)
            }
            return true
        }
    }

    /// Counts a message.
    func count(_ view: borrowing PubSub.MessageView) {
        let (kind, time, payload) = (view.kind, view.receivedAt.microseconds, view.payload)
        let (channel, pattern, number) = (view.channel, view.pattern, view.nodeNumber)
        state.withLock { state in
            let node = state.name(number)
            guard !state.tally.isSelecting else {
                return state.tally.message(
                    RecordedMessage(
                        kind,
                        at: time,
                        channel: channel,
                        pattern: pattern,
                        payload: payload,
                        node: node.rawSpan
                    )
                )
            }
            state.tally.count(kind, at: time, channel: channel, pattern: pattern, payload: payload, node: node.rawSpan)
        }
    }

    /// Counts an event of a key.
    func count(_ name: RawSpan, key: RawSpan, database: Int, at time: Int64, _ number: NodeNumber) {
        state.withLock { state in
            let node = state.name(number)
            guard !state.tally.isSelecting else {
                return state.tally.keyEvent(
                    RecordedKeyEvent(name, at: time, key: key, database: database, node: node.rawSpan)
                )
            }
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
