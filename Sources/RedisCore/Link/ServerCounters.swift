/// What a server has counted since it was started, from the reply to `INFO all`
/// (https://redis.io/docs/latest/commands/info/).
package struct ServerCounters: Sendable, Hashable {
    /// The run ID of the server.
    package var runID: String
    /// `false` on a replica, whose count of its primary's publishes is not reliable, and in a cluster, where other
    /// nodes count their own.
    package var countsAllPublishes: Bool
    /// Calls of PUBLISH, including those of scripts and transactions.
    package var publishes: Int
    /// Calls of SPUBLISH.
    package var shardPublishes: Int
    /// Counters that only grow unless they are reset: commands, connections, bytes in both directions, and before 7.0
    /// calls of CONFIG.
    package var growing: [Int]
    /// Calls of CONFIG RESETSTAT, and their time in microseconds. The calls are 1 from the first call on, because each
    /// call clears its own count before it is counted, so that only the time distinguishes two resets.
    package var resets: RedisBytes?
    /// Counters that help to explain the end of a link.
    package var stats: ServerStats

    /// Reads the reply; `nil` when it is none.
    package init?(info: RedisBytes) {
        let fields = OutsideFields(info, Self.fields)
        func number(_ name: RedisBytes) -> Int? { fields[name]?.decimal(Int.self)?.asCount }
        guard let runID = fields["run_id"]?.plainText(upTo: ServerFacts.longestFact),
            let commands = number("total_commands_processed"),
            // A value that is not a number would cause a wrong bound.
            let publishes = Self.calls(fields["cmdstat_publish"]),
            let shardPublishes = Self.calls(fields["cmdstat_spublish"]),
            let configs = Self.calls(fields["cmdstat_config"])
        else { return nil }
        let totals: [RedisBytes] = ["total_connections_received", "total_net_input_bytes", "total_net_output_bytes"]
        growing = [commands, configs] + totals.map { number($0) ?? 0 }
        resets = fields["cmdstat_config|resetstat"].map { $0.prefix(64).prefix { $0 != UInt8(ascii: "_") } }.map {
            RedisBytes($0)
        }
        self.runID = runID
        countsAllPublishes = fields["role"] == "master" && fields["cluster_enabled"] != "1"
        self.publishes = publishes
        self.shardPublishes = shardPublishes
        stats = ServerStats(fields)
    }

    private static let fields: Set<RedisBytes> = ServerStats.fields.union([
        "run_id", "role", "cluster_enabled", "total_commands_processed", "total_connections_received",
        "total_net_output_bytes", "cmdstat_publish", "cmdstat_spublish", "cmdstat_config", "cmdstat_config|resetstat",
    ])

    /// Whether `later` continues these counters: the same run of the server, and no RESETSTAT in between as far as can
    /// be seen.
    package func continues(in later: ServerCounters) -> Bool {
        runID == later.runID && resets == later.resets && zip(growing, later.growing).allSatisfy { $0 <= $1 }
    }

    /// A command that was never called has no line. `nil` if the value is not a count.
    private static func calls(_ statistics: RedisBytes?) -> Int? {
        guard let statistics else { return 0 }
        return statistics.value(ofField: "calls", separator: UInt8(ascii: ","))?.decimal(Int.self)?.asCount
    }
}

/// The counters of `INFO stats` that help to explain the end of a link. They count the whole server.
package struct ServerStats: Sendable, Hashable {
    /// Clients that were cut because their output buffer was over its limit; `nil` for servers before 7.4.
    package var outputBufferCuts: Int?
    /// Bytes that clients have sent.
    package var inputBytes: Int?

    /// The fields that are read.
    static let fields: Set<RedisBytes> = ["client_output_buffer_limit_disconnections", "total_net_input_bytes"]

    package init(outputBufferCuts: Int? = nil, inputBytes: Int? = nil) {
        self.outputBufferCuts = outputBufferCuts
        self.inputBytes = inputBytes
    }

    package init(info: RedisBytes) { self.init(OutsideFields(info, Self.fields)) }

    init(_ fields: OutsideFields) {
        outputBufferCuts = fields["client_output_buffer_limit_disconnections"]?.decimal(Int.self)?.asCount
        inputBytes = fields["total_net_input_bytes"]?.decimal(Int.self)?.asCount
    }
}
