package import RedisCore
package import RedisEvents
import RedisRESP

/// Writes events in the form of a shape, straight from the read buffer into the output. It belongs to the loop's
/// thread.
package final class EventShaper {
    /// The two steps, as a value, so that the second can borrow what the first has made.
    private struct Steps: ~Copyable {
        var rewriter: EventRewriter
        var reader: EventReader
        var printer: EventPrinter

        mutating func append(
            _ event: borrowing SelectedEvent,
            _ label: [UInt8],
            to buffer: inout OutputBuffer
        ) -> Bool {
            guard rewriter.isNeeded else { return printer.append(event, label: label, to: &buffer) }
            reader.begin()
            rewriter.rewrite(event, &reader)
            return Self.append(event, label, rewriter, &printer, to: &buffer)
        }

        private static func append(
            _ event: borrowing SelectedEvent,
            _ label: [UInt8],
            _ rewriter: borrowing EventRewriter,
            _ printer: inout EventPrinter,
            to buffer: inout OutputBuffer
        ) -> Bool {
            printer.append(rewriter.event(of: event), label: label, to: &buffer)
        }
    }

    private var steps: Steps

    /// A writer for one sink.
    ///
    /// - Parameters:
    ///   - shape: The form.
    ///   - table: The commands of the server, for the places of keys.
    ///   - width: The columns of the terminal, asked for once in a turn of the loop; `nil` when there is no limit.
    package init(_ shape: EventShape, table: CommandCatalog = .builtIn, width: @escaping () -> Int? = { nil }) {
        var limit: Int?
        // People's form has marks of its own.
        if case .bytes(let bytes) = shape.cut, !shape.isPretty { limit = bytes }
        steps = Steps(
            rewriter: EventRewriter(shape.redaction, limit: limit),
            reader: EventReader(table, []),
            printer: EventPrinter(shape, table, width)
        )
    }

    /// Notes the end of a turn of the loop.
    package func turnEnded() { steps.printer.forgetWidth() }

    /// Appends the line of a command, which came at `time`, in microseconds since the epoch. `client` is its client, if
    /// that is known, and `isFromScript` says that it is a script's, though its line names the caller.
    ///
    /// - Returns: Whether it was a command in a known form.
    @inline(never)
    @discardableResult
    package func append(
        line: RawSpan,
        node: NodeNumber = .none,
        label: [UInt8] = [],
        receivedAt time: Int64,
        client: KnownClient? = nil,
        isFromScript: Bool = false,
        to buffer: inout OutputBuffer
    ) -> Bool {
        let none = RawSpan()
        let event = SelectedEvent(
            .command,
            node: node,
            time: time,
            name: none,
            pattern: none,
            content: line,
            client: client,
            isFromScript: isFromScript
        )
        return steps.append(event, label, to: &buffer)
    }

    // The forms that are written without a shaper must not pay for one, so nothing of it is put into the sinks.

    /// Appends a message.
    @inline(never)
    package func append(_ view: borrowing PubSub.MessageView, label: [UInt8], to buffer: inout OutputBuffer) {
        append(
            view.kind,
            channel: view.channel,
            pattern: view.pattern,
            payload: view.payload,
            at: view.receivedAt.microseconds,
            node: view.nodeNumber,
            label: label,
            to: &buffer
        )
    }

    /// Appends a message with these parts, which came at `time`, in microseconds since the epoch.
    package func append(
        _ kind: PubSub.Message.Kind,
        channel: RawSpan,
        pattern: RawSpan,
        payload: RawSpan,
        at time: Int64,
        node: NodeNumber = .none,
        label: [UInt8] = [],
        to buffer: inout OutputBuffer
    ) {
        let event = SelectedEvent(
            SelectedEvent.Kind(kind),
            node: node,
            time: time,
            name: channel,
            pattern: pattern,
            content: payload
        )
        _ = steps.append(event, label, to: &buffer)
    }

    /// Appends an entry of a stream, whose id has that time, in microseconds since the epoch; or a message that was
    /// read from the stream of its channel.
    @inline(never)
    func append(entry: EntryText, label: [UInt8] = [], to buffer: inout OutputBuffer) {
        let event = SelectedEvent(
            entry.kind,
            node: .none,
            time: entry.time,
            name: entry.name.rawSpan,
            pattern: entry.id.rawSpan,
            content: entry.content.rawSpan
        )
        _ = steps.append(event, label, to: &buffer)
    }

    /// Appends an event of a key, which came at `time`, in microseconds since the epoch.
    @inline(never)
    package func append(
        event name: RawSpan,
        key: RawSpan,
        database: Int,
        at time: Int64,
        node: NodeNumber = .none,
        label: [UInt8] = [],
        to buffer: inout OutputBuffer
    ) {
        let event = SelectedEvent(
            .key,
            node: node,
            time: time,
            name: name,
            pattern: RawSpan(),
            content: key,
            database: database
        )
        _ = steps.append(event, label, to: &buffer)
    }
}
