import RedisPOSIX
import RedisRESP
import RedisReactor

/// A snapshot without a screen: what `rwatch top --batch` and `--json` print.
package struct TopReport: Sendable {
    private let snapshot: TopSnapshot
    private let rows: Int

    /// A report with so many rows of each table.
    package init(_ snapshot: TopSnapshot, rows: Int) {
        self.snapshot = snapshot
        self.rows = rows
    }

    /// The rows of a table that are reported: those with the most first.
    private func rows(of table: TopTable) -> ArraySlice<TopRow> {
        TopOrder(column: table.mainColumn).sorted(table).prefix(rows)
    }

    // MARK: JSON

    /// One object on a line of its own: docs/rwatch-top.schema.json describes it.
    package var json: [UInt8] {
        var out = OutputBuffer(capacity: 16 << 10)
        let header = snapshot.header
        out.append(literal: "{\"v\":1,\"kind\":\"top\",\"ts\":")
        out.append(timestamp: max(snapshot.time, 0))
        out.append(UInt8(ascii: ","))
        out.append(jsonField: "source", Array(header.source.rawValue.utf8).rawSpan)
        out.append(UInt8(ascii: ","))
        out.append(jsonField: "place", Array(header.place.utf8).rawSpan)
        out.member("interval", header.interval, decimals: 6)
        out.member("rate", header.rate, decimals: 3)
        out.member("total", header.total)
        if let input = header.input { out.member("in_rate", input, decimals: 3) }
        if let output = header.output { out.member("out_rate", output, decimals: 3) }
        if let clients = header.clients { out.member("connected_clients", clients) }
        if let memory = header.memory { out.member("used_memory", memory) }
        out.member("failing_nodes", header.failing)
        out.member("gaps", header.gaps)
        out.member("dropped", header.drops)
        out.member("reconnects", header.reconnects)
        for table in snapshot.tables {
            out.append(UInt8(ascii: ","))
            out.append(jsonElement: Array(table.tab.name.utf8).rawSpan)
            out.append(literal: ":{\"distinct\":")
            out.append(integer: table.distinct)
            out.member("bound", table.bound)
            out.begin("rows")
            out.list(Array(rows(of: table))) { row, out in Self.append(row, table, to: &out) }
            out.append(UInt8(ascii: "}"))
        }
        out.append(literal: "}\n")
        return out.take()
    }

    private static func append(_ row: TopRow, _ table: TopTable, to out: inout OutputBuffer) {
        out.append(UInt8(ascii: "{"))
        out.append(jsonField: "name", row.name.rawSpan)
        if row.length > row.name.count { out.member("length", row.length) }
        if row.error > 0 { out.member("error", row.error) }
        for (column, cell) in zip(table.columns, row.cells) {
            switch cell {
            case .none: continue
            case .number(let value):
                out.append(UInt8(ascii: ","))
                out.append(jsonElement: Array(column.rawValue.utf8).rawSpan)
                out.append(UInt8(ascii: ":"))
                let isWhole = value == value.rounded() && value.magnitude < 9e15
                out.append(Array(DecimalFraction.text(value, decimals: isWhole ? 0 : 3).utf8))
            case .text(let bytes):
                out.append(UInt8(ascii: ","))
                out.append(jsonElement: Array(column.rawValue.utf8).rawSpan)
                out.append(UInt8(ascii: ":"))
                out.append(jsonElement: bytes.rawSpan)
            }
        }
        out.append(UInt8(ascii: "}"))
    }

    // MARK: Text

    /// The report for people, line by line: the head, and each table that has rows.
    package var lines: [String] {
        let header = snapshot.header
        let time = TimeStamp.text(snapshot.time)
        var head = ["\(time)  \(header.place.shown(upTo: ShownText.hostLimit))"]
        if !header.version.isEmpty { head.append(header.version) }
        head.append("source \(header.source.rawValue)")
        var figures = ["\(TopColumn.short(header.rate, isWhole: false))/s", "\(header.total) in all"]
        if let input = header.input, let output = header.output {
            figures.append("in \(TopColumn.size(input))/s")
            figures.append("out \(TopColumn.size(output))/s")
        }
        if let clients = header.clients { figures.append(Words.count(clients, "client")) }
        if let memory = header.memory { figures.append("memory \(TopColumn.size(Double(memory)))") }
        if header.failing > 0 { figures.append("\(Words.count(header.failing, "node")) down") }
        if header.gaps > 0 { figures.append(Words.count(header.gaps, "gap")) }
        if header.drops > 0 { figures.append("\(header.drops) dropped") }
        var lines = [head.joined(separator: "  "), figures.joined(separator: "  ")]
        for table in snapshot.tables where !table.rows.isEmpty {
            lines += ["", title(of: table)] + self.lines(of: table)
        }
        return lines + [""]
    }

    private func title(of table: TopTable) -> String {
        var columns = ""
        for column in table.columns where column.isShown { columns += " " + Self.padded(column.title, column.width) }
        let name = table.tab.name.uppercased()
        return name + String(repeating: " ", count: max(24 - name.utf8.count, 0)) + columns
    }

    private func lines(of table: TopTable) -> [String] {
        rows(of: table).map { row in
            var line = StatReport.shown(row.name, row.length)
            line += String(repeating: " ", count: max(24 - line.count, 0))
            for (column, cell) in zip(table.columns, row.cells) where column.isShown {
                line += " " + Self.padded(String(Self.text(cell, column).prefix(column.width)), column.width)
            }
            if row.error > 0 { line += " (±\(row.error))" }
            return line
        } + (table.bound > 0 ? ["  any other occurred at most \(Words.count(table.bound, "time"))"] : [])
    }

    private static func text(_ cell: TopCell, _ column: TopColumn) -> String {
        switch cell {
        case .none: "-"
        case .number(let value): column.text(value)
        case .text(let bytes): bytes.isEmpty ? "-" : StatReport.shown(bytes)
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}

/// `2026-12-01 11:22:33`, in the time zone of the process.
enum TimeStamp {
    static func text(_ microseconds: Int64) -> String {
        guard let time = CalendarTime(at: microseconds / 1_000_000, isUTC: false) else { return "?" }
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let second = Int(microseconds / 1_000_000 % 60)
        return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute)):\(two(second))"
    }
}
