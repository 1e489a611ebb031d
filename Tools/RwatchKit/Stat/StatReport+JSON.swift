import RedisRESP

extension StatReport {
    /// The report as one line of JSON: docs/rwatch-stat.schema.json describes it.
    package var json: [UInt8] {
        var out = OutputBuffer(capacity: 64 << 10)
        out.append(literal: "{\"v\":1,\"kind\":\"stat\",")
        out.append(jsonField: "source", Array(source.utf8).rawSpan)
        out.append(literal: isLive ? ",\"live\":true" : ",\"live\":false")
        if let period {
            out.begin("from")
            out.append(timestamp: period.from)
            out.begin("to")
            out.append(timestamp: period.until)
        }
        out.member("seconds", seconds, decimals: 6)
        out.member("events", counters.events)
        out.object("by_kind", counters.eventsByKind.map { ($0.kind, $0.count) })
        out.member("script_commands", counters.scriptCommands)
        out.member("bytes", counters.bytes)
        out.member("rate", rate, decimals: 3)
        appendPeak(to: &out)
        out.begin("windows")
        Self.append(RateWindow.allCases.map { counters.count(in: $0) }, to: &out)
        out.begin("sizes")
        Self.append(counters.sizes, to: &out)
        out.begin("pauses_us")
        Self.append(counters.gaps, to: &out)
        for table in tables {
            out.begin(table.member)
            append(table, to: &out)
        }
        out.member("keys_without_prefix", counters.unprefixed)
        appendDatabases(to: &out)
        out.begin("largest")
        append(counters.largest, "bytes", to: &out)
        out.begin("slowest")
        append(counters.slowest, "us", to: &out)
        out.begin("time_line")
        appendTimeLine(to: &out)
        out.begin("incidents")
        appendIncidents(to: &out)
        out.begin("input")
        appendInput(to: &out)
        out.member("backward_steps", counters.backwardSteps)
        out.append(literal: "}\n")
        return out.take()
    }

    private func appendPeak(to out: inout OutputBuffer) {
        let peak = counters.peak
        out.begin("peak")
        guard peak.events > 0 else { return out.append(literal: "null") }
        out.append(literal: "{\"events\":")
        out.append(integer: peak.events)
        out.begin("ts")
        out.append(timestamp: max(peak.time, 0))
        out.append(UInt8(ascii: "}"))
    }

    private static func append(_ counts: [WindowCount], to out: inout OutputBuffer) {
        out.append(UInt8(ascii: "{"))
        for (window, count) in zip(RateWindow.allCases, counts) {
            if window != .second { out.append(UInt8(ascii: ",")) }
            out.append(jsonElement: Array(window.name.utf8).rawSpan)
            out.append(literal: ":{\"events\":")
            out.append(integer: count.events)
            out.member("seconds", count.seconds, decimals: 6)
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func append(_ histogram: ValueHistogram, to out: inout OutputBuffer) {
        out.append(literal: "{\"count\":")
        out.append(integer: histogram.count)
        out.member("p50", Int(clamping: histogram.percentile(0.5)))
        out.member("p90", Int(clamping: histogram.percentile(0.9)))
        out.member("p99", Int(clamping: histogram.percentile(0.99)))
        out.member("max", Int(clamping: histogram.maximum))
        out.begin("bars")
        out.list(histogram.bars) { bar, out in
            out.append(literal: "{\"from\":")
            out.append(integer: bar.range.lowerBound)
            out.begin("to")
            out.append(integer: bar.range.upperBound)
            out.member("count", bar.count)
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "}"))
    }

    private func append(_ table: Table, to out: inout OutputBuffer) {
        let names = table.names
        out.append(literal: "{\"count\":")
        out.append(integer: names.total)
        out.member("distinct", names.distinct)
        out.append(literal: names.isExact ? ",\"exact\":true" : ",\"exact\":false")
        out.member("distinct_error", names.isExact ? 0 : DistinctCounter.standardError, decimals: 4)
        out.member("bound", names.bound)
        out.begin("rows")
        out.list(rows(of: table)) { row, out in
            out.append(UInt8(ascii: "{"))
            out.append(jsonField: "name", row.name.rawSpan)
            if row.length > row.name.count { out.member("length", row.length) }
            out.member("count", row.count)
            out.member("error", row.error)
            out.member("bytes", row.bytes)
            out.begin("windows")
            Self.append(row.windows, to: &out)
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "}"))
    }

