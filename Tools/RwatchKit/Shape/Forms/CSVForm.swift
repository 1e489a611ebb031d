import RedisEvents
import RedisRESP
import RedisReactor

/// Events as comma-separated values (RFC 4180): a header, the same columns in each record, CRLF behind each.
///
/// A record is one line, and a text in UTF-8: within a field, bytes that are no text, control characters and line ends
/// are escaped as MONITOR escapes them, and a backslash is doubled, so that all of them can be read back. The arguments
/// of a command are one field, as MONITOR writes them.
enum CSVForm {
    /// The names of the columns.
    static func header(of stream: EventStreamKind) -> [UInt8] {
        let names =
            switch stream {
            case .commands: "kind,time,node,db,client,command,arguments"
            case .messages: "kind,time,node,channel,pattern,payload"
            case .keyEvents: "kind,time,node,db,event,key"
            case .entries: "kind,time,node,stream,id,fields"
            }
        return Array((names + "\r\n").utf8)
    }

    /// Appends a message or an event of a key.
    static func append(
        _ event: borrowing SelectedEvent,
        _ binary: BinaryStyle,
        _ reader: inout EventReader,
        _ clock: inout TimeWriter,
        to buffer: inout OutputBuffer
    ) {
        begin(event.kind, event.time, event, &reader, &clock, to: &buffer)
        buffer.append(UInt8(ascii: ","))
        if event.kind == .key {
            buffer.append(integer: event.database)
        } else {
            buffer.append(csv: event.name, binary)
        }
        buffer.append(UInt8(ascii: ","))
        buffer.append(csv: event.kind == .key ? event.name : event.pattern, binary)
        buffer.append(UInt8(ascii: ","))
        // Fields have their escapes already.
        buffer.append(csv: event.content, binary, backslashes: event.kind != .entry)
        buffer.append(literal: "\r\n")
    }

    /// Appends a command. A line that is no command in a known form is a record of the kind `line`, with the line as
    /// its arguments.
    ///
    /// - Returns: Whether it was a command.
    static func appendCommand(
        _ event: borrowing SelectedEvent,
        _ reader: inout EventReader,
        _ clock: inout TimeWriter,
        to buffer: inout OutputBuffer
    ) -> Bool {
        let line = event.content
        reader.readHeader(line)
        guard let header = reader.header, let arguments = reader.argumentText(of: line),
            let name = reader.arguments.argument(0, in: line)
        else {
            begin(nil, event.time, event, &reader, &clock, to: &buffer)
            buffer.append(literal: ",,,,")
            buffer.append(csv: line, .escape)
            buffer.append(literal: "\r\n")
            return false
        }
        begin(.command, header.time.microseconds, event, &reader, &clock, to: &buffer)
        buffer.append(UInt8(ascii: ","))
        buffer.append(csv: line.part(header.databaseText), .escape)
        buffer.append(UInt8(ascii: ","))
        buffer.append(csv: line.part(header.source), .escape)
        buffer.append(UInt8(ascii: ","))
        // It has its escapes already.
        buffer.append(csv: name.span(in: line), .escape, backslashes: false)
        buffer.append(UInt8(ascii: ","))
        buffer.append(csv: line.part(arguments), .escape, backslashes: false)
        buffer.append(literal: "\r\n")
        return true
    }

    /// Appends the columns that all events have.
    private static func begin(
        _ kind: SelectedEvent.Kind?,
        _ time: Int64,
        _ event: borrowing SelectedEvent,
        _ reader: inout EventReader,
        _ clock: inout TimeWriter,
        to buffer: inout OutputBuffer
    ) {
        if let kind { buffer.append(kind.name) } else { buffer.append(literal: "line") }
        buffer.append(UInt8(ascii: ","))
        clock.append(time, to: &buffer)
        buffer.append(UInt8(ascii: ","))
        buffer.append(csv: reader.node(event.node).rawSpan, .escape)
    }
}

extension OutputBuffer {
    /// Appends a field, in quotes where that is necessary.
    ///
    /// - Parameters:
    ///   - source: The field.
    ///   - binary: How it is written if it is not UTF-8.
    ///   - backslashes: Whether backslashes are doubled.
    mutating func append(csv source: RawSpan, _ binary: BinaryStyle, backslashes: Bool = true) {
        if binary != .escape, !UTF8Check.isValid(source) {
            append(literal: binary.label)
            if binary == .hex { append(hexadecimal: source) } else { append(base64: source) }
            return
        }
        var isPlain = source.isPrintableASCII
        if isPlain { isPlain = source.firstIndex(of: UInt8(ascii: "\""), or: UInt8(ascii: ","), from: 0) == nil }
        if isPlain, !backslashes || source.firstIndex(of: UInt8(ascii: "\\"), from: 0) == nil { return append(source) }
        if isPlain { return append(visible: source, backslashes: true) }
        append(UInt8(ascii: "\""))
        append(visible: source, doublingQuotes: true, backslashes: backslashes)
        append(UInt8(ascii: "\""))
    }
}
