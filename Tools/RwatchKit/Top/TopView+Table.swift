import RedisRESP

/// A column as it is drawn: one of the table, or a picture of it.
enum DrawnColumn: Equatable {
    case value(TopColumn)
    /// How the rate went on, in so many columns of the screen.
    case trend(Int)
    /// The share as a bar.
    case bar

    var width: Int {
        switch self {
        case .value(let column): column.width
        case .trend(let width): width
        case .bar: 12
        }
    }

    private static let leastTrend = 10

    /// The columns that fit beside the names, those that matter more first.
    static func fitting(_ table: TopTable, showsTotals: Bool, columns: Int) -> (name: Int, columns: [DrawnColumn]) {
        var wanted: [DrawnColumn] = table.columns.filter(\.isShown).map { .value($0) }
        if let share = wanted.firstIndex(of: .value(.share)) {
            wanted.insert(.trend(leastTrend), at: share + 1)
            wanted.insert(.bar, at: min(share + (wanted.contains(.value(.p99)) ? 5 : 3), wanted.count))
        }
        if showsTotals, let count = wanted.firstIndex(of: .value(.count)), count > 0 { wanted.swapAt(0, count) }
        // Names of clients and nodes are addresses, and there are no longer names of commands.
        let least = columns < 60 ? 14 : 24
        var room = columns - least
        var taken: [DrawnColumn] = []
        for column in wanted {
            guard room >= column.width + 1 else { break }
            room -= column.width + 1
            taken.append(column)
        }
        // Long names are rare, and a longer line tells more.
        if let trend = taken.firstIndex(of: .trend(leastTrend)), room > 40 {
            let extra = min(room - 40, 50)
            taken[trend] = .trend(leastTrend + extra)
            room -= extra
        }
        return (least + room, taken)
    }
}

extension TopView {
    /// Draws the table, with the titles of its columns above.
    mutating func drawTable() {
        let table = state.table
        let (nameWidth, columns) = DrawnColumn.fitting(
            table,
            showsTotals: state.showsTotals,
            columns: state.columns
        )
        let rows = state.shownRows
        drawTitles(table, columns, nameWidth, rows.count)
        let first = layout.body.lowerBound + 1
        if rows.isEmpty {
            let remark = table.rows.isEmpty ? table.remark : "nothing that the filter selects; Esc shows all"
            grid.put(text(remark, upTo: state.columns), row: first, column: 0, .faint)
            return
        }
        let chosen = state.chosenPlace(in: rows)
        let greatest = rows.compactMap { table.cell($0, .share).number }.max() ?? 0
        for line in 0..<max(layout.body.count - 1, 0) {
            let place = state.offset + line
            guard place < rows.count else { break }
            draw(rows[place], table, columns, nameWidth, row: first + line, greatest: greatest)
            if place == chosen { grid.style(row: first + line, columns: 0..<state.columns, .selected) }
        }
    }

    private mutating func drawTitles(_ table: TopTable, _ columns: [DrawnColumn], _ nameWidth: Int, _ count: Int) {
        let row = layout.body.lowerBound
        let order = state.order
        var name = table.tab == .stream ? "" : Self.title(of: table.tab, state.naming, state.snapshot.header.source)
        if order.column == nil { name += order.isReversed ? glyphs.up : glyphs.down }
        let all = max(table.distinct, table.rows.count)
        name += count < all ? " \(count) of \(all)" : " \(count)"
        grid.put(text(name, upTo: nameWidth - 1), row: row, column: 0, CellStyle(bold: true))
        var column = nameWidth
        for drawn in columns {
            var title: String
            var style = CellStyle.faint
            switch drawn {
            case .value(let value):
                title = glyphs.words(value.title)
                if order.column == value {
                    title += order.isReversed ? glyphs.up : glyphs.down
                    style = CellStyle(bold: true)
                }
            case .trend: title = "TREND"
            case .bar: title = ""
            }
            let width = title.unicodeScalars.count
            grid.put(
                title,
                row: row,
                column: column + 1 + max(drawn.width - width, 0),
                style,
                end: column + 1 + drawn.width
            )
            column += drawn.width + 1
        }
    }

    private static func title(of tab: TopTab, _ naming: ClientNaming, _ source: TopSource) -> String {
        switch tab {
        case .commands: source == .keys ? "EVENT" : "COMMAND"
        case .keys: "KEY"
        case .prefixes: "PREFIX"
        case .clients: naming == .address ? "CLIENT" : naming == .name ? "NAME OF CLIENTS" : "USER"
        case .channels: "CHANNEL"
        case .nodes: "NODE"
        case .stream: ""
        }
    }

