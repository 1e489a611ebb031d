import RedisRESP

/// The bytes between the quotes of a JSON string, with their escapes.
enum JSONString {
    /// Where the escape at `start` ends; `nil` if it is none.
    static func escapeEnd(_ text: RawSpan, at start: Int) -> Int? {
        guard start + 1 < text.byteCount else { return nil }
        switch text.byte(at: start + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"): return unit(text, at: start + 2) == nil ? nil : start + 6
        default: return nil
        }
    }

    /// Where the character ends whose escape, or whose pair of escapes, begins at `start`; `nil` for half of a pair.
    static func characterEnd(_ text: RawSpan, at start: Int) -> Int? {
        guard let end = escapeEnd(text, at: start) else { return nil }
        guard text.byte(at: start + 1) == UInt8(ascii: "u"), let first = unit(text, at: start + 2),
            first >> 11 == 0x1B
        else { return end }
        guard first >> 10 == 0x36, end + 1 < text.byteCount, text.byte(at: end) == UInt8(ascii: "\\"),
            text.byte(at: end + 1) == UInt8(ascii: "u"), let second = unit(text, at: end + 2), second >> 10 == 0x37
        else { return nil }
        return end + 6
    }

    /// Whether a well-formed string stands for these bytes.
    static func equals(_ text: RawSpan, _ bytes: RawSpan) -> Bool {
        guard text.firstIndex(of: UInt8(ascii: "\\"), from: 0) != nil else { return text.equals(bytes) }
        var decoded: [UInt8] = []
        append(text, to: &decoded)
        return decoded.rawSpan.equals(bytes)
    }

    /// Appends what a well-formed string stands for, in UTF-8. Half of a surrogate pair becomes U+FFFD.
    static func append(_ text: RawSpan, to bytes: inout [UInt8]) {
        var index = 0
        while let mark = text.firstIndex(of: UInt8(ascii: "\\"), from: index), mark + 1 < text.byteCount {
            bytes.append(text.part(index..<mark))
            let letter = text.byte(at: mark + 1)
            index = mark + 2
            switch letter {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = scalar(text, at: &index)
                bytes += Array(String(Character(scalar)).utf8)
            default: bytes.append(letter)
            }
        }
        bytes.append(text.part(index..<text.byteCount))
    }

    /// The scalar whose digits are at `index`, which moves behind them.
    private static func scalar(_ text: RawSpan, at index: inout Int) -> Unicode.Scalar {
        guard let first = unit(text, at: index) else { return "\u{FFFD}" }
        index += 4
        guard first >> 10 == 0x36 else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        guard index + 1 < text.byteCount, text.byte(at: index) == UInt8(ascii: "\\"),
            text.byte(at: index + 1) == UInt8(ascii: "u"), let second = unit(text, at: index + 2), second >> 10 == 0x37
        else { return "\u{FFFD}" }
        index += 6
        return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF) ?? "\u{FFFD}"
    }

    /// The four hexadecimal digits at `start`.
    private static func unit(_ text: RawSpan, at start: Int) -> UInt32? {
        guard start + 4 <= text.byteCount else { return nil }
        var value: UInt32 = 0
        for index in start..<(start + 4) {
            guard let digit = text.byte(at: index).hexadecimalValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
