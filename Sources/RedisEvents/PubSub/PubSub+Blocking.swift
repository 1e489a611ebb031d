extension PubSub.Blocking {
    /// Subscribes to channels, as `PubSub.subscribe(_:handler:timeout:)`.
    ///
    /// - Throws: What `PubSub.subscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try subscribe(.channel, channels.map(\.redisBytes), handler: handler, timeout: timeout)
    }

    /// Subscribes to channels with a handler that readers call.
    ///
    /// - Throws: What `PubSub.subscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        timeout: PubSub.Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try subscribe(.channel, channels.map(\.redisBytes), handler: .calling(handler), timeout: timeout)
    }

    /// Subscribes to channels, each with a handler of its own, in one round trip.
    ///
    /// - Throws: What `PubSub.subscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func subscribe(
        _ handlers: [some RedisBytesConvertible & Hashable: PubSub.Handler],
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try wait(within: timeout) { pubsub.startSubscribe(.channel, handlers) }
    }

    /// Subscribes to channels, each with a handler of its own that readers call, in one round trip.
    ///
    /// - Throws: What `PubSub.subscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func subscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try subscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to glob-style patterns, as `PubSub.psubscribe(_:handler:timeout:)`.
    ///
    /// - Throws: What `PubSub.psubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try subscribe(.pattern, patterns.map(\.redisBytes), handler: handler, timeout: timeout)
    }

    /// Subscribes to glob-style patterns with a handler that readers call.
    ///
    /// - Throws: What `PubSub.psubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        timeout: PubSub.Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try subscribe(.pattern, patterns.map(\.redisBytes), handler: .calling(handler), timeout: timeout)
    }

    /// Subscribes to glob-style patterns, each with a handler of its own, in one round trip.
    ///
    /// - Throws: What `PubSub.psubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func psubscribe(
        _ handlers: [some RedisBytesConvertible & Hashable: PubSub.Handler],
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try wait(within: timeout) { pubsub.startSubscribe(.pattern, handlers) }
    }

    /// Subscribes to glob-style patterns, each with a handler of its own that readers call, in one round trip.
    ///
    /// - Throws: What `PubSub.psubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func psubscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try psubscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to shard channels, as `PubSub.ssubscribe(_:handler:timeout:)`.
    ///
    /// - Throws: What `PubSub.ssubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try subscribe(.shardChannel, shardChannels.map(\.redisBytes), handler: handler, timeout: timeout)
    }

    /// Subscribes to shard channels with a handler that readers call.
    ///
    /// - Throws: What `PubSub.ssubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        timeout: PubSub.Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try subscribe(.shardChannel, shardChannels.map(\.redisBytes), handler: .calling(handler), timeout: timeout)
    }

    /// Subscribes to shard channels, each with a handler of its own, in one round trip.
    ///
    /// - Throws: What `PubSub.ssubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func ssubscribe(
        _ handlers: [some RedisBytesConvertible & Hashable: PubSub.Handler],
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try wait(within: timeout) { pubsub.startSubscribe(.shardChannel, handlers) }
    }

    /// Subscribes to shard channels, each with a handler of its own that readers call, in one round trip.
    ///
    /// - Throws: What `PubSub.ssubscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func ssubscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try ssubscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to any number of names of one family.
    ///
    /// - Throws: What `PubSub.subscribe` throws (`.cancelled` only when the names were unsubscribed meanwhile);
    ///   `.invalidCommand` on the event loop.
    @discardableResult
    public func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        handler: PubSub.Handler? = nil,
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try wait(within: timeout) { pubsub.startSubscribe(kind, names.map(\.redisBytes), RequestedHandlers(handler)) }
    }

    /// Unsubscribes from channels; without names, from all of them.
    ///
    /// - Throws: What `PubSub.unsubscribe` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    @discardableResult
    public func unsubscribe(_ channels: any RedisBytesConvertible..., timeout: PubSub.Timeout = .standard)
        throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try unsubscribe(.channel, channels.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from patterns; without names, from all of them.
    ///
    /// - Throws: What `PubSub.punsubscribe` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    @discardableResult
    public func punsubscribe(_ patterns: any RedisBytesConvertible..., timeout: PubSub.Timeout = .standard)
        throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try unsubscribe(.pattern, patterns.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from shard channels; without names, from all of them.
    ///
    /// - Throws: What `PubSub.sunsubscribe` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    @discardableResult
    public func sunsubscribe(_ shardChannels: any RedisBytesConvertible..., timeout: PubSub.Timeout = .standard)
        throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try unsubscribe(.shardChannel, shardChannels.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from any number of names of one family; an empty array means all of them.
    ///
    /// - Throws: What `PubSub.unsubscribe` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    @discardableResult
    public func unsubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], timeout: PubSub.Timeout = .standard)
        throws(RedisError) -> [PubSub.SubscriptionResult]
    {
        try wait(within: timeout) { pubsub.startUnsubscribe(kind, names) }
    }

    /// Unsubscribes from any number of names of one family, given as text.
    ///
    /// - Throws: What `PubSub.unsubscribe` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    @discardableResult
    public func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> [PubSub.SubscriptionResult] {
        try unsubscribe(kind, names.map(\.redisBytes), timeout: timeout)
    }

    /// Blocks the thread until the server has answered.
    private func wait<Value>(
        within timeout: PubSub.Timeout,
        for start: () -> Promise<Value>
    ) throws(RedisError) -> Value {
        try pubsub.loop.refuseBlocking()
        return try pubsub.resultBlocking(of: start(), within: timeout)
    }
}

extension PubSub.Blocking {
    /// Sends a PING and returns the time until the reply.
    ///
    /// - Throws: What `PubSub.ping` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    @discardableResult
    public func ping(_ message: (any RedisBytesConvertible)? = nil, timeout: Duration = .seconds(5)) throws(RedisError)
        -> Duration
    {
        let start = ContinuousClock.now
        try pubsub.loop.refuseBlocking()
        try pubsub.startPing(message?.redisBytes).waitBlocking(until: start.advanced(by: timeout))
        return start.duration(to: .now)
    }

    /// The state of every name: whether it is wanted, and whether the server has confirmed it on the current link.
    ///
    /// - Throws: `.invalidCommand` on the event loop.
    public func states() throws(RedisError) -> [PubSub.SubscriptionState] {
        try wait { await $0.states() }
    }

    /// Ends the link, lets the readers take what is queued, then closes. Returns whether everything was taken within
    /// `deadline`.
    ///
    /// - Throws: `.invalidCommand` on the event loop.
    @discardableResult
    public func drain(deadline: Duration = .seconds(10)) throws(RedisError) -> Bool {
        try wait { await $0.drain(deadline: deadline) }
    }
}

extension PubSub.Blocking {
    /// Subscribes to names of one family whose messages wait in a buffer of their own.
    ///
    /// - Throws: What `PubSub.subscription` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    public func subscription(
        to kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: PubSub.Subscription.OverflowPolicy = .dropOldest,
        timeout: PubSub.Timeout = .standard
    ) throws(RedisError) -> PubSub.Subscription {
        try pubsub.loop.refuseBlocking()
        let mailbox = pubsub.makeDedicatedMailbox(buffer, overflow.rule)
        let promise = try pubsub.startSubscription(kind, names, mailbox)
        do throws(RedisError) {
            return PubSub.Subscription(
                pubsub,
                kind,
                mailbox,
                try pubsub.resultBlocking(of: promise, within: timeout, .isTakenBack)
            )
        } catch {
            _ = pubsub.startClosing(mailbox)
            throw error
        }
    }
}
