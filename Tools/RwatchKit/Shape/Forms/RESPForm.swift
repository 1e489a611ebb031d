import RedisRESP

/// Events as frames of RESP2: a command as a client sends it, and a message as a server pushes it.
enum RESPForm {
    /// Appends a message.
    static func append(_ event: borrowing SelectedEvent, to buffer: inout OutputBuffer) {
        buffer.append(literal: event.kind == .patternMessage ? "*4\r\n" : "*3\r\n")
        buffer.append(bulk: event.kind.name.rawSpan)
        if event.kind == .patternMessage { buffer.append(bulk: event.pattern) }
        buffer.append(bulk: event.name)
        buffer.append(bulk: event.content)
    }

    /// Appends an entry: its kind, its stream, its id, and an array of its fields.
    static func appendEntry(
        _ event: borrowing SelectedEvent,
        _ reader: inout EventReader,
        to buffer: inout OutputBuffer
    ) {
        let mark = buffer.count
        buffer.append(literal: "*4\r\n")
        buffer.append(bulk: event.kind.name.rawSpan)
        buffer.append(bulk: event.name)
        buffer.append(bulk: event.pattern)
        reader.arguments.begin(at: 0)
        let count = reader.arguments.count(in: event.content) ?? 0
        buffer.append(UInt8(ascii: "*"))
        buffer.append(integer: count)
        buffer.append(literal: "\r\n")
        for index in 0..<count {
            guard let bounds = reader.arguments.argument(index, in: event.content),
                reader.decode(bounds, in: event.content)
            else { return buffer.rewind(to: mark) }
            buffer.append(bulk: reader.scratch.rawSpan)
        }
    }

    /// Appends a command. A line that is no command in a known form is left out.
    ///
    /// - Returns: Whether it was a command.
    static func appendCommand(
        _ line: RawSpan,
        _ reader: inout EventReader,
        to buffer: inout OutputBuffer
    ) -> Bool {
        reader.readHeader(line)
        guard reader.header != nil, let count = reader.arguments.count(in: line), count > 0 else { return false }
        let mark = buffer.count
        buffer.append(UInt8(ascii: "*"))
        buffer.append(integer: count)
        buffer.append(literal: "\r\n")
        for index in 0..<count {
            guard let bounds = reader.arguments.argument(index, in: line) else { break }
            if !bounds.isEscaped {
                buffer.append(bulk: bounds.span(in: line))
            } else if reader.decode(bounds, in: line) {
                buffer.append(bulk: reader.scratch.rawSpan)
            } else {
                buffer.rewind(to: mark)
                return false
            }
        }
        return true
    }
}

extension OutputBuffer {
    /// Appends a bulk string.
    mutating func append(bulk source: RawSpan) {
        append(UInt8(ascii: "$"))
        append(integer: source.byteCount)
        append(literal: "\r\n")
        append(source)
        append(literal: "\r\n")
    }
}
