/// What makes a terminal show another screen than it does: only the cells that differ are written. A plain function.
package enum ScreenDifference {
    /// Enters the alternate screen, so that what the terminal showed comes back at the end.
    package static func entering(hasMouse: Bool) -> [UInt8] {
        Array(("\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J" + (hasMouse ? "\u{1b}[?1000h\u{1b}[?1006h" : "")).utf8)
    }

    /// Leaves it, with everything that was switched on switched off.
    package static let leaving = Array("\u{1b}[?1006l\u{1b}[?1000l\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l".utf8)

    /// The bytes for a terminal.
    ///
    /// - Parameters:
    ///   - old: What it shows; `nil` when nobody knows, or when it has another size.
    ///   - new: What it is to show.
    ///   - isColored: Whether it has colours.
    /// - Returns: The bytes; none when nothing differs.
    package static func bytes(from old: ScreenGrid?, to new: ScreenGrid, isColored: Bool) -> [UInt8] {
        let old = old.flatMap { $0.columns == new.columns && $0.rows == new.rows ? $0 : nil }
        var out: [UInt8] = []
        var style: CellStyle?
        for row in 0..<new.rows {
            // Where the cursor is after what was written last.
            var position = -1
            var column = 0
            while column < new.columns {
                let cell = new[row, column]
                // The second half of a wide character comes with the first.
                let width = column + 1 < new.columns && new[row, column + 1].text.isEmpty ? 2 : 1
                defer { column += width }
                if let old, old[row, column] == cell, width == 1 || old[row, column + 1] == new[row, column + 1] {
                    continue
                }
                if position != column { out += "\u{1b}[\(row + 1);\(column + 1)H".utf8 }
                if style != cell.style {
                    out += cell.style.sequence(isColored: isColored)
                    style = cell.style
                }
                out += (cell.text.isEmpty ? " " : cell.text).utf8
                position = column + width
                // Terminals differ about where the cursor is behind the last column, and behind characters that are not
                // one cell wide.
                if position >= new.columns || width > 1 || cell.text.unicodeScalars.count > 1 { position = -1 }
            }
        }
        if style != nil, style != .plain { out += "\u{1b}[0m".utf8 }
        if let cursor = new.cursor {
            if !out.isEmpty || old?.cursor != cursor {
                out += "\u{1b}[\(cursor.row + 1);\(cursor.column + 1)H\u{1b}[?25h".utf8
            }
        } else if old?.cursor != nil {
            out += "\u{1b}[?25l".utf8
        }
        return out
    }
}
