import RedisReactor

/// The report as one page of HTML without anything from outside: no script, no font, no picture but what is drawn in
/// it. Colours follow the reader's choice of light or dark.
package struct StatPage: ~Copyable {
    private let report: StatReport
    private var out = OutputBuffer(capacity: 128 << 10)

    package init(_ report: StatReport) { self.report = report }

    /// The page.
    package static func bytes(of report: StatReport) -> [UInt8] {
        var page = StatPage(report)
        page.write()
        return page.out.take()
    }

    private mutating func write() {
        out.append(literal: Self.head)
        write("h1", "What was counted: \(report.source)")
        writeFacts()
        writeLosses()
        section("Events over time") { page in
            SVGChart.timeLine(page.report.counters.timeLine, page.report.counters.incidents, to: &page.out)
        }
        for table in report.tables where table.names.total > 0 { write(table) }
        histogram("Sizes in bytes", report.counters.sizes) { "\($0)" }
        histogram("Time until the next event", report.counters.gaps) { StatReport.microseconds($0) }
        write("Largest", report.counters.largest, "size") { Words.size(Int(clamping: $0)) }
        write("Slowest, by the time until the next event", report.counters.slowest, "time") {
            StatReport.microseconds($0)
        }
        out.append(literal: "</main>\n</body>\n</html>\n")
    }

    // MARK: Parts

    private mutating func writeFacts() {
        let counters = report.counters
        var facts = [("Events", "\(counters.events)"), ("Rate", "\(StatReport.rate(report.rate)) a second")]
        if counters.peak.events > 0 { facts.append(("Busiest second", "\(counters.peak.events) events")) }
        if let period = report.period {
            facts += [
                ("From", Self.time(period.from)), ("To", Self.time(period.until)),
                ("Duration", Notices.seconds(.microseconds(period.until &- period.from))),
            ]
        }
        facts.append(("Bytes", Words.size(counters.bytes)))
        for (kind, count) in counters.eventsByKind where count > 0 { facts.append(("Of kind \(kind)", "\(count)")) }
        if counters.scriptCommands > 0 { facts.append(("Of scripts", "\(counters.scriptCommands)")) }
        for database in counters.commandsByDatabase {
            facts.append(("In database \(database.database)", "\(database.count)"))
        }
        if counters.otherDatabases > 0 { facts.append(("In other databases", "\(counters.otherDatabases)")) }
        for window in RateWindow.allCases {
            facts.append(("Last \(window.name)", "\(StatReport.rate(counters.count(in: window).rate)) a second"))
        }
        out.append(literal: "<dl class=\"facts\">\n")
        for (name, value) in facts {
            out.append(literal: "<div>")
            write("dt", name)
            write("dd", value)
            out.append(literal: "</div>\n")
        }
        out.append(literal: "</dl>\n")
    }

    private mutating func writeLosses() {
        let (incidents, account) = (report.counters.incidents, report.account)
        var lines: [String] = []
        if incidents.gaps > 0 { lines.append("\(Words.count(incidents.gaps, "gap")): events may be missing") }
        if incidents.drops > 0 {
            lines.append("\(Words.count(incidents.dropped, "event")) dropped by whoever recorded")
        }
        if incidents.reconnects > 0 { lines.append("\(Words.count(incidents.reconnects, "reconnect"))") }
        if account.unselected > 0 { lines.append("\(account.unselected) events were not selected") }
        for problem in LineProblem.allCases where account[problem: problem] > 0 {
            lines.append("\(Words.count(account[problem: problem], "line")) \(problem.words)")
        }
        if report.counters.backwardSteps > 0 {
            lines.append("time went back \(Words.count(report.counters.backwardSteps, "time"))")
        }
        lines += incidents.kept.prefix(report.rows).map { "\($0.kind.rawValue): \(StatReport.words($0))" }
        guard !lines.isEmpty else { return write("p", "Nothing is missing, as far as is known.") }
        section("What is missing") { page in
            page.out.append(literal: "<ul>\n")
            for line in lines { page.write("li", line) }
            page.out.append(literal: "</ul>\n")
        }
    }

    private mutating func write(_ table: StatReport.Table) {
        let rows = report.rows(of: table)
        let total = max(table.names.total, 1)
        section(table.title.prefix(1).uppercased() + table.title.dropFirst()) { page in
            page.write("p", Self.summary(of: table))
            page.begin(table: ["count", "share", "a second", "bytes"], last: "name")
            for row in rows {
                let share = Double(row.count) / Double(total)
                let rate = page.report.seconds > 0 ? Double(row.count) / page.report.seconds : 0
                page.out.append(literal: "<tr>")
                page.write("td", row.error > 0 ? "\(row.count - row.error) to \(row.count)" : "\(row.count)")
                page.out.append(literal: "<td>")
                SVGChart.bar(share, to: &page.out)
                page.out.append(html: "\(DecimalFraction.text(share * 100, decimals: 1)) %")
                page.out.append(literal: "</td>")
                page.write("td", StatReport.rate(rate))
                page.write("td", Words.size(row.bytes))
                page.name(row.name, row.length, table.suffix)
                page.out.append(literal: "</tr>\n")
            }
            page.out.append(literal: "</tbody></table>\n")
        }
    }

    private static func summary(of table: StatReport.Table) -> String {
        let names = table.names
        guard !names.isExact else { return "\(names.distinct) different, counted exactly." }
        return "About \(names.distinct) different (± \(StatReport.sketchError)). "
            + "A name that is not shown occurred at most \(Words.count(names.bound, "time")), or less often than those shown."
    }

    private mutating func write(
        _ title: String,
        _ list: TopList<NotableEvent>,
        _ column: String,
        _ value: (UInt64) -> String
    ) {
        let items = list.items.prefix(report.rows).map { (value($0.value), $0.element) }
        guard !items.isEmpty else { return }
        section(title) { page in
            page.begin(table: [column, "at"], last: "event")
            for (value, event) in items {
                page.out.append(literal: "<tr>")
                page.write("td", value)
                page.write("td", Self.time(event.time))
                var name = event.name
                for part in [event.key, event.client.isEmpty ? nil : Array("from ".utf8) + event.client] {
                    if let part { name += [UInt8(ascii: " ")] + part }
                }
                page.name(name, name.count, "")
                page.out.append(literal: "</tr>\n")
            }
            page.out.append(literal: "</tbody></table>\n")
        }
    }

    private mutating func histogram(_ title: String, _ histogram: ValueHistogram, _ name: (UInt64) -> String) {
        guard histogram.count > 0 else { return }
        let bars = histogram.bars.map { (name($0.range.lowerBound), $0.count) }
        let summary = StatReport.percentiles(histogram, name)
        section(title) { page in
            page.write("p", summary)
            SVGChart.histogram(bars, title, to: &page.out)
        }
    }

    // MARK: Elements

    private mutating func section(_ title: String, _ body: (inout StatPage) -> Void) {
        out.append(literal: "<section>\n")
        write("h2", title)
        body(&self)
        out.append(literal: "</section>\n")
    }

    private mutating func write(_ tag: StaticString, _ text: String) {
        out.append(literal: "<")
        out.append(literal: tag)
        out.append(literal: ">")
        out.append(html: text)
        out.append(literal: "</")
        out.append(literal: tag)
        out.append(literal: ">\n")
    }

    private mutating func begin(table columns: [String], last: String) {
        out.append(literal: "<table><thead><tr>")
        for column in columns {
            out.append(literal: "<th scope=\"col\">")
            out.append(html: column)
            out.append(literal: "</th>")
        }
        out.append(literal: "<th scope=\"col\" class=\"name\">")
        out.append(html: last)
        out.append(literal: "</th></tr></thead><tbody>\n")
    }

    private mutating func name(_ name: [UInt8], _ length: Int, _ suffix: String) {
        out.append(literal: "<td class=\"name\"><bdi>")
        out.append(html: name.rawSpan)
        if length > name.count { out.append(html: "…(+\(length - name.count)B)") }
        out.append(html: suffix)
        out.append(literal: "</bdi></td>")
    }

    private static func time(_ microseconds: Int64) -> String {
        var writer = TimeWriter(.iso, isUTC: true)
        var text = OutputBuffer(capacity: 64)
        writer.append(microseconds, to: &text)
        return String(decoding: text.take(), as: UTF8.self)
    }

    private static let head: StaticString = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>rwatch stat</title>
        <style>
        :root { --paper: #fbfaf7; --ink: #1d2329; --faint: #5d6872; --line: #dcd8cf; --mark: #1f6f8b; --alarm: #b3401f; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #14181c; --ink: #e4e7ea; --faint: #98a3ad; --line: #2d353c; --mark: #6fb6d0; --alarm: #e8835f; }
        }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
        h1 { font-size: 1.4rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        p { color: var(--faint); margin: .25rem 0; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .5rem 1rem; margin: 0; }
        .facts div { border-top: 1px solid var(--line); padding-top: .25rem; }
        dt { color: var(--faint); font-size: .8rem; }
        dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { color: var(--faint); font-weight: normal; font-size: .8rem; }
        .name { text-align: left; width: 100%; white-space: normal; overflow-wrap: anywhere; }
        td.name { font-family: ui-monospace, monospace; font-size: .9em; }
        svg { display: block; width: 100%; height: auto; }
        svg.bar { display: inline-block; width: 4rem; height: .6rem; margin-right: .5rem; }
        svg text { fill: var(--faint); font-size: 11px; font-family: inherit; }
        .fill { fill: var(--mark); } .axis { stroke: var(--line); } .back { fill: var(--line); } .alarm { fill: var(--alarm); }
        ul { margin: .25rem 0; padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
        section { overflow-x: auto; }
        </style>
        </head>
        <body>
        <main>

        """
}
