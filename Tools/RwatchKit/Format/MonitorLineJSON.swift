import RedisEvents

/// Turns MONITOR lines into lines of JSON, straight from one buffer into the other:
/// `{"v":1,"kind":"command","ts":…,"db":0,"client":"127.0.0.1:41690","cmd":"SET","args":["k","v"]}`.
///
/// A line of another form becomes `{"v":1,"kind":"line","ts":…,"text":"…"}`, so that nothing is lost. If a fork has
/// names instead of numbers for its databases, `"namespace":"…"` takes the place of `"db":0`. Behind the client's
/// address come its `"name"` and its `"user"`, where they are known, and `"lua":true` for a script's command that names
/// its caller. Bytes that a server should have escaped but did not (old Kvrocks) are kept.
package struct MonitorLineJSON: ~Copyable {
    /// The bytes of an argument that may not be UTF-8. The buffer is kept, so that it is allocated once.
    private var decoded = OutputBuffer(capacity: 256)

    /// How bytes that are not UTF-8 are written.
    private let binary: BinaryStyle

    /// A converter; keep it for the life of the stream.
    package init(_ binary: BinaryStyle = .b64) { self.binary = binary }

    /// Appends `line`, which comes without the leading `+` and without CRLF, and a line feed. `node` is a field after a
    /// comma, or empty; `time` is when the line came, in microseconds since the epoch, for a line without its own time.
    /// `client` is its client, if that is known, and `isFromScript` says that it is a script's, though its line names
    /// the caller. Returns whether it was a command in a known form.
    @discardableResult
    package mutating func append(
        line: RawSpan,
        node: [UInt8] = [],
        receivedAt time: @autoclosure () -> Int64,
        client: KnownClient? = nil,
        isFromScript: Bool = false,
        to buffer: inout OutputBuffer
    ) -> Bool {
        let mark = buffer.count
        if let header = MonitorLine(line) {
            appendHeader(header, line, node, to: &buffer)
            if let client { append(client, to: &buffer) }
            if isFromScript { buffer.append(literal: ",\"lua\":true") }
            if appendArguments(line, from: header.argumentsStart, to: &buffer) {
                buffer.append(literal: "]}\n")
                return true
            }
            buffer.rewind(to: mark)
        }
        buffer.append(literal: "{\"v\":1,\"kind\":\"line\",\"ts\":")
        buffer.append(timestamp: time())
        if !node.isEmpty { buffer.append(node) }
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "text", line, binary)
        buffer.append(literal: "}\n")
        return false
    }

    private func appendHeader(
        _ header: MonitorLine,
        _ line: RawSpan,
        _ node: [UInt8],
        to buffer: inout OutputBuffer
    ) {
        buffer.append(literal: "{\"v\":1,\"kind\":\"command\",\"ts\":")
        // Written from the number, because JSON allows no leading zeros.
        buffer.append(timestamp: header.time.microseconds)
        if !node.isEmpty { buffer.append(node) }
        if let database = header.database {
            buffer.append(literal: ",\"db\":")
            buffer.append(integer: database)
        } else {
            buffer.append(UInt8(ascii: ","))
            buffer.append(jsonField: "namespace", line.extracting(header.databaseText), binary)
        }
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "client", line.extracting(header.source), binary)
    }

    @inline(never)
    private func append(_ client: KnownClient, to buffer: inout OutputBuffer) {
        let name = client.name
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "name", name.rawSpan, binary)
        guard let user = client.user else { return }
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "user", user.rawSpan, binary)
    }

    /// Appends the command's name and all arguments. Returns `false` when the line is malformed.
    private mutating func appendArguments(_ line: RawSpan, from start: Int, to buffer: inout OutputBuffer) -> Bool {
        let mark = buffer.count
        buffer.append(literal: ",\"cmd\":")
        var offset: Int
        switch appendArgument(line, from: start, to: &buffer) {
        case .text(let end):
            offset = end
        case .bytes(let end):
            offset = end
            buffer.rewind(to: mark)
            buffer.append(UInt8(ascii: ","))
            buffer.append(jsonField: "cmd", decoded.bytes, binary)
        case .malformed:
            return false
        }
        buffer.append(literal: ",\"args\":[")
        var isFirst = true
        while offset < line.byteCount {
            guard line.byte(at: offset) == UInt8(ascii: " ") else { return false }
            if !isFirst { buffer.append(UInt8(ascii: ",")) }
            isFirst = false
            switch appendArgument(line, from: offset + 1, to: &buffer) {
            case .text(let end):
                offset = end
            case .bytes(let end):
                offset = end
                buffer.append(jsonElement: decoded.bytes, binary)
            case .malformed:
                return false
            }
        }
        return true
    }

    /// Appends the quoted argument at `start` as a JSON string when it is ASCII, in one pass and without a copy;
    /// decodes it into `decoded` when it is not.
    private mutating func appendArgument(
        _ line: RawSpan,
        from start: Int,
        to buffer: inout OutputBuffer
    ) -> MonitorArgument {
        guard start < line.byteCount, line.byte(at: start) == UInt8(ascii: "\"") else { return .malformed }
        let mark = buffer.count
        buffer.append(UInt8(ascii: "\""))
        var offset = buffer.appendPlain(of: line, from: start + 1)
        while offset < line.byteCount {
            let byte = line.byte(at: offset)
            if byte == UInt8(ascii: "\"") {
                buffer.append(byte)
                return .text(end: offset + 1)
            }
            guard let (value, next) = MonitorEscape.decode(line, at: offset) else { break }
            guard value < 0x80 else {
                buffer.rewind(to: mark)
                return decodeArgument(line, from: start)
            }
            buffer.appendJSONEscape(value)
            offset = buffer.appendPlain(of: line, from: next)
        }
        buffer.rewind(to: mark)
        return .malformed
    }

    private mutating func decodeArgument(_ line: RawSpan, from start: Int) -> MonitorArgument {
        decoded.removeAll()
        var offset = decoded.appendPlain(of: line, from: start + 1)
        while offset < line.byteCount {
            if line.byte(at: offset) == UInt8(ascii: "\"") { return .bytes(end: offset + 1) }
            guard let (value, next) = MonitorEscape.decode(line, at: offset) else { break }
            decoded.append(value)
            offset = decoded.appendPlain(of: line, from: next)
        }
        return .malformed
    }
}
