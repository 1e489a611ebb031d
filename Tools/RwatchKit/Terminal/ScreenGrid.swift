import RedisPOSIX

/// How a cell looks. The colours are those of the terminal's own sixteen.
package struct CellStyle: Sendable, Hashable {
    package enum Color: UInt8, Sendable {
        case plain
        case red
        case green
        case yellow
        case blue
        case magenta
        case cyan
    }

    package var color = Color.plain
    package var isBold = false
    package var isFaint = false
    /// Whether the letters have the colour of the background, and the other way round.
    package var isInverse = false

    package init(_ color: Color = .plain, bold: Bool = false, faint: Bool = false, inverse: Bool = false) {
        self.color = color
        isBold = bold
        isFaint = faint
        isInverse = inverse
    }

    package static let plain = CellStyle()
    package static let bold = CellStyle(bold: true)
    package static let faint = CellStyle(faint: true)
    package static let selected = CellStyle(inverse: true)
    package static let alarm = CellStyle(.red, bold: true)

    /// What switches to this style from any other (ECMA-48, SGR). Without colours, weight and inversion are left.
    func sequence(isColored: Bool) -> [UInt8] {
        var codes = "0"
        if isBold { codes += ";1" }
        if isFaint, isColored { codes += ";2" }
        if isInverse { codes += ";7" }
        if isColored, color != .plain { codes += ";\(30 + Int(color.rawValue))" }
        return Array("\u{1b}[\(codes)m".utf8)
    }
}

/// One cell of a screen.
package struct Cell: Sendable, Equatable {
    /// A character with the marks that combine with it; empty for the second cell of a wide one.
    package var text: String
    package var style: CellStyle

    package init(_ text: String = " ", _ style: CellStyle = .plain) {
        self.text = text
        self.style = style
    }
}

/// The cells of a screen: what is drawn, before it becomes sequences for a terminal. A plain value.
package struct ScreenGrid: Sendable, Equatable {
    package let columns: Int
    package let rows: Int
    private var cells: [Cell]
    /// Where the cursor is shown, for typing; `nil` when it is hidden.
    package var cursor: Place?

    package struct Place: Sendable, Equatable {
        package var row: Int
        package var column: Int

        package init(row: Int, column: Int) {
            self.row = row
            self.column = column
        }
    }

    /// An empty screen of at least one cell, and at most 1000 by 1000.
    package init(columns: Int, rows: Int) {
        self.columns = min(max(columns, 1), 1000)
        self.rows = min(max(rows, 1), 1000)
        cells = Array(repeating: Cell(), count: self.columns * self.rows)
    }

    package subscript(row: Int, column: Int) -> Cell { cells[row * columns + column] }

    /// The text of a row, without the blanks at its end.
    package func text(ofRow row: Int) -> String {
        var text = ""
        for column in 0..<columns { text += self[row, column].text }
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }

    /// All rows.
    package var lines: [String] { (0..<rows).map { text(ofRow: $0) } }

    /// Writes a text that contains nothing but characters that show, and their marks. What does not fit is cut at the
    /// cell before `end`, and a wide character that fits by half is left out.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - row: The row. Outside of the screen nothing is written.
    ///   - column: The first column.
    ///   - style: How it looks.
    ///   - end: The column behind the last; `nil` for the end of the row.
    /// - Returns: The column behind the text.
    @discardableResult
    package mutating func put(
        _ text: String,
        row: Int,
        column: Int,
        _ style: CellStyle = .plain,
        end: Int? = nil
    ) -> Int {
        guard 0..<rows ~= row, column >= 0 else { return column }
        let end = min(end ?? columns, columns)
        var column = column
        for scalar in text.unicodeScalars {
            let width = scalar.value < 0x80 ? 1 : Self.width(of: scalar.value)
            if width == 0 {
                guard column > 0, column <= columns else { continue }
                let before = self[row, column - 1].text.isEmpty && column > 1 ? column - 2 : column - 1
                cells[row * columns + before].text.unicodeScalars.append(scalar)
                continue
            }
            guard column + width <= end else { break }
            clear(row, column)
            cells[row * columns + column] = Cell(String(scalar), style)
            if width == 2 {
                clear(row, column + 1)
                cells[row * columns + column + 1] = Cell("", style)
            }
            column += width
        }
        return column
    }

    private static let table = Locked(ColumnTable())

    private static func width(of scalar: UInt32) -> Int { table.withLock { $0.columns(of: scalar) } ?? 1 }

    /// Blanks the other half of a wide character that is going to be overwritten by half.
    private mutating func clear(_ row: Int, _ column: Int) {
        let place = row * columns + column
        if cells[place].text.isEmpty, column > 0 { cells[place - 1].text = " " }
        if column + 1 < columns, cells[place + 1].text.isEmpty { cells[place + 1].text = " " }
    }

    /// Gives a part of a row a style, whatever it contains.
    package mutating func style(row: Int, columns range: Range<Int>, _ style: CellStyle) {
        guard 0..<rows ~= row else { return }
        for column in range.clamped(to: 0..<columns) { cells[row * columns + column].style = style }
    }
}
