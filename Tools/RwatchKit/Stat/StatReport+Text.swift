import RedisRESP
import RedisReactor

extension StatReport {
    /// At most so many bytes of a name are shown.
    private static let longestName = 80

    /// The report for people, line by line.
    package var lines: [String] {
        var lines = headLines
        for table in tables where table.names.total > 0 { lines += self.lines(of: table) }
        lines += notableLines("largest", counters.largest) { Words.size(Int(clamping: $0)) }
        lines += notableLines("slowest, by the time until the next event", counters.slowest) { Self.microseconds($0) }
        return lines
    }

    private var headLines: [String] {
        let peak = counters.peak
        var line = "events      \(counters.events)"
        if let period {
            line += " in \(Notices.seconds(.microseconds(period.until &- period.from)))"
            if rate > 0 { line += " (\(Self.rate(rate)) a second" }
            if rate > 0 { line += peak.events > 0 ? ", \(peak.events) in the busiest)" : ")" }
        }
        var lines = ["counted     \(source)", line]
        if counters.events > 0 {
            let kinds = counters.eventsByKind.filter { $0.count > 0 }.map { "\($0.count) \($0.kind)" }
            let scripts = counters.scriptCommands
            lines.append("kinds       \(Words.list(kinds))" + (scripts > 0 ? "; \(scripts) of scripts" : ""))
            lines.append("rates       \(windows)")
            let sizes = Self.percentiles(counters.sizes) { Words.size(Int(clamping: $0)) }
            lines.append("bytes       \(counters.bytes); \(sizes)")
        }
        if counters.gaps.count > 0 {
            let pauses = Self.percentiles(counters.gaps) { Self.microseconds($0) }
            lines.append("pauses      \(pauses) between events")
        }
        let databases = counters.commandsByDatabase.map { "\($0.database): \($0.count)" }
        if databases.count > 1 || counters.otherDatabases > 0 {
            let others = counters.otherDatabases > 0 ? ["others: \(counters.otherDatabases)"] : []
            lines.append("databases   \((databases + others).joined(separator: ", "))")
        }
        return lines + lossLines
    }

    /// What is missing, so that nothing is left out in silence.
    private var lossLines: [String] {
        let incidents = counters.incidents
        var lines: [String] = []
        if incidents.gaps > 0 {
            lines.append("gaps        \(incidents.gaps): events may be missing")
            lines += incidents.kept.filter { $0.kind == .gap }.prefix(rows).map { "  \(Self.words($0))" }
        }
        if incidents.drops > 0 { lines.append("dropped     \(incidents.dropped) when it was recorded") }
        if incidents.reconnects > 0 { lines.append("reconnects  \(incidents.reconnects)") }
        if account.unselected > 0 { lines.append("left out    \(account.unselected) that were not selected") }
        if account.unreadable > 0 {
            lines.append("unreadable  \(Words.count(account.unreadable, "line"))")
            lines += LineProblem.allCases.filter { account[problem: $0] > 0 }.map {
                "  \(account[problem: $0]) \($0.words)"
            }
        }
        if counters.backwardSteps > 0 {
            let steps = Words.count(counters.backwardSteps, "time")
            lines.append("time        went back \(steps): rates go by the order of lines")
        }
        return lines
    }

    private var windows: String {
        RateWindow.allCases.map { window in
            "\(Self.rate(counters.count(in: window).rate)) in \(window.name)"
        }.joined(separator: ", ")
    }

    private func lines(of table: Table) -> [String] {
        let names = table.names
        var head = "\(table.title)"
        head += String(repeating: " ", count: max(12 - head.utf8.count, 1))
        head += names.isExact ? "" : "about "
        head += "\(names.distinct) different" + (names.isExact ? "" : " (± \(Self.sketchError))")
        if table.title == "keys", counters.unprefixed > 0 {
            head += ", \(Words.count(counters.unprefixed, "time")) without a prefix"
        }
        var lines = ["", head]
        for row in rows(of: table) {
            let share = DecimalFraction.text(Double(row.count) / Double(max(names.total, 1)) * 100, decimals: 1)
            let rate = seconds > 0 ? "\(Self.rate(Double(row.count) / seconds))/s" : "-"
            let columns = [
                Self.padded("\(row.count)", 12), Self.padded("\(share) %", 8), Self.padded(rate, 11),
                Self.padded(Words.size(row.bytes), 12),
            ]
            let doubt = row.error > 0 ? " (at least \(row.count - row.error))" : ""
            lines.append("\(columns.joined())  \(Self.shown(row.name, row.length))\(table.suffix)\(doubt)")
        }
        if !names.isExact { lines.append("  any other occurred at most \(Words.count(names.bound, "time"))") }
        return lines
    }

    private func notableLines(
        _ title: String,
        _ list: TopList<NotableEvent>,
        _ value: (UInt64) -> String
    ) -> [String] {
        guard !list.items.isEmpty else { return [] }
        return ["", title]
            + list.items.prefix(rows).map { item in
                let event = item.element
                var words = [RedisTimestamp(microseconds: event.time).description, Self.shown(event.name)]
                if let key = event.key { words.append(Self.shown(key)) }
                if !event.client.isEmpty { words.append("from \(Self.shown(event.client))") }
                if !event.node.isEmpty { words.append("at \(Self.shown(event.node))") }
                return "\(Self.padded(value(item.value), 12))  \(words.joined(separator: " "))"
            }
    }

    // MARK: Words

    static let sketchError = "\(DecimalFraction.text(DistinctCounter.standardError * 100, decimals: 1)) %"

    static func words(_ incident: Incident) -> String {
        var words: [String] = []
        if let from = incident.from, let until = incident.until {
            words.append("\(RedisTimestamp(microseconds: from)) to \(RedisTimestamp(microseconds: until))")
        }
        if !incident.node.isEmpty { words.append(incident.node) }
        if let count = incident.count { words.append(incident.kind == .gap ? "at most \(count) missed" : "\(count)") }
        if !incident.reason.isEmpty { words.append(incident.reason) }
        return words.joined(separator: ", ").shown(upTo: ShownText.lineLimit)
    }

    /// A name so that a terminal does nothing but show it.
    static func shown(_ name: [UInt8], _ length: Int? = nil) -> String {
        var buffer = OutputBuffer(capacity: 128)
        let count = min(name.count, longestName)
        buffer.append(visible: name.rawSpan.part(at: 0, count: count), backslashes: true)
        let text = String(decoding: buffer.take(), as: UTF8.self)
        let rest = (length ?? name.count) - count
        if rest > 0 { return "\(text)…(+\(rest)B)" }
        return text.isEmpty ? "\"\"" : text
    }

    static func rate(_ rate: Double) -> String { DecimalFraction.text(rate, decimals: rate < 100 ? 1 : 0) }

    static func microseconds(_ value: UInt64) -> String {
        Notices.latency(.microseconds(Int64(clamping: value)))
    }

    static func percentiles(_ histogram: ValueHistogram, _ text: (UInt64) -> String) -> String {
        let parts = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].map { name, share in
            "\(name) \(text(histogram.percentile(share)))"
        }
        return (parts + ["max \(text(histogram.maximum))"]).joined(separator: ", ")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        // A µ is one column and two bytes.
        String(repeating: " ", count: max(width - text.count, 1)) + text
    }
}
