extension RedisClient {
    /// Sends reads to replicas instead of primaries, for what may be a little old.
    ///
    /// ```swift
    /// let name = try await client.replicas.get("name", as: String.self)
    /// ```
    ///
    /// A replica may be behind its primary: what was just written may not be seen, and a later read may see less than
    /// an earlier one, because another replica serves it.
    public var replicas: Replicas { Replicas(client: self, sender: reader ?? self) }

    /// Sends commands that only read to replicas.
    ///
    /// **On a cluster** a read goes to a healthy replica of its slot's shard, to each with the same probability. Where
    /// none is healthy or can be reached, the primary serves it, so that no read fails because replicas are missing. A
    /// read without keys goes to one replica, the same one while it is healthy. A read that is redirected, or refused
    /// by a replica that is not ready, goes on elsewhere. If its link is lost, it is sent again, whatever
    /// `RedisRetryPolicy` says, because to read twice changes nothing. The links are others than those of the client,
    /// and are opened when they are needed.
    ///
    /// `scan` reads from one node of each shard to its end, and fails with that node.
    ///
    /// **With Sentinels** there is one link to a replica that they consider healthy, or to the primary if there is none
    /// when the link is opened (`RedisSentinelConfiguration.Server.replica`). **A single server** is read itself.
    public struct Replicas: RedisCommandSender {
        /// Kept, because the links end with it.
        let client: RedisClient
        let sender: any RedisCommandSender

        /// The configuration's `commands.timeout`.
        public var commandTimeout: Duration? { client.commandTimeout }

        /// Sends a read and returns its reply in its type.
        ///
        /// - Parameters:
        ///   - request: The command and the type of its reply.
        ///   - timeout: How long to wait for the reply; `nil` means for ever.
        /// - Returns: The reply in its type.
        /// - Throws: `.invalidCommand` for a command that may write, that the library does not know, or that blocks;
        ///   nothing was sent then. Otherwise what `RedisClient.send` throws.
        @discardableResult
        public func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) async throws(RedisError) -> Reply {
            try Self.check(request.command)
            return try await sender.send(request, timeout: timeout)
        }

        /// Sends a read and returns its reply.
        ///
        /// - Throws: What `send(_: RedisRequest, timeout:)` throws.
        @discardableResult
        public func send(_ command: RedisCommand, timeout: Duration?) async throws(RedisError) -> RESPValue {
            try await send(RedisRequest<RESPValue>(command), timeout: timeout)
        }

        /// Sends a read and returns its reply, within the configuration's `commands.timeout`.
        ///
        /// - Throws: What `send(_: RedisRequest, timeout:)` throws.
        @discardableResult
        public func send(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
            try await send(command, timeout: commandTimeout)
        }

        /// On a cluster, a sender to one node of each shard: a replica, or the primary if there is none.
        ///
        /// - Throws: `.noServer` and what `send` throws when the cluster cannot be asked.
        public func keyHolders() async throws(RedisError) -> [any RedisCommandSender] {
            try await sender.keyHolders().map { Replicas(client: client, sender: $0) }
        }

        /// Refuses what does not only read.
        static func check(_ command: RedisCommand) throws(RedisError) {
            try LinkRule.check(command, over: .shared)
            if case .exclusive = LinkRule.need(of: command) {
                throw refusal(of: command, "it blocks, which only RedisClient.send does")
            }
            if RedisCommandClass.of(command) != .readOnly {
                throw refusal(of: command, "it may write, and replicas are only read: RedisClient.send sends it")
            }
        }

        private static func refusal(of command: RedisCommand, _ reason: String) -> RedisError {
            let name = command.name.commandName ?? ""
            return RedisError(.invalidCommand, "\(name): \(reason)", phase: .command).with(.notExecuted)
        }
    }
}

extension RedisConfiguration {
    /// The configuration that leads to replicas; `nil` where there are none to be found, or where it does already.
    var readingReplicas: RedisConfiguration? {
        guard sentinel != nil, sentinel?.server != .replica else { return nil }
        var configuration = self
        configuration.sentinel?.server = .replica
        return configuration
    }
}
