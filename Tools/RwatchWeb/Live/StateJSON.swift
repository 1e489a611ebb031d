import RedisCore
import RedisRESP
import RedisReactor
import RwatchKit

/// What the page shows beside the events, as one JSON object.
struct StateJSON {
    /// How many rows each table has.
    private static let rows = 25

    var source: WebSource
    var nodes: [NodeStatus]
    /// What the servers count by themselves, where that is the source.
    var samples: NodePoller.Samples?
    var subscriptions: [PageSubscription]

    func bytes(_ view: HubView) -> [UInt8] {
        var buffer = OutputBuffer(capacity: 16 << 10)
        buffer.append(literal: "{\"v\":1,\"ts\":")
        buffer.append(timestamp: view.now)
        buffer.text("source", source.rawValue)
        if let begun = view.begun { buffer.time("begun", begun) }
        buffer.member("events", samples?.commands.total ?? view.counters.events)
        buffer.member("bytes", view.counters.bytes)
        buffer.member("unreadable", view.unreadable)
        buffer.object("kinds", view.counters.eventsByKind.map { ($0.kind, $0.count) })
        appendRates(view, &buffer)
        appendHistory(view.history, &buffer)
        appendTables(view, &buffer)
        appendSizes(view.counters.sizes, &buffer)
        appendIncidents(view.incidents, &buffer)
        appendLinks(view.links, &buffer)
        appendNodes(&buffer)
        var names = NameRedaction(view.redaction)
        buffer.begin("subscriptions")
        buffer.list(subscriptions) { one, buffer in
            buffer.append(literal: "{\"kind\":\"")
            buffer.append(Array(one.kind.rawValue.utf8))
            buffer.append(literal: "\",")
            // Whoever subscribes has given the name, and needs it to end the subscription.
            buffer.append(jsonField: "name", one.name.rawSpan)
            if names.hides(one.name.rawSpan) { buffer.append(literal: ",\"redacted\":true") }
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.member("viewers", view.viewers)
        buffer.member("missed", view.missed)
        buffer.append(UInt8(ascii: "}"))
        return buffer.take()
    }

    private func appendRates(_ view: HubView, _ buffer: inout OutputBuffer) {
        buffer.begin("rates")
        buffer.append(UInt8(ascii: "{"))
        for (index, window) in RateWindow.allCases.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(jsonElement: Array(window.name.utf8).rawSpan)
            buffer.append(UInt8(ascii: ":"))
            let rate = samples == nil ? view.counters.count(in: window).rate : Self.rate(view.history, window)
            buffer.append(Array(DecimalFraction.text(rate, decimals: 1).utf8))
        }
        buffer.append(UInt8(ascii: "}"))
    }

    /// The rate of what the servers count, by whole seconds.
    private static func rate(_ history: RateHistory, _ window: RateWindow) -> Double {
        let seconds = min(window.seconds, RateHistory.length - 1)
        let values = history.values.dropLast().suffix(seconds)
        return values.isEmpty ? 0 : values.reduce(0) { $0 + Double($1) } / Double(values.count)
    }

    private func appendHistory(_ history: RateHistory, _ buffer: inout OutputBuffer) {
        buffer.begin("history")
        buffer.append(literal: "{\"to\":")
        buffer.append(integer: history.last ?? 0)
        buffer.begin("counts")
        buffer.list(history.values) { $1.append(integer: $0) }
        buffer.append(UInt8(ascii: "}"))
    }

    // MARK: Tables

    private func appendTables(_ view: HubView, _ buffer: inout OutputBuffer) {
        buffer.begin("tables")
        buffer.append(UInt8(ascii: "{"))
        if let samples { appendSamples(samples, &buffer) } else { appendCounters(view, &buffer) }
        buffer.append(UInt8(ascii: "}"))
    }

