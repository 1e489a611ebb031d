/// What a server has counted since it was started, from the reply to `INFO all`
/// (https://redis.io/docs/latest/commands/info/).
package struct ServerCounters: Sendable, Hashable {
    /// The run that was counted.
    package var runID: String
    /// `false` on a replica, which does not count what its primary sends it, and in a cluster, where other nodes count.
    package var countsAllPublishes: Bool
    /// Calls of PUBLISH, from scripts and transactions too.
    package var publishes: Int
    /// Calls of SPUBLISH.
    package var shardPublishes: Int
    /// Calls of any command.
    package var commands: Int
    /// Calls of CONFIG RESETSTAT: 1 from the first on, because each clears its own count before it is counted.
    package var resets: Int
    /// Clients that were cut because their output buffer was over its limit; servers before 7.4 do not tell.
    package var outputBufferCuts: Int?

    /// Reads the reply; `nil` when it is none.
    package init?(info: String) {
        var fields: [Substring: Substring] = [:]
        for line in info.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
        guard let runID = fields["run_id"], let commands = fields["total_commands_processed"].flatMap({ Int($0) })
        else { return nil }
        self.commands = commands
        resets = Self.calls(fields["cmdstat_config|resetstat"])
        self.runID = String(runID)
        countsAllPublishes = fields["role"] == "master" && fields["cluster_enabled"] != "1"
        publishes = Self.calls(fields["cmdstat_publish"])
        shardPublishes = Self.calls(fields["cmdstat_spublish"])
        outputBufferCuts = fields["client_output_buffer_limit_disconnections"].flatMap { Int($0) }
    }

    /// Whether `later` goes on where this ends: the same run of the server, and no RESETSTAT in between as far as can be
    /// seen.
    package func continues(in later: ServerCounters) -> Bool {
        runID == later.runID && resets == later.resets && commands <= later.commands
    }

    /// A command that was never called has no line.
    private static func calls(_ statistics: Substring?) -> Int {
        guard let first = statistics?.split(separator: ",").first, first.hasPrefix("calls=") else { return 0 }
        return Int(first.dropFirst("calls=".count)) ?? 0
    }
}
