import RedisRESP

/// Base64 (RFC 4648), read back.
enum Base64Decoding {
    /// Appends the bytes that a text stands for. Returns whether it is base64 with its padding, and nothing else.
    static func append(_ text: RawSpan, to bytes: inout [UInt8]) -> Bool {
        guard text.byteCount % 4 == 0 else { return false }
        var index = 0
        while index < text.byteCount {
            let isLast = index + 4 == text.byteCount
            var padding = 0
            if isLast, text.byte(at: index + 3) == UInt8(ascii: "=") {
                padding = text.byte(at: index + 2) == UInt8(ascii: "=") ? 2 : 1
            }
            var group: UInt32 = 0
            for offset in 0..<4 {
                guard offset < 4 - padding else {
                    group <<= 6
                    continue
                }
                guard let value = value(of: text.byte(at: index + offset)) else { return false }
                group = group << 6 | value
            }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
            if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
            index += 4
        }
        return true
    }

    private static func value(of letter: UInt8) -> UInt32? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(letter - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(letter - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(letter - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
