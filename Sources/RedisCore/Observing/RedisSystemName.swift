#if Metrics || Tracing
    /// What metrics and traces call the server (`db.system.name`). The server is not asked.
    public enum RedisSystemName: String, Sendable, Hashable, CaseIterable {
        /// Redis, and servers that follow it.
        case redis
        /// Valkey.
        case valkey
    }

    /// By whose conventions metrics and spans are named.
    public enum RedisNaming: Sendable, Hashable {
        /// Those of OpenTelemetry for databases and for Redis.
        case openTelemetry
        /// Those of baseplate.
        case baseplate
    }
#endif
