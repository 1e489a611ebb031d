import RedisReactor

/// Strict UTF-8 as Unicode's table 3-7 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
package enum UTF8Check {
    /// The length (2, 3 or 4) of the well-formed sequence that begins with the byte >= 0x80 at `offset`; 0 when there
    /// is none.
    package static func sequenceLength(in source: RawSpan, at offset: Int) -> Int {
        let lead = source.byte(at: offset)
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch lead {
        case 0xc2...0xdf: length = 2
        case 0xe0:
            length = 3
            second = 0xa0...0xbf
        case 0xed:
            length = 3
            second = 0x80...0x9f
        case 0xe1...0xef: length = 3
        case 0xf0:
            length = 4
            second = 0x90...0xbf
        case 0xf4:
            length = 4
            second = 0x80...0x8f
        case 0xf1...0xf3: length = 4
        default: return 0
        }
        guard offset + length <= source.byteCount, second.contains(source.byte(at: offset + 1)) else { return 0 }
        if length > 2, source.byte(at: offset + 2) & 0xc0 != 0x80 { return 0 }
        if length > 3, source.byte(at: offset + 3) & 0xc0 != 0x80 { return 0 }
        return length
    }

    /// Whether all of `source` is UTF-8. ASCII goes by in words of eight.
    package static func isValid(_ source: RawSpan) -> Bool {
        let end = source.byteCount
        var offset = 0
        while offset < end {
            if offset + 8 <= end {
                let high = source.word(at: offset) & 0x8080_8080_8080_8080
                let ascii = high.trailingZeroBitCount / 8
                offset += ascii
                if ascii == 8 { continue }
            } else if source.byte(at: offset) < 0x80 {
                offset += 1
                continue
            }
            let length = sequenceLength(in: source, at: offset)
            if length == 0 { return false }
            offset += length
        }
        return true
    }
}

extension RawSpan {
    /// Whether the well-formed sequence of 2, 3 or 4 bytes at `offset` is a hidden character (`ShownText.isHidden`).
    @inline(always)
    func isHidden(at offset: Int, length: Int) -> Bool {
        // The first bytes of hidden characters; most text contains none of them.
        switch byte(at: offset) {
        case 0xc2, 0xd8, 0xe1, 0xe2, 0xef, 0xf3: ShownText.isHidden(scalar(at: offset, length: length))
        default: false
        }
    }

    /// The character of the sequence.
    func scalar(at offset: Int, length: Int) -> UInt32 {
        var value = UInt32(byte(at: offset)) & (0xff >> UInt32(length + 1))
        for index in offset + 1..<offset + length { value = value << 6 | UInt32(byte(at: index)) & 0x3f }
        return value
    }
}