    private func appendCounters(_ view: HubView, _ buffer: inout OutputBuffer) {
        let counters = view.counters
        let tables: [(name: StaticString, hitters: HeavyHitters, isSecret: Bool)] = [
            ("commands", counters.commands, false), ("keys", counters.keys, true),
            ("prefixes", counters.prefixes, true), ("clients", counters.clients, false),
            ("channels", counters.channels, true), ("patterns", counters.patterns, true),
            ("key_events", counters.keyEvents, false), ("nodes", counters.nodes, false),
        ]
        var isFirst = true
        for (name, hitters, isSecret) in tables where hitters.total > 0 {
            var names = NameRedaction(isSecret ? view.redaction : nil)
            if !isFirst { buffer.append(UInt8(ascii: ",")) }
            isFirst = false
            buffer.append(UInt8(ascii: "\""))
            buffer.append(literal: name)
            buffer.append(literal: "\":{\"total\":")
            buffer.append(integer: hitters.total)
            buffer.member("distinct", hitters.distinct)
            buffer.member("bound", hitters.bound)
            buffer.begin("rows")
            buffer.append(UInt8(ascii: "["))
            for (index, row) in hitters.top(Self.rows, at: counters.time).enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.append(UInt8(ascii: "{"))
                if names.hides(row.name.rawSpan) {
                    buffer.append(literal: "\"redacted\":true")
                } else {
                    buffer.append(jsonField: "name", row.name.rawSpan)
                }
                if row.length > row.name.count { buffer.member("length", row.length) }
                buffer.member("count", row.count)
                if row.error > 0 { buffer.member("error", row.error) }
                buffer.member("bytes", row.bytes)
                buffer.member("rate", row.windows[RateWindow.tenSeconds.rawValue].rate, decimals: 1)
                buffer.append(UInt8(ascii: "}"))
            }
            buffer.append(literal: "]}")
        }
    }

    private func appendSamples(_ samples: NodePoller.Samples, _ buffer: inout OutputBuffer) {
        buffer.append(literal: "\"commands\":{\"total\":")
        buffer.append(integer: samples.commands.total)
        buffer.begin("rows")
        buffer.list(samples.commands.top(Self.rows)) { row, buffer in
            buffer.append(UInt8(ascii: "{"))
            buffer.append(jsonField: "name", Array(row.name.utf8).rawSpan)
            buffer.member("count", row.calls)
            buffer.member("rate", row.recent)
            if row.calls > 0 {
                buffer.member("microseconds", Double(row.microseconds) / Double(row.calls), decimals: 1)
            }
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.append(UInt8(ascii: "}"))
        append("clients", "commands", samples.clients, &buffer)
        append("channels", "subscribers", samples.channels, &buffer)
    }

    private func append(
        _ name: StaticString,
        _ unit: String,
        _ rows: [NodePoller.NamedCount],
        _ buffer: inout OutputBuffer
    ) {
        guard !rows.isEmpty else { return }
        buffer.begin(name)
        buffer.append(literal: "{\"total\":")
        buffer.append(integer: rows.count)
        buffer.text("unit", unit)
        buffer.begin("rows")
        buffer.list(Array(rows.prefix(Self.rows))) { row, buffer in
            buffer.append(UInt8(ascii: "{"))
            buffer.append(jsonField: "name", row.name.rawSpan)
            buffer.member("count", row.count)
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.append(UInt8(ascii: "}"))
    }

    // MARK: State

    private func appendSizes(_ sizes: ValueHistogram, _ buffer: inout OutputBuffer) {
        guard sizes.count > 0 else { return }
        buffer.begin("sizes")
        buffer.append(literal: "{\"p50\":")
        buffer.append(integer: sizes.percentile(0.5))
        buffer.member("p99", Int(clamping: sizes.percentile(0.99)))
        buffer.member("max", Int(clamping: sizes.maximum))
        buffer.append(UInt8(ascii: "}"))
    }

    private func appendIncidents(_ incidents: RecentIncidents, _ buffer: inout OutputBuffer) {
        buffer.member("gaps", incidents.gaps)
        buffer.member("reconnects", incidents.reconnects)
        buffer.begin("incidents")
        buffer.list(incidents.latest) { incident, buffer in
            buffer.append(literal: "{\"kind\":\"")
            buffer.append(Array(incident.kind.rawValue.utf8))
            buffer.append(literal: "\"")
            if let from = incident.from { buffer.time("from", from) }
            if let until = incident.until { buffer.time("to", until) }
            if let count = incident.count { buffer.member("count", count) }
            if !incident.node.isEmpty { buffer.text("node", incident.node) }
            if !incident.reason.isEmpty { buffer.text("reason", incident.reason) }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    private func appendLinks(_ links: [LinkBoard.Link], _ buffer: inout OutputBuffer) {
        buffer.begin("links")
        buffer.list(links) { link, buffer in
            buffer.append(literal: "{\"state\":\"")
            buffer.append(Array(link.state.rawValue.utf8))
            buffer.append(literal: "\"")
            buffer.text("source", link.source)
            buffer.text("node", link.node)
            buffer.time("since", link.since)
            buffer.member("losses", link.losses)
            if !link.cause.isEmpty { buffer.text("cause", link.cause) }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    private func appendNodes(_ buffer: inout OutputBuffer) {
        buffer.begin("nodes")
        buffer.list(nodes) { node, buffer in
            buffer.append(literal: node.isUp ? "{\"state\":\"up\"" : "{\"state\":\"away\"")
            buffer.text("node", node.node)
            if !node.problem.isEmpty { buffer.text("problem", node.problem) }
            if !node.version.isEmpty { buffer.text("version", node.version) }
            if !node.role.isEmpty { buffer.text("role", node.role) }
            let numbers: [(StaticString, Int?)] = [
                ("uptime", node.uptime), ("commands", node.commands), ("commands_per_second", node.commandsPerSecond),
                ("clients", node.clients), ("memory", node.memory), ("memory_limit", node.memoryLimit),
                ("keys", node.keys),
            ]
            for (name, number) in numbers { if let number { buffer.member(name, number) } }
            buffer.append(UInt8(ascii: "}"))
        }
    }
}

extension OutputBuffer {
    /// Appends a member with a text from anywhere.
    mutating func text(_ name: StaticString, _ value: String) {
        append(UInt8(ascii: ","))
        append(jsonField: name, Array(value.utf8).rawSpan)
    }

    /// Appends a member with a time in microseconds since the epoch.
    mutating func time(_ name: StaticString, _ microseconds: Int64) {
        begin(name)
        append(timestamp: microseconds)
    }
}
