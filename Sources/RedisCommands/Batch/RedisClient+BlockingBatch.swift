extension RedisClient.Blocking {
    /// Sends the commands of a batch together and returns the outcome of each, in their order.
    ///
    /// - Throws: What `RedisClient.send(_: RedisBatch, timeout:)` throws; `.invalidCommand` on the event loop.
    public func send(_ batch: RedisBatch, timeout: Duration?) throws(RedisError) -> RedisBatchResults {
        try wait { client async throws(RedisError) in try await client.send(batch, timeout: timeout) }
    }

    /// Sends the commands of a batch within the configuration's `commands.timeout`.
    ///
    /// - Throws: What `RedisClient.send(_: RedisBatch)` throws; `.invalidCommand` on the event loop.
    public func send(_ batch: RedisBatch) throws(RedisError) -> RedisBatchResults {
        try send(batch, timeout: client.commandTimeout)
    }

    /// Sends the commands of a batch together, and counts their replies instead of keeping them.
    ///
    /// - Throws: What `RedisClient.send(discardingReplies: RedisBatch, timeout:)` throws; `.invalidCommand` on the
    ///   event loop.
    public func send(discardingReplies batch: RedisBatch, timeout: Duration?) throws(RedisError) -> RedisBatchTally {
        try wait { client async throws(RedisError) in
            try await client.send(discardingReplies: batch, timeout: timeout)
        }
    }

    /// Sends the commands of a batch within the configuration's `commands.timeout`, and counts their replies.
    ///
    /// - Throws: What `RedisClient.send(discardingReplies: RedisBatch)` throws; `.invalidCommand` on the event loop.
    public func send(discardingReplies batch: RedisBatch) throws(RedisError) -> RedisBatchTally {
        try send(discardingReplies: batch, timeout: client.commandTimeout)
    }
}
