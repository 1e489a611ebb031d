extension PubSub {
    /// Subscribes to channels whose messages wait in a buffer of their own.
    ///
    /// - Parameters:
    ///   - channels: At least one.
    ///   - buffer: How much may wait for its readers.
    ///   - overflow: What happens when more comes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: The subscription, when the server has confirmed or refused each name.
    /// - Throws: `.invalidCommand` without a name, and what `subscribe` throws. Then, and when the task is cancelled
    ///   meanwhile, nothing of the subscription is left.
    public func subscription(
        to channels: any RedisBytesConvertible...,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        let names = channels.map(\.redisBytes)
        return try await subscription(to: .channel, names, buffer: buffer, overflow: overflow, timeout: timeout)
    }

    /// Subscribes to glob-style patterns whose messages wait in a buffer of their own.
    ///
    /// - Parameters:
    ///   - patterns: At least one.
    ///   - buffer: How much may wait for its readers.
    ///   - overflow: What happens when more comes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: The subscription, when the server has confirmed or refused each name.
    /// - Throws: What `subscription(to:)` for channels throws.
    public func psubscription(
        to patterns: any RedisBytesConvertible...,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        let names = patterns.map(\.redisBytes)
        return try await subscription(to: .pattern, names, buffer: buffer, overflow: overflow, timeout: timeout)
    }

    /// Subscribes to shard channels (Redis 7.0) whose messages wait in a buffer of their own.
    ///
    /// - Parameters:
    ///   - shardChannels: At least one.
    ///   - buffer: How much may wait for its readers.
    ///   - overflow: What happens when more comes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: The subscription, when the server has confirmed or refused each name.
    /// - Throws: What `subscription(to:)` for channels throws.
    public func ssubscription(
        to shardChannels: any RedisBytesConvertible...,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        let names = shardChannels.map(\.redisBytes)
        return try await subscription(to: .shardChannel, names, buffer: buffer, overflow: overflow, timeout: timeout)
    }

    /// Subscribes to any number of names of one family whose messages wait in a buffer of their own.
    ///
    /// - Parameters:
    ///   - kind: What the names are.
    ///   - names: At least one.
    ///   - buffer: How much may wait for its readers.
    ///   - overflow: What happens when more comes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: The subscription, when the server has confirmed or refused each name.
    /// - Throws: What `subscription(to:)` for channels throws.
    public func subscription(
        to kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> PubSub.Subscription {
        let mailbox = makeDedicatedMailbox(buffer, overflow.rule)
        let promise = try startSubscription(kind, names, mailbox)
        do throws(RedisError) {
            let results = try await result(of: promise, within: timeout, .isTakenBack)
            return PubSub.Subscription(self, kind, mailbox, results)
        } catch {
            _ = startClosing(mailbox)
            throw error
        }
    }

    func makeDedicatedMailbox(_ buffer: RedisBufferLimit, _ rule: OverflowRule) -> Mailbox<PubSubControl> {
        let mailbox = Mailbox<PubSubControl>(limit: buffer, rule: rule, watch: configuration.watch(.subscription))
        mailbox.beginReports(on: backend.loop)
        return mailbox
    }

    func startSubscription(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ mailbox: Mailbox<PubSubControl>
    ) throws(RedisError) -> Promise<[PubSub.SubscriptionResult]> {
        guard !names.isEmpty else {
            throw RedisError(.invalidCommand, "a subscription needs a name", phase: .subscribe)
        }
        let promise = Promise<[PubSub.SubscriptionResult]>()
        backend.enqueue(.subscribeDedicated(kind, names, mailbox, promise))
        return promise
    }

    func startClosing(_ mailbox: Mailbox<PubSubControl>) -> Promise<[PubSub.SubscriptionResult]> {
        let promise = Promise<[PubSub.SubscriptionResult]>()
        backend.enqueue(.removeDedicated(mailbox, promise))
        return promise
    }
}
