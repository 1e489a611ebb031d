/// What a server has counted since it was started, from the reply to `INFO all`
/// (https://redis.io/docs/latest/commands/info/).
package struct ServerCounters: Sendable, Hashable {
    /// The run that was counted.
    package var runID: String
    /// `false` on a replica, whose count of what its primary sends is not to be relied on, and in a cluster, where other
    /// nodes count.
    package var countsAllPublishes: Bool
    /// Calls of PUBLISH, from scripts and transactions too.
    package var publishes: Int
    /// Calls of SPUBLISH.
    package var shardPublishes: Int
    /// What grows as long as nobody resets it: commands, connections, bytes both ways, and before 7.0 calls of CONFIG.
    package var growing: [Int]
    /// Calls of CONFIG RESETSTAT, and the microseconds they took: 1 from the first call on, because each clears its own
    /// count before it is counted, so that only the time tells one from another.
    package var resets: Substring?
    /// What helps to explain a link's end.
    package var stats: ServerStats

    /// Reads the reply; `nil` when it is none.
    package init?(info: String) {
        var fields: [Substring: Substring] = [:]
        for line in info.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
        func number(_ name: Substring) -> Int? {
            fields[name].flatMap { Int($0) }.flatMap { ServerStats.counts ~= $0 ? $0 : nil }
        }
        guard let runID = fields["run_id"], let commands = number("total_commands_processed") else { return nil }
        let totals: [Substring] = ["total_connections_received", "total_net_input_bytes", "total_net_output_bytes"]
        growing = [commands, Self.calls(fields["cmdstat_config"])] + totals.map { number($0) ?? 0 }
        resets = fields["cmdstat_config|resetstat"].map { $0.prefix { $0 != "_" } }
        self.runID = String(runID)
        countsAllPublishes = fields["role"] == "master" && fields["cluster_enabled"] != "1"
        publishes = Self.calls(fields["cmdstat_publish"])
        shardPublishes = Self.calls(fields["cmdstat_spublish"])
        stats = ServerStats(
            outputBufferCuts: number("client_output_buffer_limit_disconnections"),
            inputBytes: number("total_net_input_bytes")
        )
    }

    /// Whether `later` goes on where this ends: the same run of the server, and no RESETSTAT in between as far as can be
    /// seen.
    package func continues(in later: ServerCounters) -> Bool {
        runID == later.runID && resets == later.resets && zip(growing, later.growing).allSatisfy { $0 <= $1 }
    }

    /// A command that was never called has no line.
    private static func calls(_ statistics: Substring?) -> Int {
        guard let first = statistics?.split(separator: ",").first, first.hasPrefix("calls=") else { return 0 }
        return Int(first.dropFirst("calls=".count)).map { $0.clamped(to: ServerStats.counts) } ?? 0
    }
}

extension Int {
    /// The nearest number in the range.
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
