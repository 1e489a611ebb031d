extension OutputBuffer {
    /// Appends microseconds since the epoch as seconds with six decimals, `1795219143.045931`. Only integers are used,
    /// because a double cannot hold today's microseconds.
    package mutating func append(timestamp microseconds: Int64) {
        if microseconds < 0 { append(UInt8(ascii: "-")) }
        let (seconds, fraction) = microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        append(integer: seconds)
        // There are two digits too many: one of the leading zeros becomes the point, the other is shifted out.
        let digits = Decimal.eightDigits(fraction) >> 8
        append(word: digits & ~0xff | UInt64(UInt8(ascii: ".")), length: 7)
    }

    /// Appends a decimal integer.
    package mutating func append(integer value: UInt64) {
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        if high == 0 {
            appendSignificant(low)
        } else {
            append(integer: high)
            append(word: Decimal.eightDigits(low), length: 8)
        }
    }

    /// Appends a decimal integer, signed.
    package mutating func append(integer value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(integer: UInt64(value.magnitude))
    }

    /// Appends a number below 100 million without its leading zeros.
    @inline(always)
    private mutating func appendSignificant(_ value: UInt64) {
        let digits = Decimal.eightDigits(value)
        // The low bit keeps one digit of a zero.
        let leading = min((digits & 0x0f0f_0f0f_0f0f_0f0f).trailingZeroBitCount / 8, 7)
        append(word: digits >> (UInt64(leading) * 8), length: 8 - leading)
    }
}
