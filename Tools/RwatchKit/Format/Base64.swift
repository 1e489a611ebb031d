extension OutputBuffer {
    /// Appends `source` in base64 (RFC 4648, with padding).
    package mutating func append(base64 source: RawSpan) {
        let end = source.byteCount
        reserve((end + 2) / 3 * 4 + 8)
        var offset = 0
        while offset + 3 <= end {
            appendSextets(source.byte(at: offset), source.byte(at: offset + 1), source.byte(at: offset + 2), length: 4)
            offset += 3
        }
        switch end - offset {
        case 1:
            appendSextets(source.byte(at: offset), 0, 0, length: 2)
            append(literal: "==")
        case 2:
            appendSextets(source.byte(at: offset), source.byte(at: offset + 1), 0, length: 3)
            append(literal: "=")
        default:
            break
        }
    }

    @inline(always)
    private mutating func appendSextets(_ first: UInt8, _ second: UInt8, _ third: UInt8, length: Int) {
        let group = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
        let word =
            UInt64(Self.letter(group >> 18)) | UInt64(Self.letter(group >> 12)) << 8
            | UInt64(Self.letter(group >> 6)) << 16 | UInt64(Self.letter(group)) << 24
        append(word: word, length: length)
    }

    @inline(always)
    private static func letter(_ bits: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 63)
        return switch value {
        case 0..<26: value + UInt8(ascii: "A")
        case 26..<52: value - 26 + UInt8(ascii: "a")
        case 52..<62: value - 52 + UInt8(ascii: "0")
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
