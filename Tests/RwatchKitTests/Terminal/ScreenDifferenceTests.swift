import RwatchKit
import TestSupport
import Testing

@Suite("What makes a terminal show another screen", .tags(.unit))
struct ScreenDifferenceTests {
    private let pieces = ["a", "BC", " ", "世", "e\u{301}", "▇", "xyz", "─", "é", "0"]
    private let styles = [CellStyle.plain, .bold, .faint, .selected, .alarm, CellStyle(.green)]

    private func random(_ columns: Int, _ rows: Int, _ generator: inout Generator, on base: ScreenGrid? = nil)
        -> ScreenGrid
    {
        var grid = base ?? ScreenGrid(columns: columns, rows: rows)
        for _ in 0..<Int.random(in: 0...30, using: &generator) {
            let text = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            grid.put(
                text,
                row: Int.random(in: 0..<rows, using: &generator),
                column: Int.random(in: 0..<columns, using: &generator),
                styles[Int.random(in: 0..<styles.count, using: &generator)]
            )
        }
        return grid
    }

    private func expectShown(_ grid: ScreenGrid, _ screen: ScreenEmulator) {
        #expect(screen.complaints.isEmpty, "\(screen.complaints)")
        #expect(screen.lines == grid.lines)
    }

    @Test("leads from any screen to any other, in any order", arguments: [(12, 4), (1, 1), (80, 24), (3, 9)])
    func walk(_ columns: Int, _ rows: Int) {
        var generator = Generator(state: UInt64(columns))
        var screen = ScreenEmulator(columns: columns, rows: rows)
        var shown: ScreenGrid?
        for round in 0..<200 {
            let base = round % 3 == 0 ? nil : shown
            let next = random(columns, rows, &generator, on: base)
            screen.write(ScreenDifference.bytes(from: shown, to: next, isColored: true))
            expectShown(next, screen)
            shown = next
        }
    }

    @Test("is nothing when nothing differs, and little when little does")
    func small() {
        var grid = ScreenGrid(columns: 80, rows: 24)
        grid.put("hello", row: 3, column: 4)
        #expect(ScreenDifference.bytes(from: grid, to: grid, isColored: true).isEmpty)
        var other = grid
        other.put("p", row: 3, column: 7, .bold)
        let bytes = ScreenDifference.bytes(from: grid, to: other, isColored: true)
        #expect(bytes == Array("\u{1b}[4;8H\u{1b}[0;1mp\u{1b}[0m".utf8))
        // Without colours, weight is left.
        let plain = ScreenDifference.bytes(from: grid, to: other, isColored: false)
        #expect(plain == bytes)
        other.style(row: 3, columns: 7..<8, CellStyle(.red))
        #expect(ScreenDifference.bytes(from: grid, to: other, isColored: false).count < bytes.count + 1)
        #expect(
            !String(decoding: ScreenDifference.bytes(from: grid, to: other, isColored: false), as: UTF8.self).contains(
                "31"
            )
        )
    }

    @Test("shows the cursor where something is typed, and hides it again")
    func cursor() {
        var screen = ScreenEmulator(columns: 20, rows: 3)
        screen.write(ScreenDifference.entering(hasMouse: true))
        #expect(screen.isAlternate && !screen.showsCursor && screen.reportsMouse)
        let grid = ScreenGrid(columns: 20, rows: 3)
        var typing = grid
        typing.cursor = .init(row: 2, column: 5)
        screen.write(ScreenDifference.bytes(from: grid, to: typing, isColored: true))
        #expect(screen.showsCursor && screen.row == 2 && screen.column == 5)
        screen.write(ScreenDifference.bytes(from: typing, to: grid, isColored: true))
        #expect(!screen.showsCursor)
        screen.write(ScreenDifference.leaving)
        #expect(!screen.isAlternate && screen.showsCursor && !screen.reportsMouse && screen.complaints.isEmpty)
    }

    @Test("cuts a text at its end, and never by half")
    func cut() {
        var grid = ScreenGrid(columns: 5, rows: 1)
        #expect(grid.put("世世世", row: 0, column: 0) == 4)
        #expect(grid.lines == ["世世"])
        grid.put("x", row: 0, column: 1)
        #expect(grid.lines == [" x世"])
        grid.put("abcdefg", row: 0, column: 0, end: 3)
        #expect(grid.lines == ["abc"])
        grid.put("no", row: 1, column: 0)
        grid.put("no", row: 0, column: 9)
        #expect(grid.lines == ["abc"])
    }
}

@Suite("Characters for pictures", .tags(.unit))
struct GlyphsTests {
    @Test("are Unicode's or ASCII's")
    func pictures() {
        let unicode = Glyphs(isASCII: false)
        let ascii = Glyphs(isASCII: true)
        #expect(unicode.line([0, 1, 4, 8], width: 6) == "   ▁▄█" && ascii.line([0, 1, 4, 8], width: 6) == "   .=#")
        #expect(unicode.bar(0.5, width: 4) == "██" && ascii.bar(0.5, width: 4) == "##")
        #expect(
            unicode.bar(0.33, width: 4) == "█▍" && unicode.bar(.nan, width: 4).isEmpty
                && unicode.bar(9, width: 2) == "██"
        )
        #expect(ascii.words("1.2µs ±3") == "1.2us +-3")
        #expect(ascii.line([], width: 3) == "   " && unicode.line([5], width: 0).isEmpty)
    }

    @Test("are chosen by what the environment says of the terminal")
    func choice() {
        func has(_ variables: [String: String]) -> Bool { ScreenLook.hasUnicode { variables[$0] ?? "" } }
        #expect(has(["LANG": "en_US.UTF-8", "TERM": "xterm"]) && has(["LC_ALL": "C.utf8"]))
        #expect(!has(["LANG": "en_US.UTF-8", "LC_ALL": "C"]) && !has([:]) && !has(["LANG": "de_DE.ISO-8859-1"]))
        #expect(!has(["LANG": "C.UTF-8", "TERM": "dumb"]) && !has(["LANG": "C.UTF-8", "TERM": "linux"]))
    }
}
