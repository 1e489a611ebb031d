/// How many columns of a terminal characters take.
package enum CharacterColumns {
    /// The characters that are asked for at a time.
    package static let blockSize = 256

    /// The columns of a block of characters, by the system's own tables (`wcwidth`): 0 for a mark that combines with
    /// the character before it, and -1 for what does not show.
    ///
    /// - Parameter number: The number of the block; it begins with the character `number * blockSize`.
    /// - Returns: The columns; `nil` when the system has no locale of UTF-8, so that it knows those of ASCII alone.
    package static func block(_ number: Int) -> [Int8]? {
        var widths = [Int8](repeating: -1, count: blockSize)
        let first = UInt32(truncatingIfNeeded: number * blockSize)
        let status = unsafe widths.withUnsafeMutableBufferPointer { room in
            unsafe redis_events_column_widths(first, Int32(room.count), room.baseAddress)
        }
        return status == 0 ? widths : nil
    }
}
