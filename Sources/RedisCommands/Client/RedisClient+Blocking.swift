extension RedisClient {
    /// The calls for plain threads: each blocks the thread until it has its result, and throws `.invalidCommand` on the
    /// event loop.
    @available(*, noasync, message: "await the call of the RedisClient itself")
    public var blocking: Blocking { Blocking(client: self) }

    /// The blocking calls of a `RedisClient`, for plain threads. Each call is documented at the call of the same name
    /// of `RedisClient`.
    public struct Blocking: Sendable {
        let client: RedisClient

        /// Sends a command and returns its reply.
        ///
        /// - Throws: What `RedisClient.send` throws; `.invalidCommand` on the event loop.
        @discardableResult
        public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) throws(RedisError) -> RESPValue {
            try client.backend.sendBlocking(command, timeout: timeout)
        }

        /// Publishes a message, and returns how many subscriptions of this server got it.
        ///
        /// - Throws: What `RedisClient.publish` throws; `.invalidCommand` on the event loop.
        @discardableResult
        public func publish(_ channel: some RedisBytesConvertible, _ payload: some RedisBytesConvertible)
            throws(RedisError) -> Int
        {
            try count(["PUBLISH", channel, payload])
        }

        /// Publishes to a shard channel (Redis 7.0), and returns how many subscriptions of this server got it.
        ///
        /// - Throws: What `RedisClient.spublish` throws; `.invalidCommand` on the event loop.
        @discardableResult
        public func spublish(_ shardChannel: some RedisBytesConvertible, _ payload: some RedisBytesConvertible)
            throws(RedisError) -> Int
        {
            try count(["SPUBLISH", shardChannel, payload])
        }

        /// Ends all connections, without waiting for their end.
        public func close() { client.backend.closeNow() }

        private func count(_ command: RedisCommand) throws(RedisError) -> Int {
            let reply = try send(command)
            guard case .integer = reply, let count = reply.count else {
                throw .unexpectedReply(command.arguments[0].description)
            }
            return count
        }
    }
}
