package import RedisCore
package import RedisEvents
import RedisRESP
package import RedisReactor

/// Decides which events are shown, before they are formatted. It belongs to the loop's thread.
package final class EventSelection {
    /// Whether every event is shown. Lines are so many that they are not even looked at then.
    private let showsAll: Bool
    private let plain: PlainLineFilter?
    /// Whether what `plain` decides is all there is to decide.
    private let isPlainEnough: Bool
    /// Whether an event may end the watch. Each event asks, and a constant costs nothing.
    private let hasLast: Bool
    private var decision: SelectionDecision

    /// A selection of what fulfils the conditions of `filter`; of everything without one.
    package init(_ filter: EventFilter?) {
        showsAll = filter == nil
        let filter = filter ?? EventFilter(table: .builtIn, sample: .all, following: 0)
        plain = filter.plain
        isPlainEnough = filter.isOfNamesAlone
        decision = SelectionDecision(filter)
        hasLast = filter.last != nil
    }

    /// Whether the last event to show has been shown.
    @inline(__always)
    package var isOver: Bool { hasLast && decision.isOver }

    /// Whether the line of a command is shown. `client` is its client, if that is known, and `isFromScript` says that
    /// it is a script's, though its line names the caller.
    package func selects(
        line: RawSpan,
        node: NodeNumber = .none,
        client: KnownClient? = nil,
        isFromScript: Bool = false
    ) -> Bool {
        if showsAll { return true }
        // Most lines need no more than this, which changes nothing.
        let names = plain?.verdict(line) ?? .unknown
        if isPlainEnough, names != .unknown { return names == .yes }
        let none = RawSpan()
        return decision.selects(
            SelectedEvent(
                .command,
                node: node,
                name: none,
                pattern: none,
                content: line,
                client: client,
                isFromScript: isFromScript
            ),
            names: names
        )
    }

    /// Whether a message is shown.
    package func selects(_ view: borrowing PubSub.MessageView) -> Bool {
        selects(
            view.kind,
            channel: view.channel,
            pattern: view.pattern,
            payload: view.payload,
            at: view.receivedAt,
            node: view.nodeNumber
        )
    }

    /// Whether a message with these parts is shown.
    package func selects(
        _ kind: PubSub.Message.Kind,
        channel: RawSpan,
        pattern: RawSpan,
        payload: RawSpan,
        at time: RedisTimestamp,
        node: NodeNumber = .none
    ) -> Bool {
        decision.selects(
            SelectedEvent(
                SelectedEvent.Kind(kind),
                node: node,
                time: time.microseconds,
                name: channel,
                pattern: pattern,
                content: payload
            )
        )
    }

    /// Whether an entry of a stream, or a message of a durable channel, is shown.
    func selects(_ entry: EntryText) -> Bool {
        decision.selects(
            SelectedEvent(
                entry.kind,
                node: .none,
                time: entry.time,
                name: entry.name.rawSpan,
                pattern: entry.id.rawSpan,
                content: entry.content.rawSpan
            )
        )
    }

    /// Whether an event of a key is shown.
    package func selects(
        event name: RawSpan,
        key: RawSpan,
        database: Int,
        at time: RedisTimestamp,
        node: NodeNumber = .none
    ) -> Bool {
        decision.selects(
            SelectedEvent(
                .key,
                node: node,
                time: time.microseconds,
                name: name,
                pattern: RawSpan(),
                content: key,
                database: database
            )
        )
    }
}