    private func appendDatabases(to out: inout OutputBuffer) {
        out.begin("databases")
        out.list(counters.commandsByDatabase) { database, out in
            out.append(literal: "{\"db\":")
            out.append(integer: database.database)
            out.member("count", database.count)
            out.append(UInt8(ascii: "}"))
        }
        out.member("other_databases", counters.otherDatabases)
    }

    private func append(_ list: TopList<NotableEvent>, _ unit: StaticString, to out: inout OutputBuffer) {
        out.list(Array(list.items.prefix(rows))) { item, out in
            let event = item.element
            out.append(literal: "{\"")
            out.append(literal: unit)
            out.append(literal: "\":")
            out.append(integer: item.value)
            out.begin("kind")
            out.append(jsonElement: Array(event.kind.utf8).rawSpan)
            out.begin("ts")
            out.append(timestamp: max(event.time, 0))
            out.append(UInt8(ascii: ","))
            out.append(jsonField: "name", event.name.rawSpan)
            if let key = event.key {
                out.append(UInt8(ascii: ","))
                out.append(jsonField: "key", key.rawSpan)
            }
            if !event.client.isEmpty {
                out.append(UInt8(ascii: ","))
                out.append(jsonField: "client", event.client.rawSpan)
            }
            if !event.node.isEmpty {
                out.append(UInt8(ascii: ","))
                out.append(jsonField: "node", event.node.rawSpan)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private func appendTimeLine(to out: inout OutputBuffer) {
        let line = counters.timeLine
        guard !line.counts.isEmpty else { return out.append(literal: "null") }
        out.append(literal: "{\"from\":")
        out.append(timestamp: line.start)
        out.member("cell_ms", Int(line.cell / 1000))
        out.begin("counts")
        out.list(line.counts) { count, out in out.append(integer: count) }
        out.append(UInt8(ascii: "}"))
    }

    private func appendIncidents(to out: inout OutputBuffer) {
        let incidents = counters.incidents
        out.append(literal: "{\"gaps\":")
        out.append(integer: incidents.gaps)
        out.member("drops", incidents.drops)
        out.member("dropped", incidents.dropped)
        out.member("reconnects", incidents.reconnects)
        out.begin("list")
        out.list(incidents.kept) { incident, out in
            out.append(literal: "{\"kind\":")
            out.append(jsonElement: Array(incident.kind.rawValue.utf8).rawSpan)
            if let from = incident.from {
                out.begin("from")
                out.append(timestamp: max(from, 0))
            }
            if let until = incident.until {
                out.begin("to")
                out.append(timestamp: max(until, 0))
            }
            if let count = incident.count { out.member("count", count) }
            if !incident.node.isEmpty {
                out.append(UInt8(ascii: ","))
                out.append(jsonField: "node", Array(incident.node.utf8).rawSpan)
            }
            if !incident.reason.isEmpty {
                out.append(UInt8(ascii: ","))
                out.append(jsonField: "reason", Array(incident.reason.utf8).rawSpan)
            }
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "}"))
    }

    private func appendInput(to out: inout OutputBuffer) {
        out.append(literal: "{\"lines\":")
        out.append(integer: account.lines)
        out.member("blank", account.blanks)
        out.member("records", account.records)
        out.member("unselected", account.unselected)
        out.object("unreadable", LineProblem.allCases.map { ($0.name, account[problem: $0]) }.filter { $0.1 > 0 })
        out.append(UInt8(ascii: "}"))
    }
}
