import RedisPOSIX

/// The columns of characters on a terminal.
///
/// They are the system's (`wcwidth`), which is what terminals and shells go by, and no table of our own: those grow old
/// with each release of Unicode. Asking takes a switch of the thread's locale, so a block of characters is asked for at
/// once, when the first of them is shown.
struct ColumnTable {
    private static let blockCount = 0x110000 / CharacterColumns.blockSize

    private var blocks: [[Int8]] = []

    /// The columns of a character from U+0080 on: 0 for a mark that combines with the character before it, and `nil`
    /// for one that does not show, or that the system does not know.
    mutating func columns(of scalar: UInt32) -> Int? {
        let (block, place) = Int(scalar).quotientAndRemainder(dividingBy: CharacterColumns.blockSize)
        if blocks.isEmpty { blocks = Array(repeating: [], count: Self.blockCount) }
        if blocks[block].isEmpty {
            // Without a locale each character counts as a wide one, so that no line becomes too long.
            blocks[block] =
                CharacterColumns.block(block) ?? Array(repeating: 2, count: CharacterColumns.blockSize)
        }
        let columns = blocks[block][place]
        return columns < 0 ? nil : Int(columns)
    }
}
