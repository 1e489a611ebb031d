import RedisCore
import RwatchKit

/// The text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4). A plain
/// value.
package struct PrometheusText: Sendable {
    package enum Kind: String, Sendable {
        case counter
        case gauge
    }

    package static let type = "text/plain; version=0.0.4; charset=utf-8"

    private var text = ""

    package init() {}

    /// Begins a metric.
    package mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Appends a sample of the metric that was begun last. Values of labels may be any text.
    package mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1, quotes: true))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    /// Appends a sample without labels.
    package mutating func sample(_ name: String, _ value: Int) { sample(name, [], value) }

    package var bytes: [UInt8] { Array(text.utf8) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// What rwatch tells Prometheus. Labels are the names of commands, of kinds of events and of servers, which are few;
/// keys, channels and clients are none: their number has no bound, and they may be secret.
struct MetricsPage {
    private static let mostCommands = 200

    var source: WebSource
    var nodes: [NodeStatus]
    var samples: NodePoller.Samples?
    var version: String

    func bytes(_ view: HubView) -> [UInt8] {
        var text = PrometheusText()
        text.metric("rwatch_info", .gauge, "The version of rwatch and where its events come from.")
        text.sample("rwatch_info", [("version", version), ("source", source.rawValue)], 1)
        if samples == nil { appendEvents(view, &text) }
        appendCommands(view, &text)
        text.metric("rwatch_gaps_total", .counter, "Times in which events may have been missed.")
        text.sample("rwatch_gaps_total", view.incidents.gaps)
        text.metric("rwatch_reconnects_total", .counter, "Links that were lost and came back.")
        text.sample("rwatch_reconnects_total", view.incidents.reconnects)
        text.metric("rwatch_link_up", .gauge, "Whether a link stands.")
        for link in view.links {
            text.sample("rwatch_link_up", [("source", link.source), ("node", link.node)], link.state == .up ? 1 : 0)
        }
        text.metric("rwatch_viewers", .gauge, "Pages and programs that read events.")
        text.sample("rwatch_viewers", view.viewers)
        text.metric("rwatch_viewer_missed_total", .counter, "Events that readers were too slow for.")
        text.sample("rwatch_viewer_missed_total", view.missed)
        appendNodes(&text)
        return text.bytes
    }

    private func appendEvents(_ view: HubView, _ text: inout PrometheusText) {
        text.metric("rwatch_events_total", .counter, "Events that came, by kind.")
        for (kind, count) in view.counters.eventsByKind { text.sample("rwatch_events_total", [("kind", kind)], count) }
        text.metric("rwatch_event_bytes_total", .counter, "Bytes of arguments, payloads and keys.")
        text.sample("rwatch_event_bytes_total", view.counters.bytes)
        text.metric("rwatch_unreadable_total", .counter, "Lines that were not commands in a known form.")
        text.sample("rwatch_unreadable_total", view.unreadable)
    }

    private func appendCommands(_ view: HubView, _ text: inout PrometheusText) {
        // In the order of names, so that two scrapes differ by their numbers alone.
        var rows: [(name: String, count: Int)]
        if let samples {
            rows = samples.commands.top(Self.mostCommands).map { ($0.name, $0.calls) }
        } else {
            // A count that may be too great would go back when its row is taken over.
            rows = view.counters.commands.top(Self.mostCommands, at: view.counters.time).filter { $0.error == 0 }
                .compactMap { row in String(validating: row.name, as: UTF8.self).map { ($0, row.count) } }
        }
        guard !rows.isEmpty else { return }
        rows.sort { $0.name < $1.name }
        text.metric("rwatch_commands_total", .counter, "Commands that were executed, by name: the most frequent ones.")
        for row in rows { text.sample("rwatch_commands_total", [("command", row.name)], row.count) }
    }

    private func appendNodes(_ text: inout PrometheusText) {
        guard !nodes.isEmpty else { return }
        text.metric("rwatch_node_up", .gauge, "Whether a server answers.")
        for node in nodes { text.sample("rwatch_node_up", [("node", node.node)], node.isUp ? 1 : 0) }
        let numbers: [(String, PrometheusText.Kind, String, (NodeStatus) -> Int?)] = [
            ("rwatch_node_commands_total", .counter, "Commands that a server has processed.", \.commands),
            ("rwatch_node_clients", .gauge, "Connections of a server.", \.clients),
            ("rwatch_node_memory_bytes", .gauge, "Memory that a server uses.", \.memory),
            ("rwatch_node_keys", .gauge, "Keys in all databases of a server.", \.keys),
        ]
        for (name, kind, help, number) in numbers where nodes.contains(where: { number($0) != nil }) {
            text.metric(name, kind, help)
            for node in nodes { if let number = number(node) { text.sample(name, [("node", node.node)], number) } }
        }
    }
}
