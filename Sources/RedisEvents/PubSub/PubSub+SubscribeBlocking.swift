// The same for plain threads and for handlers that run on them. They block until the server has answered; inside an
// `inline` handler, which runs on the loop that would bring the answer, they throw `.invalidCommand`.
extension PubSub {
    /// Subscribes to channels.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func subscribe(_ channels: RedisBytes..., handler: MessageHandler? = nil) throws(RedisError)
        -> [SubscriptionResult]
    { try subscribe(.channel, channels, handler: handler) }

    /// Subscribes to patterns.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func psubscribe(_ patterns: RedisBytes..., handler: MessageHandler? = nil) throws(RedisError)
        -> [SubscriptionResult]
    { try subscribe(.pattern, patterns, handler: handler) }

    /// Subscribes to shard channels.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func ssubscribe(_ shardChannels: RedisBytes..., handler: MessageHandler? = nil) throws(RedisError)
        -> [SubscriptionResult]
    { try subscribe(.shardChannel, shardChannels, handler: handler) }

    /// Unsubscribes from channels, without names from all.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func unsubscribe(_ channels: RedisBytes...) throws(RedisError) -> [SubscriptionResult] {
        try unsubscribe(.channel, channels)
    }

    /// Unsubscribes from patterns, without names from all.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func punsubscribe(_ patterns: RedisBytes...) throws(RedisError) -> [SubscriptionResult] {
        try unsubscribe(.pattern, patterns)
    }

    /// Unsubscribes from shard channels, without names from all.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func sunsubscribe(_ shardChannels: RedisBytes...) throws(RedisError) -> [SubscriptionResult] {
        try unsubscribe(.shardChannel, shardChannels)
    }

    /// Subscribes to any number of names of one family.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func subscribe(_ kind: SubscriptionKind, _ names: [RedisBytes], handler: MessageHandler? = nil)
        throws(RedisError) -> [SubscriptionResult]
    {
        try engine.refuseOnLoop()
        return try startSubscribe(kind, names, handler).waitBlocking()
    }

    /// Unsubscribes from any number of names of one family; an empty array means all of them.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func unsubscribe(_ kind: SubscriptionKind, _ names: [RedisBytes]) throws(RedisError) -> [SubscriptionResult]
    {
        try engine.refuseOnLoop()
        return try startUnsubscribe(kind, names).waitBlocking()
    }
}
