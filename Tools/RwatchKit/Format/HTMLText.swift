import RedisRESP

extension OutputBuffer {
    /// Appends bytes from anywhere as text between tags or in an attribute with double quotes: nothing in it can be a
    /// tag, an entity or the end of the attribute, and what is not UTF-8, does not show or turns the order of letters
    /// around stands as an escape.
    package mutating func append(html source: RawSpan) {
        var visible = OutputBuffer(capacity: source.byteCount + 64)
        visible.append(visible: source, backslashes: true)
        let bytes = visible.bytes
        for index in 0..<bytes.byteCount {
            switch bytes.byte(at: index) {
            case UInt8(ascii: "&"): append(literal: "&amp;")
            case UInt8(ascii: "<"): append(literal: "&lt;")
            case UInt8(ascii: ">"): append(literal: "&gt;")
            case UInt8(ascii: "\""): append(literal: "&quot;")
            case UInt8(ascii: "'"): append(literal: "&#39;")
            case let byte: append(byte)
            }
        }
    }

    /// Appends a text from anywhere.
    package mutating func append(html text: String) { append(html: Array(text.utf8).rawSpan) }
}
