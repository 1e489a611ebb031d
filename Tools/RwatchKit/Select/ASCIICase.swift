import RedisRESP

/// Comparisons that take ASCII letters of both cases as the same.
enum ASCIICase {
    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

    /// The same for each of eight bytes.
    @inline(__always)
    static func lowered(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = word & (ones &* 0x7F)
        // The highest bit of each byte tells whether it is at least an A, and whether it is behind the Z.
        let isFromA = low &+ ones &* UInt64(0x80 - UInt8(ascii: "A"))
        let isBehindZ = low &+ ones &* UInt64(0x7F - UInt8(ascii: "Z"))
        return word | ((isFromA ^ isBehindZ) & ~word & (ones &* 0x80)) &>> 2
    }

    /// Whether `text` is `lowered` in some case.
    static func matches(_ text: RawSpan, lowered: RawSpan) -> Bool {
        guard text.byteCount == lowered.byteCount else { return false }
        for index in 0..<text.byteCount where Self.lowered(text.byte(at: index)) != lowered.byte(at: index) {
            return false
        }
        return true
    }
}
