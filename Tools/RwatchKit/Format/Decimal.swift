/// Decimal digits, eight at a time in one word.
enum Decimal {
    /// The eight ASCII digits of a number below 100 million, the most significant in the lowest byte. Splits the number
    /// into halves three times, for all parts of the word at once; the multipliers are reciprocals that are exact in
    /// the range of each part.
    @inline(always)
    static func eightDigits(_ value: UInt64) -> UInt64 {
        let halves = (value / 10_000) | ((value % 10_000) << 32)
        let hundreds = ((halves &* 10_486) >> 20) & 0x0000_007f_0000_007f
        let pairs = hundreds | ((halves &- (hundreds &* 100)) << 16)
        let tens = ((pairs &* 103) >> 10) & 0x000f_000f_000f_000f
        return (tens | ((pairs &- (tens &* 10)) << 8)) | 0x3030_3030_3030_3030
    }
}
