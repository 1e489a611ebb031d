extension RedisClient {
    /// The same calls for plain threads: each blocks the thread until it has its result, and throws `.invalidCommand` on the
    /// event loop.
    @available(*, noasync, message: "await the call of the RedisClient itself")
    public var blocking: Blocking { Blocking(client: self) }

    /// What a `RedisClient` does for plain threads. What each call means and throws stands at the one of the same name of
    /// `RedisClient`.
    public struct Blocking: Sendable {
        let client: RedisClient

        /// Sends a command and returns its reply.
        @discardableResult
        public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) throws(RedisError) -> RESPValue {
            try client.engine.sendBlocking(command, timeout: timeout)
        }
    }
}
