// Private subscriptions. They return when the server has confirmed or refused each name, and throw what `subscribe` throws;
// then, and when the task is cancelled meanwhile, nothing of them is left.
extension PubSub {
    /// Subscribes to channels whose messages wait in a buffer of their own.
    ///
    /// - Parameters:
    ///   - channels: At least one.
    ///   - buffer: How much may wait for its readers.
    ///   - overflow: What happens when more comes.
    public func subscription(
        _ channels: RedisBytes...,
        buffer: BufferLimit = BufferLimit(),
        overflow: Subscription.OverflowPolicy = .dropOldest
    ) async throws(RedisError) -> Subscription {
        try await subscription(.channel, channels, buffer: buffer, overflow: overflow)
    }

    /// The same for glob-style patterns.
    public func psubscription(
        _ patterns: RedisBytes...,
        buffer: BufferLimit = BufferLimit(),
        overflow: Subscription.OverflowPolicy = .dropOldest
    ) async throws(RedisError) -> Subscription {
        try await subscription(.pattern, patterns, buffer: buffer, overflow: overflow)
    }

    /// The same for shard channels (Redis 7.0).
    public func ssubscription(
        _ shardChannels: RedisBytes...,
        buffer: BufferLimit = BufferLimit(),
        overflow: Subscription.OverflowPolicy = .dropOldest
    ) async throws(RedisError) -> Subscription {
        try await subscription(.shardChannel, shardChannels, buffer: buffer, overflow: overflow)
    }

    /// The same for any number of names of one family.
    ///
    /// - Throws: `.invalidCommand` without a name, and what `subscribe` throws.
    public func subscription(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        buffer: BufferLimit = BufferLimit(),
        overflow: Subscription.OverflowPolicy = .dropOldest
    ) async throws(RedisError) -> Subscription {
        let mailbox = Mailbox<PubSubControl>(limit: buffer, rule: overflow.rule)
        let answer = try startSubscription(kind, names, mailbox)
        do throws(RedisError) {
            return Subscription(self, kind, mailbox, try await answer.value())
        } catch {
            _ = startClosing(mailbox)
            throw error
        }
    }

    /// The same for a plain thread. It blocks until the server has answered.
    @available(*, noasync, message: "await the other form")
    public func subscription(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        buffer: BufferLimit = BufferLimit(),
        overflow: Subscription.OverflowPolicy = .dropOldest
    ) throws(RedisError) -> Subscription {
        try engine.refuseOnLoop()
        let mailbox = Mailbox<PubSubControl>(limit: buffer, rule: overflow.rule)
        let answer = try startSubscription(kind, names, mailbox)
        do throws(RedisError) {
            return Subscription(self, kind, mailbox, try answer.waitBlocking())
        } catch {
            _ = startClosing(mailbox)
            throw error
        }
    }

    private func startSubscription(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        _ mailbox: Mailbox<PubSubControl>
    ) throws(RedisError) -> Answer<[SubscriptionResult]> {
        guard !names.isEmpty else {
            throw RedisError(.invalidCommand, "a subscription needs a name", phase: .subscribe)
        }
        let answer = Answer<[SubscriptionResult]>()
        engine.subscribe(kind, names, into: mailbox, answer)
        return answer
    }

    func startClosing(_ mailbox: Mailbox<PubSubControl>) -> Answer<[SubscriptionResult]> {
        let answer = Answer<[SubscriptionResult]>()
        engine.removeOutlet(of: mailbox, answer)
        return answer
    }
}
