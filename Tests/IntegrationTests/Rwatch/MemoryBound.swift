import RedisRESP

/// How much memory rwatch may need in a scene.
enum MemoryBound {
    /// What a debug build has with an honest server: 25 MiB, and something for what the allocator keeps.
    private static let base = 40 << 20
    /// The memory for the topology of a cluster.
    private static let topology = 64 << 20

    /// The bound in bytes where a server is hostile.
    static func bytes(at moment: HostileMoment) -> Int {
        let frames = moment.from == .atEnd ? link(RedisFrameLimits()) : frames(moment.stage)
        return (base + frames) * (sanitizerFactor > 1 ? 8 : 1)
    }

    /// What frames may take there.
    private static func frames(_ stage: String?) -> Int {
        switch stage {
        case "CLUSTER SHARDS", "CLUSTER SLOTS", nil: link(.topology) + topology
        // What is asked over the link over which the list of clients is.
        case "CLIENT LIST", "CLIENT SETNAME", "CONFIG GET", "CONFIG SET", "INFO COMMANDSTATS", "HOTKEYS":
            link(.clientList)
        // Links to which messages come, and those over which is asked what a user wants.
        case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "event", "INFO ALL", "INFO", "PING", "CLIENT ID",
            "SPUBLISH", "PUBLISH", "SELECT", "SET", "MULTI", "EXEC", "SCAN", "COMMAND", "XINFO", "XRANGE", "XREAD":
            link(RedisFrameLimits())
        case let stage? where stage.hasPrefix("PUBSUB"): link(RedisFrameLimits())
        default: link(.answers)
        }
    }

    /// What a link with these limits may take, as `RedisFrameLimits` says; and 16 MiB, for links that come and go.
    private static func link(_ limits: RedisFrameLimits) -> Int {
        2 * limits.frameLength + 36 * limits.elements + (16 << 20)
    }
}
