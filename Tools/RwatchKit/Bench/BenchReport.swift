/// What is told of a measurement at its end. A plain value.
package struct BenchReport: Sendable {
    private static let shares = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)]

    package var account: BenchAccount

    package init(_ account: BenchAccount) { self.account = account }

    /// How long was sent, in seconds.
    private var seconds: Double {
        account.firstSent.map { Double(max(account.lastSent - $0, 0)) / 1_000_000_000 } ?? 0
    }

    private var rate: Double { seconds > 0 ? Double(account.sent) / seconds : 0 }

    /// How long it took until all had come, in seconds.
    private var deliverySeconds: Double {
        account.firstSent.map { Double(max(account.lastDelivered - $0, 0)) / 1_000_000_000 } ?? 0
    }

    private var deliveryRate: Double { deliverySeconds > 0 ? Double(account.delivered) / deliverySeconds : 0 }

    /// The report for people, line by line.
    package var lines: [String] {
        let plan = account.plan
        let wanted = plan.rate.map { ", \($0) a second wanted" } ?? ", as many as the server takes"
        var lines = [
            "sent        \(account.sent) of \(Words.count(plan.size, "byte")) in \(Notices.seconds(.seconds(seconds)))"
                + " (\(StatReport.rate(rate)) a second\(wanted))",
            "from, to    \(Words.count(plan.publishers, "publisher")), \(Words.count(plan.subscribers, "subscriber")), "
                + Words.count(plan.channels, plan.isShard ? "shard channel" : "channel"),
            "late        \(Self.percentiles(account.lateness)) behind the schedule",
            "published   \(account.published)",
        ]
        for (kind, count) in account.refused.sorted(by: { $0.key < $1.key }) {
            lines.append("refused     \(count) \(kind)")
        }
        if account.unknown > 0 { lines.append("no reply    \(account.unknown): perhaps published, perhaps not") }
        lines.append(
            "delivered   \(account.delivered) of \(account.expected) (\(StatReport.rate(deliveryRate)) a second)"
        )
        lines.append("missing     \(missing)")
        if account.repeated > 0 { lines.append("repeated    \(account.repeated) came again, or out of order") }
        if account.foreign > 0 { lines.append("foreign     \(account.foreign) messages of somebody else") }
        if account.gaps > 0 { lines.append("gaps        \(account.gaps) of subscribers' links") }
        guard account.delays.count > 0 else { return lines }
        lines.append("delay       \(Self.percentiles(account.delays))")
        return lines + bars
    }

    private var missing: String {
        let missing = account.missing
        return missing.count == 1 ? "\(missing.lowerBound)" : "\(missing.lowerBound) to \(missing.upperBound)"
    }

    /// The delays by powers of two.
    private var bars: [String] {
        let bars = account.delays.bars
        let most = bars.map(\.count).max() ?? 1
        return bars.filter { $0.count > 0 }.map { bar in
            let name = "up to \(Self.nanoseconds(bar.range.upperBound))"
            let share = DecimalFraction.text(Double(bar.count) / Double(account.delays.count) * 100, decimals: 1)
            let width = (bar.count * 40 + most - 1) / most
            let columns = [Self.padded(name, 16), Self.padded("\(bar.count)", 12), Self.padded("\(share) %", 9)]
            return columns.joined() + "  " + String(repeating: "#", count: width)
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 1)) + text
    }

    private static func nanoseconds(_ value: UInt64) -> String { Notices.latency(.nanoseconds(Int64(clamping: value))) }

    private static func percentiles(_ histogram: DurationHistogram) -> String {
        let parts = shares.map { "\($0) \(Notices.latency(histogram.percentile($1)))" }
        return (parts + ["max \(Notices.latency(histogram.maximum))"]).joined(separator: ", ")
    }

    /// The report as one line of JSON.
    package var json: [UInt8] {
        let plan = account.plan
        var out = OutputBuffer(capacity: 2048)
        out.append(literal: "{\"v\":1,\"kind\":\"bench\"")
        for (name, value) in [
            ("publishers", plan.publishers), ("subscribers", plan.subscribers), ("channels", plan.channels),
            ("size", plan.size),
        ] as [(StaticString, Int)] {
            out.member(name, value)
        }
        out.begin("shard")
        out.append(literal: plan.isShard ? "true" : "false")
        out.begin("wanted_rate")
        if let rate = plan.rate { out.append(integer: rate) } else { out.append(literal: "null") }
        out.member("seconds", seconds, decimals: 6)
        out.member("rate", rate, decimals: 3)
        out.member("delivery_rate", deliveryRate, decimals: 3)
        let missing = account.missing
        for (name, value) in [
            ("sent", account.sent), ("published", account.published), ("no_reply", account.unknown),
            ("receivers", account.receivers), ("expected", account.expected), ("delivered", account.delivered),
            ("missing", missing.lowerBound), ("missing_at_most", missing.upperBound), ("repeated", account.repeated),
            ("foreign", account.foreign), ("gaps", account.gaps),
        ] as [(StaticString, Int)] {
            out.member(name, value)
        }
        out.object("refused", account.refused.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        out.begin("late_us")
        Self.append(account.lateness, to: &out)
        out.begin("delay_us")
        Self.append(account.delays, to: &out)
        out.append(literal: "}\n")
        return out.take()
    }

    private static func append(_ histogram: DurationHistogram, to out: inout OutputBuffer) {
        guard histogram.count > 0 else { return out.append(literal: "null") }
        out.append(literal: "{\"count\":")
        out.append(integer: histogram.count)
        for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] as [(StaticString, Double)] {
            out.member(name, histogram.percentile(share) / .microseconds(1), decimals: 3)
        }
        out.member("max", histogram.maximum / .microseconds(1), decimals: 3)
        out.begin("bars")
        out.list(histogram.bars.filter { $0.count > 0 }) { bar, out in
            out.append(literal: "{\"to\":")
            out.append(Array(DecimalFraction.text(Double(bar.range.upperBound) / 1000, decimals: 3).utf8))
            out.member("count", bar.count)
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "}"))
    }
}
