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

    /// The same as `alarm`, for a word in which a blank is special too.
    @inline(always)
    static func alarmOrBlank(in word: UInt64) -> UInt64 {
        alarm(in: word) | zeros(word ^ 0x2020_2020_2020_2020) & 0x8080_8080_8080_8080
    }

    @inline(always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word
    }
}
