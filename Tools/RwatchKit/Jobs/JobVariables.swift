import RedisEvents
import RedisRESP

/// What a command is told of its event by its environment.
enum JobVariables {
    /// The names of all variables. Where an event has nothing for one, the command does not have it either.
    static let names: Set<[UInt8]> = Set(
        [
            "RWATCH_KIND", "RWATCH_TIME", "RWATCH_NODE", "RWATCH_CHANNEL", "RWATCH_PATTERN", "RWATCH_DB",
            "RWATCH_EVENT", "RWATCH_KEY", "RWATCH_CLIENT", "RWATCH_CLIENT_NAME", "RWATCH_USER", "RWATCH_COMMAND",
            "RWATCH_ID", "RWATCH_OMITTED",
        ].map { Array($0.utf8) }
    )

    /// A longer value is left out, because a system takes no variable above 128 KiB.
    private static let longest = 64 << 10

    /// Appends the variables of an event, with a zero byte behind each. Values that the environment cannot hold,
    /// because they contain a zero byte or are too long, are left out, and `RWATCH_OMITTED` has their names.
    static func append(
        _ event: borrowing SelectedEvent,
        _ reader: inout EventReader,
        to buffer: inout OutputBuffer
    ) {
        var omitted: [StaticString] = []
        append("RWATCH_KIND", event.kind.name.rawSpan, &omitted, to: &buffer)
        let node = reader.node(event.node)
        if !node.isEmpty { append("RWATCH_NODE", node.rawSpan, &omitted, to: &buffer) }
        var time = event.time
        switch event.kind {
        case .command: time = appendCommand(event, &reader, &omitted, to: &buffer)
        case .key:
            append("RWATCH_EVENT", event.name, &omitted, to: &buffer)
            append("RWATCH_KEY", event.content, &omitted, to: &buffer)
            append("RWATCH_DB", event.database, to: &buffer)
        case .entry:
            append("RWATCH_KEY", event.name, &omitted, to: &buffer)
            append("RWATCH_ID", event.pattern, &omitted, to: &buffer)
        case .message, .patternMessage, .shardMessage, .replayed:
            append("RWATCH_CHANNEL", event.name, &omitted, to: &buffer)
            if event.kind == .patternMessage { append("RWATCH_PATTERN", event.pattern, &omitted, to: &buffer) }
        }
        buffer.append(literal: "RWATCH_TIME=")
        buffer.append(timestamp: time)
        buffer.append(0)
        guard !omitted.isEmpty else { return }
        let names = Array(omitted.map { "\($0)" }.joined(separator: " ").utf8)
        append("RWATCH_OMITTED", names.rawSpan, &omitted, to: &buffer)
    }

    /// Appends what a command has. Returns when it was executed.
    private static func appendCommand(
        _ event: borrowing SelectedEvent,
        _ reader: inout EventReader,
        _ omitted: inout [StaticString],
        to buffer: inout OutputBuffer
    ) -> Int64 {
        let line = event.content
        reader.readHeader(line)
        guard let header = reader.header else { return event.time }
        append("RWATCH_CLIENT", line.part(header.source), &omitted, to: &buffer)
        append("RWATCH_DB", line.part(header.databaseText), &omitted, to: &buffer)
        if let client = event.client {
            let name = client.name
            append("RWATCH_CLIENT_NAME", name.rawSpan, &omitted, to: &buffer)
            if let user = client.user { append("RWATCH_USER", user.rawSpan, &omitted, to: &buffer) }
        }
        if let name = reader.arguments.argument(0, in: line), reader.decode(name, in: line) {
            append("RWATCH_COMMAND", reader.scratch.rawSpan, &omitted, to: &buffer)
        }
        if let key = reader.firstKey(of: line), reader.decode(key, in: line) {
            append("RWATCH_KEY", reader.scratch.rawSpan, &omitted, to: &buffer)
        }
        return header.time.microseconds
    }

    private static func append(
        _ name: StaticString,
        _ value: RawSpan,
        _ omitted: inout [StaticString],
        to buffer: inout OutputBuffer
    ) {
        guard value.byteCount <= longest, value.firstIndex(of: 0, from: 0) == nil else {
            omitted.append(name)
            return
        }
        buffer.append(literal: name)
        buffer.append(UInt8(ascii: "="))
        buffer.append(value)
        buffer.append(0)
    }

    private static func append(_ name: StaticString, _ value: Int, to buffer: inout OutputBuffer) {
        buffer.append(literal: name)
        buffer.append(UInt8(ascii: "="))
        buffer.append(integer: value)
        buffer.append(0)
    }
}
