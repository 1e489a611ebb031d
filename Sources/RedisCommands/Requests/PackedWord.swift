/// A word of up to 32 bytes in capitals, as two numbers.
struct PackedWord: Hashable {
    private var first: UInt128 = 0
    private var second: UInt128 = 0

    init?(_ bytes: [UInt8], _ range: Range<Int>) {
        guard range.count <= 32 else { return nil }
        for index in range {
            let byte = bytes[index]
            second = second << 8 | first >> 120
            first = first << 8 | UInt128(byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte)
        }
    }

    init?(_ text: Substring) {
        let bytes = Array(text.utf8)
        self.init(bytes, bytes.indices)
    }
}
