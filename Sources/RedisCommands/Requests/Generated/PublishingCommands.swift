// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == Int {
    /// Publishes a message. Returns how many subscriptions of *this server* received it: a client counts once for its
    /// channel and once for each matching pattern. In a cluster the message reaches the subscribers of all nodes, but
    /// the count is that of the one node that took the message; it is the same node while that node is healthy.
    /// (PUBLISH)
    public static func publish(
        _ channel: some RedisBytesConvertible,
        _ payload: some RedisBytesConvertible
    ) -> RedisRequest<Int> {
        let command = RedisCommand("PUBLISH", channel, payload)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }

    /// Publishes to a shard channel. Returns how many subscriptions of this server received the message. In a cluster
    /// this server is the primary of the channel's slot; subscribers of its replicas receive the message but are not
    /// counted. Since Redis 7.0. (SPUBLISH)
    public static func spublish(
        _ shardChannel: some RedisBytesConvertible,
        _ payload: some RedisBytesConvertible
    ) -> RedisRequest<Int> {
        let command = RedisCommand("SPUBLISH", shardChannel, payload)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.count(reply)) }
    }
}

extension RedisCommandSender {
    /// Publishes a message. Returns how many subscriptions of *this server* received it: a client counts once for its
    /// channel and once for each matching pattern. In a cluster the message reaches the subscribers of all nodes, but
    /// the count is that of the one node that took the message; it is the same node while that node is healthy.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func publish(
        _ channel: some RedisBytesConvertible,
        _ payload: some RedisBytesConvertible
    ) async throws(RedisError) -> Int {
        try await send(.publish(channel, payload))
    }

    /// Publishes to a shard channel. Returns how many subscriptions of this server received the message. In a cluster
    /// this server is the primary of the channel's slot; subscribers of its replicas receive the message but are not
    /// counted. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func spublish(
        _ shardChannel: some RedisBytesConvertible,
        _ payload: some RedisBytesConvertible
    ) async throws(RedisError) -> Int {
        try await send(.spublish(shardChannel, payload))
    }
}
