extension EventText {
    /// `TS [database] event "key"`; an event whose name is not a plain word is quoted too.
    package static func keyEvent(
        at microseconds: Int64,
        database: Int,
        event: RawSpan,
        key: RawSpan,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(timestamp: microseconds)
        buffer.append(literal: " [")
        buffer.append(integer: database)
        buffer.append(literal: "] ")
        if isPlainWord(event) { buffer.append(event) } else { buffer.append(quoted: event) }
        buffer.append(UInt8(ascii: " "))
        buffer.append(quoted: key)
        buffer.append(UInt8(ascii: "\n"))
    }

    private static func isPlainWord(_ bytes: RawSpan) -> Bool {
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(at: index)
            if byte <= 0x20 || byte >= 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return bytes.byteCount > 0
    }
}

extension EventJSON {
    /// `{"v":1,"kind":"key","ts":…,"db":…,"event":"…","key":"…"}`.
    package static func keyEvent(
        at microseconds: Int64,
        node: [UInt8] = [],
        database: Int,
        event: RawSpan,
        key: RawSpan,
        _ binary: BinaryStyle = .b64,
        to buffer: inout OutputBuffer
    ) {
        begin("{\"v\":1,\"kind\":\"key\",\"ts\":", at: microseconds, node: node, to: &buffer)
        buffer.append(literal: ",\"db\":")
        buffer.append(integer: database)
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "event", event, binary)
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "key", key, binary)
        buffer.append(literal: "}\n")
    }
}
