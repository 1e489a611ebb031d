/// Which bytes a text form cannot show as they are, found eight at a time.
///
/// The word arithmetic is the well-known "has a zero byte" trick: a borrow may raise false alarms, but only above a true
/// one, so the lowest alarm is exact.
package enum ByteClass: Sendable {
    /// Special are the quote, the backslash and whatever is not printable ASCII: MONITOR's quoting.
    case quoted
    /// Special are the quote, the backslash, control bytes below 0x20 and bytes from 0x80 on: JSON strings.
    case json

    /// Whether `byte` is special.
    @inline(always)
    package func isSpecial(_ byte: UInt8) -> Bool {
        switch self {
        case .quoted: byte < 0x20 || byte > 0x7e || byte == 0x22 || byte == 0x5c
        case .json: byte < 0x20 || byte > 0x7f || byte == 0x22 || byte == 0x5c
        }
    }

    /// Zero when a little-endian word holds no special byte; else the number of trailing zero bits, divided by 8, is the
    /// index of the first one.
    @inline(always)
    package func alarm(in word: UInt64) -> UInt64 {
        let control = (word &- 0x2020_2020_2020_2020) & ~word
        var alarm = control | word | Self.zeros(word ^ 0x2222_2222_2222_2222) | Self.zeros(word ^ 0x5c5c_5c5c_5c5c_5c5c)
        if self == .quoted { alarm |= Self.zeros(word ^ 0x7f7f_7f7f_7f7f_7f7f) }
        return alarm & 0x8080_8080_8080_8080
    }

    @inline(always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word
    }
}
