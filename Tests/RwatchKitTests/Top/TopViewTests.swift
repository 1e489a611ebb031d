import Foundation
import RwatchKit
import TestSupport
import Testing

/// What is drawn of fixed figures, cell by cell. `Tests/Screens` has the screens: the text of the rows, and below it
/// how each cell looks. A screen that is not there is written, and the test fails: look at it, and run the test again.
@Suite("Screens of rwatch top", .tags(.unit))
struct TopViewTests {
    private struct Scene: Sendable, CustomTestStringConvertible {
        var name: String
        var size: (Int, Int) = (80, 24)
        var isMonitor = false
        var nodes = 1
        var isASCII = false
        var keys: [Key] = []
        var testDescription: String { name }
    }

    private static func typed(_ text: String) -> [Key] { text.unicodeScalars.map { .character($0) } }

    private static let scenes: [Scene] = [
        Scene(name: "commands-80x24"),
        Scene(name: "commands-40x12", size: (40, 12)),
        Scene(name: "commands-200x60", size: (200, 60)),
        Scene(name: "commands-80x24-ascii", isASCII: true),
        Scene(name: "clients-120x20", size: (120, 20), keys: typed("4") + [.down]),
        Scene(name: "channels-80x24", keys: typed("5")),
        Scene(name: "nodes-100x20", size: (100, 20), nodes: 3, keys: typed("6")),
        Scene(name: "keys-80x24", isMonitor: true, keys: typed("2")),
        Scene(name: "keys-40x12-ascii", size: (40, 12), isMonitor: true, isASCII: true, keys: typed("2")),
        Scene(name: "prefixes-200x60", size: (200, 60), isMonitor: true, keys: typed("3")),
        Scene(name: "stream-80x24", isMonitor: true, keys: typed("7")),
        Scene(name: "filter-80x24", isMonitor: true, keys: typed("2/us")),
        Scene(name: "frozen-filtered-80x24", isMonitor: true, keys: typed("2/user") + [.enter, .character(" ")]),
        Scene(name: "totals-80x24", keys: typed("t")),
        Scene(name: "question-80x24", keys: typed("m")),
        Scene(name: "help-80x24", keys: typed("h")),
        Scene(name: "detail-80x24", keys: [.down, .enter]),
        Scene(name: "small-20x5", size: (20, 5)),
    ]

    /// A letter for each way in which a cell may look.
    private func letter(_ style: CellStyle) -> Character {
        if style.isInverse { return style.isBold ? "T" : "S" }
        if style.isFaint { return "f" }
        let colors: [Character] = [".", "r", "g", "y", "b", "m", "c"]
        let color = colors[Int(style.color.rawValue)]
        return style.isBold ? (color == "." ? "B" : Character(color.uppercased())) : color
    }

    private func drawn(_ scene: Scene) -> String {
        let figures = scene.isMonitor ? TopScene.monitor() : TopScene.stats(scene.nodes)
        let state = TopScene.state(figures, columns: scene.size.0, rows: scene.size.1, keys: scene.keys)
        let grid = TopView.draw(state, Glyphs(isASCII: scene.isASCII))
        let styles = (0..<grid.rows).map { row in
            String((0..<grid.columns).map { letter(grid[row, $0].style) })
        }
        return (grid.lines + ["-"] + styles).joined(separator: "\n") + "\n"
    }

    @Test("are as they were looked at", arguments: scenes)
    private func screen(_ scene: Scene) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Screens")
        let file = folder.appendingPathComponent("\(scene.name).txt")
        let drawn = drawn(scene)
        guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
            try drawn.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("\(file.lastPathComponent) was not there: look at it")
            return
        }
        let rows = zip(
            drawn.split(separator: "\n", omittingEmptySubsequences: false),
            expected.split(separator: "\n", omittingEmptySubsequences: false)
        )
        for (row, (one, other)) in rows.enumerated() { #expect(one == other, "line \(row + 1) of \(scene.name)") }
        #expect(drawn == expected)
        if scene.isASCII { #expect(drawn.utf8.allSatisfy { $0 < 0x80 }) }
    }

    @Test("show where somebody types, and nowhere else the cursor")
    func cursor() {
        let state = TopScene.state(TopScene.stats(), columns: 80, rows: 24, keys: Self.typed("/abc"))
        #expect(TopView.draw(state, Glyphs(isASCII: false)).cursor == .init(row: 23, column: 4))
        let other = TopScene.state(TopScene.stats(), columns: 80, rows: 24)
        #expect(TopView.draw(other, Glyphs(isASCII: false)).cursor == nil)
    }
}
