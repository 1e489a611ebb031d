import RedisRESP

/// The bytes that a text form cannot show unchanged, found eight at a time: the quote, the backslash and all bytes that
/// are not printable ASCII. Used for MONITOR's quoting and for JSON.
///
/// The word arithmetic is the well-known "has a zero byte" trick: a borrow may raise false alarms, but only above a
/// true one, so the lowest alarm is exact.
enum SpecialByte {
    /// Whether the byte is special.
    @inline(always)
    static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte > 0x7e || byte == 0x22 || byte == 0x5c
    }

    /// Zero when a little-endian word holds no special byte; else the number of trailing zero bits, divided by 8, is
    /// the index of the first one.
    @inline(always)
    static func alarm(in word: UInt64) -> UInt64 {
        let control = (word &- 0x2020_2020_2020_2020) & ~word
        // DEL is the only byte below 0x80 that becomes 0x80 when it is incremented.
        let delete = word &+ 0x0101_0101_0101_0101
        let alarm = control | word | delete | zeros(word ^ 0x2222_2222_2222_2222) | zeros(word ^ 0x5c5c_5c5c_5c5c_5c5c)
        return alarm & 0x8080_8080_8080_8080
    }

    /// Whether bytes are a word: at least one, and neither special nor blanks. Sixteen at a time.
    @inline(always)
    static func isWord(_ source: RawSpan) -> Bool {
        let count = source.byteCount
        guard count >= 8 else { return isShortWord(source) }
        // The last bytes first, of which the loop may look at some again.
        var found = alarmOrBlank(
            in: count < 16 ? SIMD2(source.word(at: 0), source.word(at: count - 8)) : source.words(at: count &- 16)
        )
        var offset = 0
        while offset &+ 16 < count {
            found |= alarmOrBlank(in: source.words(at: offset))
            offset &+= 16
        }
        return (found[0] | found[1]) & 0x8080_8080_8080_8080 == 0
    }

    @inline(always)
    private static func isShortWord(_ source: RawSpan) -> Bool {
        for index in 0..<source.byteCount {
            let byte = source.byte(at: index)
            if byte == UInt8(ascii: " ") || isSpecial(byte) { return false }
        }
        return source.byteCount > 0
    }

    /// Has the highest bit of a byte set if one of the bytes is special or a blank.
    @inline(always)
    private static func alarmOrBlank(in words: SIMD2<UInt64>) -> SIMD2<UInt64> {
        let control = (words &- SIMD2(repeating: 0x2020_2020_2020_2020)) & ~words
        let delete = words &+ SIMD2(repeating: 0x0101_0101_0101_0101)
        let quotes = zeros(words ^ SIMD2(repeating: 0x2222_2222_2222_2222))
        let backslashes = zeros(words ^ SIMD2(repeating: 0x5c5c_5c5c_5c5c_5c5c))
        let blanks = zeros(words ^ SIMD2(repeating: 0x2020_2020_2020_2020))
        return control | words | delete | quotes | backslashes | blanks
    }

    @inline(always)
    private static func zeros(_ words: SIMD2<UInt64>) -> SIMD2<UInt64> {
        (words &- SIMD2(repeating: 0x0101_0101_0101_0101)) & ~words
    }

    @inline(always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word
    }
}
