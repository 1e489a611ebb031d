import RedisRESP

/// What is shown of one row.
enum TopDetail {
    enum Line: Equatable {
        case value(String, String)
        case event(TailEvent)
        case remark(String)
    }

    /// The lines behind the title.
    static func lines(of detail: TopState.Detail, in state: TopState) -> [Line] {
        let table = state.snapshot.table(detail.tab)
        // The row as it is now, while it is there.
        let row = table.rows.first { $0.id == detail.row.id } ?? detail.row
        var lines: [Line] = []
        for column in table.columns where column.isShown {
            let cell = table.cell(row, column)
            switch cell {
            case .none: continue
            case .number(let value): lines.append(.value(column.title, column.text(value)))
            case .text(let bytes): lines.append(.value(column.title, bytes.isEmpty ? "-" : StatReport.shown(bytes)))
            }
        }
        if row.error > 0 {
            let least = (table.cell(row, .count).number ?? 0) - Double(row.error)
            lines.append(.value("TOTAL", "at least \(TopColumn.short(least, isWhole: true))"))
        }
        lines.append(.remark(""))
        if detail.events.isEmpty {
            lines.append(
                .remark(
                    state.snapshot.header.source == .stats
                        ? "its commands are seen with MONITOR alone: press m" : "none of the last events belong to it"
                )
            )
        } else {
            lines.append(.remark("the last \(detail.events.count) of its events"))
            lines += detail.events.reversed().map { .event($0) }
        }
        return lines
    }
}

extension TopView {
    /// Draws one row alone: its values, and its last events.
    mutating func draw(_ detail: TopState.Detail) {
        let title = text(detail.row.name, upTo: state.columns - 2, isCut: detail.row.length > detail.row.name.count)
        let first = layout.body.lowerBound
        grid.put(title.isEmpty ? "\"\"" : title, row: first, column: 0, CellStyle(.cyan, bold: true))
        let lines = TopDetail.lines(of: detail, in: state).dropFirst(detail.offset)
        for (row, line) in zip(layout.body.dropFirst(), lines) {
            switch line {
            case .value(let name, let value):
                put(name, row: row, column: 2, .faint)
                grid.put(text(glyphs.words(value), upTo: max(state.columns - 14, 1)), row: row, column: 14)
            case .remark(let words): grid.put(text(words, upTo: state.columns), row: row, column: 0, .faint)
            case .event(let event): draw(event, row: row)
            }
        }
    }

    /// Draws the help over everything.
    mutating func drawHelp() {
        let lines = [
            ("1-7 Tab", "commands, keys, prefixes, clients, channels, nodes, stream"),
            ("j k g G", "down, up, first, last; arrows, PgUp, PgDn, the wheel"),
            ("Enter Esc", "the last commands of a row, and back"),
            ("s S r", "next or previous column to sort by, the other way round"),
            ("/", "a word in names, or a condition: cmd in (GET, SET)"),
            ("n N", "next or previous row, round and round"),
            ("Space", "freeze and go on; counting never stops"),
            ("+ -", "the interval, from 0.25 s to 10 s"),
            ("t z", "rates or totals; count from zero"),
            ("d D", "prefixes of one part more, or less"),
            ("a", "clients by address, name or user"),
            ("m", "MONITOR: every command with its keys, and its price"),
            ("w y", "write the table to a file; copy the row's name"),
            ("Ctrl-L", "draw everything again"),
            ("Ctrl-Z", "stop; MONITOR is left before that"),
            ("q", "quit"),
        ]
        grid.put("Keys of rwatch top", row: 0, column: 0, .bold)
        // Where there are too few rows, the rest is in the manual.
        for (index, line) in lines.prefix(max(state.rows - 3, 0)).enumerated() {
            grid.put(line.0, row: index + 1, column: 1, CellStyle(.cyan))
            grid.put(text(line.1, upTo: max(state.columns - 12, 1)), row: index + 1, column: 12)
        }
        put("any key goes back", row: state.rows - 1, column: 0, .faint)
    }
}

/// A table as lines of text, for a file.
enum TopDump {
    static func lines(of state: TopState) -> [String] {
        let head = "\(TimeStamp.text(state.snapshot.time))  \(state.snapshot.header.place)  \(state.tab.name)"
        guard state.tab != .stream else {
            return [head] + state.shownEvents.map { StatReport.shown($0.line) }
        }
        let table = state.table
        let columns = table.columns.filter(\.isShown)
        var lines = [head, (["name"] + columns.map(\.rawValue)).joined(separator: "\t")]
        for row in state.shownRows {
            let cells = columns.map { column -> String in
                switch table.cell(row, column) {
                case .none: ""
                case .number(let value): DecimalFraction.text(value, decimals: value == value.rounded() ? 0 : 3)
                case .text(let bytes): StatReport.shown(bytes)
                }
            }
            lines.append(([StatReport.shown(row.name, row.length)] + cells).joined(separator: "\t"))
        }
        return lines
    }
}
