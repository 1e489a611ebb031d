/// Lower-case hexadecimal digits without a table.
enum Hexadecimal {
    /// The two digits of a byte, the high one in the low half, ready to be stored.
    @inline(always)
    static func pair(_ byte: UInt8) -> UInt16 {
        UInt16(digit(byte >> 4)) | UInt16(digit(byte & 15)) << 8
    }

    @inline(always)
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + value - 10
    }
}
