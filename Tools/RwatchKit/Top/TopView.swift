import RedisPOSIX
import RedisRESP

/// Draws what a state shows into the cells of a screen. A plain function of the state: whatever comes from a server
/// goes through ``VisibleText`` before it reaches a cell.
package struct TopView {
    let state: TopState
    let glyphs: Glyphs
    let layout: TopLayout
    var grid: ScreenGrid
    private var visible = VisibleText()

    private init(_ state: TopState, _ glyphs: Glyphs) {
        self.state = state
        self.glyphs = glyphs
        layout = TopLayout(state)
        grid = ScreenGrid(columns: state.columns, rows: state.rows)
    }

    /// The screen.
    package static func draw(_ state: TopState, _ glyphs: Glyphs) -> ScreenGrid {
        var view = TopView(state, glyphs)
        guard state.columns >= TopLayout.least.columns, state.rows >= TopLayout.least.rows else {
            view.grid.put("too small", row: 0, column: 0)
            return view.grid
        }
        if state.showsHelp {
            view.drawHelp()
            return view.grid
        }
        view.drawHead()
        view.drawTabs()
        if let detail = state.detail {
            view.draw(detail)
        } else if state.tab == .stream {
            view.drawStream()
        } else {
            view.drawTable()
        }
        if !view.layout.panel.isEmpty, state.detail == nil { view.drawPanel() }
        view.drawFoot()
        return view.grid
    }

    // MARK: Texts

    /// Bytes from outside as text of at most so many columns.
    mutating func text(_ bytes: [UInt8], upTo columns: Int, isCut: Bool = false) -> String {
        guard columns > 0 else { return "" }
        let source = glyphs.isASCII ? Self.escaped(bytes) : bytes
        var buffer = OutputBuffer(capacity: 128)
        let extent = visible.append(source.rawSpan, upTo: columns, to: &buffer)
        if extent.bytes == source.count, !isCut || extent.columns == columns {
            return String(decoding: buffer.take(), as: UTF8.self)
        }
        if extent.bytes == source.count { return String(decoding: buffer.take(), as: UTF8.self) + glyphs.cut }
        buffer.removeAll()
        _ = visible.append(source.rawSpan, upTo: columns - 1, to: &buffer)
        return String(decoding: buffer.take(), as: UTF8.self) + glyphs.cut
    }

    /// With escapes in place of what is not ASCII.
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(where: { $0 >= 0x80 }) else { return bytes }
        var buffer = OutputBuffer(capacity: 128)
        for byte in bytes { if byte < 0x80 { buffer.append(byte) } else { buffer.append(escaped: byte) } }
        return buffer.take()
    }

    mutating func text(_ text: String, upTo columns: Int) -> String { self.text(Array(text.utf8), upTo: columns) }

    /// Writes a text of ours, and one behind it at the right end of the row as far as there is room.
    @discardableResult
    mutating func put(
        _ text: String,
        row: Int,
        column: Int,
        _ style: CellStyle = .plain,
        end: Int? = nil
    ) -> Int {
        grid.put(glyphs.words(text), row: row, column: column, style, end: end)
    }

    // MARK: The head

    private mutating func drawHead() {
        let header = state.snapshot.header
        let end = state.columns
        var right = "\(header.source.rawValue) \(interval)"
        if state.isFrozen { right = "FROZEN" }
        let rightStart = max(end - right.utf8.count, 0)
        var column = put("rwatch ", row: 0, column: 0, .bold, end: rightStart)
        let place = text(header.place, upTo: max(rightStart - column - 1, 0))
        column = grid.put(place, row: 0, column: column, CellStyle(.cyan, bold: true), end: rightStart - 1)
        var facts: [String] = []
        if !header.version.isEmpty { facts.append(header.version) }
        if !header.role.isEmpty, header.nodes == 1, header.role != "master" { facts.append(header.role) }
        if header.nodes > 1 { facts.append("\(header.nodes) nodes") }
        if let uptime = header.uptime { facts.append("up \(TopColumn.age(Double(uptime)))") }
        for fact in facts where column + 2 + fact.utf8.count < rightStart {
            column = grid.put(text(fact, upTo: 40), row: 0, column: column + 2, .faint, end: rightStart - 1)
        }
        put(right, row: 0, column: rightStart, state.isFrozen ? .selected : .faint)
        if layout.head.count > 1 { drawFigures(row: 1, header) }
        if layout.head.count > 2 { drawHealth(row: 2, header) }
    }

    private var interval: String {
        let seconds = Double(state.interval) / 1000
        return "\(DecimalFraction.text(seconds, decimals: seconds == seconds.rounded() ? 0 : 2))s"
    }

    private mutating func drawFigures(row: Int, _ header: TopHeader) {
        var column = put("\(TopColumn.short(header.rate, isWhole: false))/s ", row: row, column: 0, .bold)
        let lineWidth = min(max(state.columns / 4, 8), 60)
        drawLine(row: row, column: column, width: lineWidth)
        column += lineWidth
        var facts: [String] = []
        if let input = header.input, let output = header.output {
            facts.append("in \(TopColumn.size(input))/s")
            facts.append("out \(TopColumn.size(output))/s")
        } else {
            facts.append("\(TopColumn.short(Double(header.total), isWhole: true)) in all")
        }
        if let clients = header.clients { facts.append("clients \(clients)") }
        if let memory = header.memory {
            let limit = header.memoryLimit.map { " of \(TopColumn.size(Double($0)))" } ?? ""
            facts.append("memory \(TopColumn.size(Double(memory)))\(state.columns >= 100 ? limit : "")")
        }
        drawFacts(facts, row: row, column: column)
    }

    private mutating func drawFacts(_ facts: [String], row: Int, column start: Int, _ style: CellStyle = .plain) {
        var column = start
        for fact in facts where column + (column == 0 ? 0 : 2) + fact.utf8.count <= state.columns {
            column = put(fact, row: row, column: column == 0 ? 0 : column + 2, style)
        }
    }

    /// The rates of the last snapshots, with marks where events are missing.
    private mutating func drawLine(row: Int, column: Int, width: Int) {
        let points = Array(state.history.all.suffix(width))
        let greatest = points.map(\.rate).max() ?? 0
        var place = column + width - points.count
        for point in points {
            if point.hasIncident {
                grid.put(glyphs.gap, row: row, column: place, .alarm)
            } else {
                grid.put(glyphs.level(point.rate, of: greatest), row: row, column: place, CellStyle(.green))
            }
            place += 1
        }
    }

    private mutating func drawHealth(row: Int, _ header: TopHeader) {
        var column = 0
        func alarm(_ count: Int) -> CellStyle { count > 0 ? .alarm : .faint }
        var parts: [(String, CellStyle)] = []
        if header.failing > 0 {
            let text = header.nodes == 1 ? "no answer" : "\(header.failing) of \(header.nodes) nodes down"
            parts.append((text, .alarm))
        }
        if let lag = header.lag { parts.append(("lag \(TopColumn.duration(lag))", .faint)) }
        if let pending = header.pending { parts.append(("held \(TopColumn.size(Double(pending)))", .faint)) }
        parts.append(("gaps \(header.gaps)", alarm(header.gaps)))
        parts.append(("drops \(header.drops)", alarm(header.drops)))
        if header.reconnects > 0 { parts.append(("reconnects \(header.reconnects)", .faint)) }
        parts.append((header.cost, .faint))
        if !header.filter.isEmpty { parts.append(("counts: \(text(header.filter, upTo: 60))", CellStyle(.yellow))) }
        if header.failing > 0, !header.failure.isEmpty {
            parts.append((text(header.failure, upTo: state.columns), CellStyle(.red)))
        }
        for (text, style) in parts where column < state.columns - 4 {
            column = put(text, row: row, column: column == 0 ? 0 : column + 2, style)
        }
    }

    private mutating func drawTabs() {
        for (tab, text, columns) in TopLayout.tabs(columns: state.columns) {
            grid.put(
                text,
                row: layout.tabs,
                column: columns.lowerBound,
                tab == state.tab ? CellStyle(bold: true, inverse: true) : .faint
            )
        }
    }

    // MARK: The foot

    private mutating func drawFoot() {
        let row = layout.foot
        switch state.prompt {
        case .filter(let typed):
            var column = grid.put("/", row: row, column: 0, .bold)
            let room = max(state.columns - column - 1, 1)
            // The end of what is typed is what one looks at.
            let shown = text(String(String.UnicodeScalarView(typed.unicodeScalars.suffix(room))), upTo: room)
            column = grid.put(shown, row: row, column: column)
            grid.cursor = ScreenGrid.Place(row: row, column: min(column, state.columns - 1))
            if !state.message.isEmpty, column + 3 < state.columns {
                grid.put(
                    text(state.message, upTo: state.columns - column - 3),
                    row: row,
                    column: column + 3,
                    CellStyle(.red)
                )
            }
        case .monitor:
            let rate = TopColumn.short(state.snapshot.header.rate, isWhole: false)
            put(
                state.columns >= 70
                    ? "MONITOR: \(rate) commands/s come here, and throughput may halve. Begin? y/n"
                    : "MONITOR costs much. Begin? y/n",
                row: row,
                column: 0,
                CellStyle(.yellow, bold: true)
            )
        case nil:
            if !state.message.isEmpty {
                grid.put(text(state.message, upTo: state.columns), row: row, column: 0, .bold)
                return
            }
            drawHints(row)
        }
    }

    private mutating func drawHints(_ row: Int) {
        var right = ""
        if let filter = state.filter { right = "/\(filter.text)" }
        let table = state.table
        if state.detail == nil, state.tab != .stream, table.bound > 0 { right += "  any other at most \(table.bound)" }
        let shownRight = text(right, upTo: state.columns / 2)
        let start = state.columns - shownRight.unicodeScalars.count
        let hints =
            state.detail != nil
            ? ["Esc back", "y copy", "q quit"]
            : [
                "h help", "q quit", "/ filter", "s sort", "Enter look", "Space freeze", "m MONITOR", "t totals",
                "z zero",
            ]
        var column = 0
        for hint in hints where column + hint.utf8.count + 2 <= start {
            column = put(hint, row: row, column: column, .faint) + 2
        }
        grid.put(shownRight, row: row, column: max(start, 0), CellStyle(.yellow))
    }
}
