extension Monitor {
    /// How a `Monitor` protects the server from itself.
    ///
    /// A server queues every command for every monitor, without a limit by default, and out of the memory that its data
    /// lives in: a monitor that cannot be fed fast enough makes it evict keys, or end. The monitor's socket is always
    /// read, but a network may be slower than the server. So a second link asks for the length of the monitor's own
    /// queue (`omem` of `CLIENT LIST`, by id from Redis 6.2 on), and above the limit the monitor leaves: it closes its
    /// link, which frees the queue at once. `RESET` would have to wait behind all that is queued.
    ///
    /// One value is no backlog: its line may be longer than the limit, four times its length for binary values, and
    /// stands in the server's queue until its last byte is written. It is let through; what waits beside it counts.
    ///
    /// The second link costs the server one connection and one small command an interval. Its own commands are not
    /// shown.
    public struct Guard: Sendable, Hashable {
        /// What happens when there is more than the limit.
        public enum Reaction: Sendable, Hashable {
            /// Come back after a pause, with a gap record whose cause is `.guardTripped`. When the guard trips again
            /// within a minute of coming back, the pause doubles, up to a minute or to the pause itself when that is
            /// longer.
            case resume(after: Duration)
            /// End the stream with the error `.guardTripped`.
            case end
        }

        /// How many bytes the server may keep for this monitor, beside the line that is being written. The default is
        /// 32 MiB.
        public var limit: Int
        /// How long after one answer the next question follows. The default is 1 s. Before Redis 6.2 the question is
        /// for all clients; then a second passes for each MiB of the answer, if that is longer.
        public var interval: Duration
        /// What happens above the limit. The default is to come back after 5 s.
        public var onTrip: Reaction

        /// A guard; each value has the default that its property names.
        public init(
            limit: Int = 32 << 20,
            interval: Duration = .seconds(1),
            onTrip: Reaction = .resume(after: .seconds(5))
        ) {
            self.limit = limit
            self.interval = interval
            self.onTrip = onTrip
        }

        func validate() throws(RedisError) {
            func check(_ isValid: Bool, _ complaint: String) throws(RedisError) {
                if !isValid { throw RedisError(.invalidConfiguration, complaint) }
            }
            try check(limit > 0, "guard.limit \(limit) is not positive; no guard is nil")
            try check(interval > .zero, "guard.interval \(interval) is not positive")
            if case .resume(let pause) = onTrip { try check(pause > .zero, "guard.onTrip: \(pause) is not positive") }
        }
    }
}
