/// What a server has counted since it was started, from the reply to `INFO all`
/// (https://redis.io/docs/latest/commands/info/).
package struct ServerCounters: Sendable, Hashable {
    /// The run that was counted.
    package var runID: String
    /// `false` on a replica, whose count of what its primary sends is not to be relied on, and in a cluster, where
    /// other nodes count.
    package var countsAllPublishes: Bool
    /// Calls of PUBLISH, from scripts and transactions too.
    package var publishes: Int
    /// Calls of SPUBLISH.
    package var shardPublishes: Int
    /// What grows as long as nobody resets it: commands, connections, bytes both ways, and before 7.0 calls of CONFIG.
    package var growing: [Int]
    /// Calls of CONFIG RESETSTAT, and the microseconds they took: 1 from the first call on, because each clears its own
    /// count before it is counted, so that only the time tells one from another.
    package var resets: RedisBytes?
    /// What helps to explain a link's end.
    package var stats: ServerStats

    /// Reads the reply; `nil` when it is none.
    package init?(info: RedisBytes) {
        let fields = OutsideFields(info, Self.fields)
        func number(_ name: RedisBytes) -> Int? { fields[name]?.decimal(Int.self)?.asCount }
        guard let runID = fields["run_id"]?.plainText(upTo: ServerFacts.longestFact),
            let commands = number("total_commands_processed"),
            // A count that is none would make for a wrong bound.
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

    /// Whether `later` goes on where this ends: the same run of the server, and no RESETSTAT in between as far as can
    /// be seen.
    package func continues(in later: ServerCounters) -> Bool {
        runID == later.runID && resets == later.resets && zip(growing, later.growing).allSatisfy { $0 <= $1 }
    }

    /// A command that was never called has no line. `nil` for what is no count.
    private static func calls(_ statistics: RedisBytes?) -> Int? {
        guard let statistics else { return 0 }
        return statistics.value(ofField: "calls", separator: UInt8(ascii: ","))?.decimal(Int.self)?.asCount
    }
}

/// What `INFO stats` tells of the whole server that helps to explain a link's end.
package struct ServerStats: Sendable, Hashable {
    /// Clients that were cut because their output buffer was over its limit; servers before 7.4 do not tell.
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
