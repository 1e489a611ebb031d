/// How much memory rwatch may need in a scene.
enum MemoryBound {
    /// What a debug build has with an honest server: 25 MiB, and something for what the allocator keeps.
    private static let base = 40 << 20

    /// What a link to which messages come may take, as `FrameLimits` says; so may one over which is asked what a user wants.
    private static let event = 166 << 20

    /// The bound in bytes where a server is hostile.
    static func bytes(at moment: HostileMoment) -> Int {
        (base + (moment.from == .atEnd ? event : frames(moment.stage))) * (sanitizerFactor > 1 ? 8 : 1)
    }

    /// What frames may take there: handshakes and questions have limits of their own.
    private static func frames(_ stage: String?) -> Int {
        switch stage {
        case "CLUSTER SHARDS", "CLUSTER SLOTS", nil: 88 << 20
        // What is asked over the link over which the list of clients is.
        case "CLIENT LIST", "CLIENT SETNAME", "CONFIG GET", "CONFIG SET", "INFO COMMANDSTATS": 160 << 20
        case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "event", "INFO ALL", "PING", "CLIENT ID": event
        case let stage? where stage.hasPrefix("PUB") || stage == "SPUBLISH": event
        default: 24 << 20
        }
    }
}
