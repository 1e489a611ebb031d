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
        public func send(_ command: RedisCommand, timeout: Duration?) throws(RedisError) -> RESPValue {
            guard case .any = LinkRule.need(of: command), client.configuration.commandObserver == nil else {
                return try wait { client async throws(RedisError) in
                    try await client.result(of: command, timeout: timeout).get()
                }
            }
            // Most commands need no task: the thread waits for the reply itself.
            try client.backend.loop.refuseBlocking()
            let began = ContinuousClock.now
            do throws(RedisError) {
                return try client.backend.enqueue(command, timeout: timeout).waitBlocking()
            } catch {
                guard error.mayBeTriedAgain else { throw error }
                let deadline = timeout.map { began.advanced(by: $0) }
                return try wait { client async throws(RedisError) in
                    try await client.retry(command, as: .of(command), until: deadline, after: error).get()
                }
            }
        }

        /// Sends a command and returns its reply, within the configuration's `commands.timeout`.
        ///
        /// - Throws: What `RedisClient.send` throws; `.invalidCommand` on the event loop.
        @discardableResult
        public func send(_ command: RedisCommand) throws(RedisError) -> RESPValue {
            try send(command, timeout: client.timeout(of: command))
        }

        /// Sends a request and returns its reply in its type.
        ///
        /// - Throws: What `RedisClient.send` throws; `.invalidCommand` on the event loop.
        @discardableResult
        public func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) throws(RedisError) -> Reply {
            try request.read(try send(request.command, timeout: timeout))
        }

        /// Sends a request within the configuration's `commands.timeout`, a blocking one without an end, and returns
        /// its reply in its type.
        ///
        /// - Throws: What `RedisClient.send` throws; `.invalidCommand` on the event loop.
        @discardableResult
        public func send<Reply>(_ request: RedisRequest<Reply>) throws(RedisError) -> Reply {
            try send(request, timeout: client.timeout(of: request.command))
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
        public func close() { client.closeNow() }

        /// Runs the awaiting form and blocks the thread until it has its result.
        package func wait<Value: Sendable>(
            _ body: @escaping @Sendable (RedisClient) async throws(RedisError) -> Value
        ) throws(RedisError) -> Value {
            try client.backend.loop.refuseBlocking()
            let promise = Promise<Value>()
            let client = client
            Task {
                do throws(RedisError) { promise.complete(.success(try await body(client))) } catch {
                    promise.complete(.failure(error))
                }
            }
            return try promise.waitBlocking()
        }

        private func count(_ command: RedisCommand) throws(RedisError) -> Int {
            let reply = try send(command)
            guard case .integer = reply, let count = reply.count else {
                throw .unexpectedReply(command.arguments[0].description)
            }
            return count
        }
    }
}
