/// What a terminal shows of the bytes that are written to it: enough of a terminal for tests of what draws on one.
package struct ScreenEmulator: Sendable {
    package private(set) var columns: Int
    package private(set) var rows: Int
    private var cells: [[String]]
    /// How each cell looks, as the parameters of the last SGR sequence.
    private var styles: [[String]]
    private var style = "0"
    package private(set) var row = 0
    package private(set) var column = 0
    package private(set) var showsCursor = true
    package private(set) var isAlternate = false
    package private(set) var reportsMouse = false
    /// Sequences that are none of those that are known, and places outside of the screen.
    package private(set) var complaints: [String] = []
    /// What was to be copied, in base64.
    package private(set) var copied: [String] = []
    private var pending: [UInt8] = []

    package init(columns: Int, rows: Int) {
        (self.columns, self.rows) = (columns, rows)
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
        styles = Array(repeating: Array(repeating: "0", count: columns), count: rows)
    }

    /// The rows without the blanks at their ends.
    package var lines: [String] {
        cells.map { row in
            var text = row.joined()
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
    }

    package var text: String { lines.joined(separator: "\n") }

    /// The text of a cell, and how it looks.
    package func cell(_ row: Int, _ column: Int) -> (text: String, style: String) {
        (cells[row][column], styles[row][column])
    }

    /// The screen has another size. Nobody knows what it shows then.
    package mutating func resize(columns: Int, rows: Int) {
        let other = ScreenEmulator(columns: columns, rows: rows)
        (self.columns, self.rows, cells, styles) = (columns, rows, other.cells, other.styles)
        (row, column) = (0, 0)
    }

    package mutating func write(_ bytes: [UInt8]) {
        pending += bytes
        var index = 0
        while index < pending.count {
            guard let next = step(at: index) else { break }
            index = next
        }
        pending.removeFirst(index)
    }

    /// Does what begins at an index. Returns where the next begins; `nil` when more has to come.
    private mutating func step(at index: Int) -> Int? {
        let byte = pending[index]
        if byte == 0x1b { return escape(at: index) }
        if byte == 0x0d || byte == 0x0a || byte == 0x07 || byte < 0x20 || byte == 0x7f {
            complaints.append("control character \(byte)")
            return index + 1
        }
        let length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
        guard index + length <= pending.count else { return nil }
        show(String(decoding: pending[index..<(index + length)], as: UTF8.self))
        return index + length
    }

    private mutating func show(_ text: String) {
        guard let scalar = text.unicodeScalars.first else { return }
        let width = Self.width(of: scalar)
        guard row < rows, column + max(width, 1) <= columns + (width == 0 ? 1 : 0) else {
            return complaints.append("outside: \(row), \(column)")
        }
        if width == 0 {
            let before = column > 1 && cells[row][column - 1].isEmpty ? column - 2 : max(column - 1, 0)
            cells[row][before].unicodeScalars.append(scalar)
            return
        }
        for place in column..<(column + width) {
            // Half of a wide character is none.
            if cells[row][place].isEmpty, place > 0 { cells[row][place - 1] = " " }
            if place + 1 < columns, cells[row][place + 1].isEmpty { cells[row][place + 1] = " " }
        }
        cells[row][column] = text
        styles[row][column] = style
        if width == 2 {
            cells[row][column + 1] = ""
            styles[row][column + 1] = style
        }
        column += width
    }

    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x300...0x36f: 0
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xff00...0xff60, 0x1f300...0x1f9ff: 2
        default: 1
        }
    }

    private mutating func escape(at index: Int) -> Int? {
        guard index + 1 < pending.count else { return nil }
        if pending[index + 1] == UInt8(ascii: "]") {
            guard let end = pending[index...].firstIndex(of: 7) else { return nil }
            copied.append(String(decoding: pending[(index + 2)..<end], as: UTF8.self))
            return end + 1
        }
        guard pending[index + 1] == UInt8(ascii: "[") else {
            complaints.append("escape \(pending[index + 1])")
            return index + 2
        }
        guard let end = pending[(index + 2)...].firstIndex(where: { 0x40...0x7e ~= $0 }) else { return nil }
        sequence(pending[end], String(decoding: pending[(index + 2)..<end], as: UTF8.self))
        return end + 1
    }

    private mutating func sequence(_ last: UInt8, _ parameters: String) {
        let numbers = parameters.split(separator: ";").map { Int($0) ?? 0 }
        switch (last, parameters) {
        case (UInt8(ascii: "H"), _):
            row = (numbers.first ?? 1) - 1
            column = (numbers.count > 1 ? numbers[1] : 1) - 1
            if !(0..<rows ~= row && 0..<columns ~= column) { complaints.append("to \(row), \(column)") }
        case (UInt8(ascii: "m"), _): style = parameters.isEmpty ? "0" : parameters
        case (UInt8(ascii: "J"), "2"): resize(columns: columns, rows: rows)
        case (UInt8(ascii: "h"), "?25"): showsCursor = true
        case (UInt8(ascii: "l"), "?25"): showsCursor = false
        case (UInt8(ascii: "h"), "?1049"): isAlternate = true
        case (UInt8(ascii: "l"), "?1049"): isAlternate = false
        case (UInt8(ascii: "h"), "?1000"): reportsMouse = true
        case (UInt8(ascii: "l"), "?1000"): reportsMouse = false
        case (UInt8(ascii: "h"), "?1006"), (UInt8(ascii: "l"), "?1006"): break
        default: complaints.append("sequence \(parameters)\(Character(Unicode.Scalar(last)))")
        }
    }
}
