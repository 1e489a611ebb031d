// Private subscriptions. They return when the server has confirmed or refused each name, and throw what `subscribe`
// throws; then, and when the task is cancelled meanwhile, nothing of them is left.
extension PubSub {
    /// Subscribes to channels whose messages wait in a buffer of their own.
    ///
    /// - Parameters:
    ///   - channels: At least one.
    ///   - buffer: How much may wait for its readers.
    ///   - overflow: What happens when more comes.
    ///   - timeout: How long to wait for the server's answer; when it is over, nothing of the subscription is left.
    public func subscription(
        _ channels: any RedisBytesConvertible...,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        try await subscription(
            .channel,
            channels.map(\.redisBytes),
            buffer: buffer,
            overflow: overflow,
            timeout: timeout
        )
    }

    /// The same for glob-style patterns.
    public func psubscription(
        _ patterns: any RedisBytesConvertible...,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        try await subscription(
            .pattern,
            patterns.map(\.redisBytes),
            buffer: buffer,
            overflow: overflow,
            timeout: timeout
        )
    }

    /// The same for shard channels (Redis 7.0).
    public func ssubscription(
        _ shardChannels: any RedisBytesConvertible...,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        try await subscription(
            .shardChannel,
            shardChannels.map(\.redisBytes),
            buffer: buffer,
            overflow: overflow,
            timeout: timeout
        )
    }

    /// The same for any number of names of one family.
    ///
    /// - Throws: `.invalidCommand` without a name, and what `subscribe` throws.
    public func subscription(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        let mailbox = Mailbox<PubSubControl>(limit: buffer, rule: overflow.rule)
        let answer = try startSubscription(kind, names, mailbox)
        do throws(RedisError) {
            return PubSub.Subscription(self, kind, mailbox, try await result(of: answer, within: timeout, .isTakenBack))
        } catch {
            _ = startClosing(mailbox)
            throw error
        }
    }

    func startSubscription(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ mailbox: Mailbox<PubSubControl>
    ) throws(RedisError) -> Promise<[PubSub.SubscriptionResult]> {
        guard !names.isEmpty else {
            throw RedisError(.invalidCommand, "a subscription needs a name", phase: .subscribe)
        }
        let answer = Promise<[PubSub.SubscriptionResult]>()
        engine.enqueue(.subscribeDedicated(kind, names, mailbox, answer))
        return answer
    }

    func startClosing(_ mailbox: Mailbox<PubSubControl>) -> Promise<[PubSub.SubscriptionResult]> {
        let answer = Promise<[PubSub.SubscriptionResult]>()
        engine.enqueue(.removeDedicated(mailbox, answer))
        return answer
    }
}