    private mutating func draw(
        _ item: TopRow,
        _ table: TopTable,
        _ columns: [DrawnColumn],
        _ nameWidth: Int,
        row: Int,
        greatest: Double
    ) {
        let suffix = table.tab == .prefixes ? "*" : ""
        let name =
            item.name.isEmpty
            ? "\"\""
            : text(item.name, upTo: nameWidth - 1 - suffix.utf8.count, isCut: item.length > item.name.count) + suffix
        grid.put(name, row: row, column: 0, item.name.isEmpty ? .faint : .plain, end: nameWidth - 1)
        var column = nameWidth + 1
        for drawn in columns {
            let end = column + drawn.width
            switch drawn {
            case .value(let value): draw(table.cell(item, value), value, item, column..<end, row: row)
            case .trend:
                let line = glyphs.line(state.history.line(of: item, in: table.tab), width: drawn.width)
                grid.put(line, row: row, column: column, CellStyle(.green), end: end)
            case .bar:
                let share = table.cell(item, .share).number ?? 0
                // The longest bar is that of the greatest share.
                let bar = glyphs.bar(greatest > 0 ? share / greatest : 0, width: drawn.width)
                grid.put(bar, row: row, column: column, CellStyle(.blue), end: end)
            }
            column = end + 1
        }
    }

    private mutating func draw(
        _ cell: TopCell,
        _ column: TopColumn,
        _ item: TopRow,
        _ columns: Range<Int>,
        row: Int
    ) {
        var style = CellStyle.plain
        var shown: String
        switch cell {
        case .none:
            shown = "-"
            style = .faint
        case .number(let value):
            shown = glyphs.words(column.text(value))
            if value == 0 { style = .faint }
            if column == .failed || column == .rejected, value > 0 { style = CellStyle(.red) }
            // What may be too great is marked: the error stands where the row is looked at alone.
            if column == .count, item.error > 0 { shown = "<" + shown }
        case .text(let bytes):
            shown = text(bytes, upTo: columns.count)
            if column == .state, bytes != Array("up".utf8) { style = .alarm }
        }
        let width = shown.unicodeScalars.count
        grid.put(
            shown,
            row: row,
            column: columns.lowerBound + max(columns.count - width, 0),
            style,
            end: columns.upperBound
        )
    }

    // MARK: The stream

    /// Draws the last events, the newest at the bottom.
    mutating func drawStream() {
        let events = state.shownEvents
        guard !events.isEmpty else {
            let remark =
                state.snapshot.header.source == .stats
                ? "the statistics of servers have no events: press m for MONITOR" : "nothing came yet"
            grid.put(text(remark, upTo: state.columns), row: layout.body.lowerBound, column: 0, .faint)
            return
        }
        for (line, row) in layout.body.enumerated() {
            let place = state.offset + line
            guard place < events.count else { break }
            draw(events[place], row: row)
        }
    }

    mutating func draw(_ event: TailEvent, row: Int) {
        grid.put(text(event.line, upTo: state.columns), row: row, column: 0)
        // The time, which every line begins with, is looked at last.
        if let blank = event.line.firstIndex(of: UInt8(ascii: " ")), blank < state.columns {
            grid.style(row: row, columns: 0..<blank, .faint)
        }
    }

    // MARK: The panel

    /// Draws how large events are, and what went wrong.
    mutating func drawPanel() {
        let half = state.columns / 2
        let rows = Array(layout.panel)
        grid.put(String(repeating: glyphs.rule, count: state.columns), row: rows[0], column: 0, .faint)
        put(" sizes of events ", row: rows[0], column: 2, CellStyle(bold: true))
        put(" what went wrong ", row: rows[0], column: half + 2, CellStyle(bold: true))
        let bars = state.snapshot.sizes.suffix(rows.count - 1)
        let greatest = Double(bars.map(\.count).max() ?? 0)
        for (row, bar) in zip(rows.dropFirst(), bars) {
            let ends = [bar.range.lowerBound, bar.range.upperBound].map { TopColumn.size(Double($0)) }
            put("\(ends[0]) to \(ends[1])", row: row, column: 2)
            put(TopColumn.short(Double(bar.count), isWhole: true), row: row, column: 22)
            grid.put(
                glyphs.bar(greatest > 0 ? Double(bar.count) / greatest : 0, width: max(half - 34, 1)),
                row: row,
                column: 32,
                CellStyle(.blue)
            )
        }
        let incidents = state.snapshot.incidents.suffix(rows.count - 1)
        if incidents.isEmpty { put("nothing", row: rows[1], column: half + 2, .faint) }
        for (row, incident) in zip(rows.dropFirst(), incidents.reversed()) {
            let time = incident.until.map { TimeStamp.text($0).suffix(8) + " " } ?? ""
            let words = "\(time)\(incident.kind.rawValue): \(incident.reason.isEmpty ? incident.node : incident.reason)"
            grid.put(text(words, upTo: state.columns - half - 3), row: row, column: half + 2, CellStyle(.red))
        }
    }
}
