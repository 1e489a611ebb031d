// Subscribing and unsubscribing. All forms return when the server has confirmed or refused each name; while the link is
// down they wait for it to come back. Cancelling the task ends the wait, not the wish.
//
// They throw `.notPermitted` or another error of the server when no name was accepted (when some were, the others' errors
// are in the results, and a `.refused` event stands in the stream), `.connectFailed` and its kin when the very first
// connect fails, `.handlerMissing` when a reader runs that takes handlers only, `.cancelled` and `.closed`.
extension PubSub {
    /// Subscribes to channels (https://redis.io/docs/latest/commands/subscribe/). Their messages go to `handler`, else to
    /// the readers. Subscribing again replaces the handler.
    @discardableResult
    public func subscribe(_ channels: RedisBytes..., handler: MessageHandler? = nil) async throws(RedisError)
        -> [SubscriptionResult]
    { try await subscribe(.channel, channels, handler: handler) }

    /// Subscribes to channels with a handler that readers call.
    @discardableResult
    public func subscribe(_ channels: RedisBytes..., handler: @escaping @Sendable (Message) throws -> Void)
        async throws(RedisError) -> [SubscriptionResult]
    { try await subscribe(.channel, channels, handler: .calling(handler)) }

    /// Subscribes to glob-style patterns (https://redis.io/docs/latest/commands/psubscribe/).
    @discardableResult
    public func psubscribe(_ patterns: RedisBytes..., handler: MessageHandler? = nil) async throws(RedisError)
        -> [SubscriptionResult]
    { try await subscribe(.pattern, patterns, handler: handler) }

    /// Subscribes to patterns with a handler that readers call.
    @discardableResult
    public func psubscribe(_ patterns: RedisBytes..., handler: @escaping @Sendable (Message) throws -> Void)
        async throws(RedisError) -> [SubscriptionResult]
    { try await subscribe(.pattern, patterns, handler: .calling(handler)) }

    /// Subscribes to shard channels (https://redis.io/docs/latest/commands/ssubscribe/, Redis 7.0).
    @discardableResult
    public func ssubscribe(_ shardChannels: RedisBytes..., handler: MessageHandler? = nil) async throws(RedisError)
        -> [SubscriptionResult]
    { try await subscribe(.shardChannel, shardChannels, handler: handler) }

    /// Subscribes to shard channels with a handler that readers call.
    @discardableResult
    public func ssubscribe(_ shardChannels: RedisBytes..., handler: @escaping @Sendable (Message) throws -> Void)
        async throws(RedisError) -> [SubscriptionResult]
    { try await subscribe(.shardChannel, shardChannels, handler: .calling(handler)) }

    /// Unsubscribes from channels, without names from all. What is wanted changes at once: a link that is lost before the
    /// confirmation does not bring the names back.
    @discardableResult
    public func unsubscribe(_ channels: RedisBytes...) async throws(RedisError) -> [SubscriptionResult] {
        try await unsubscribe(.channel, channels)
    }

    /// Unsubscribes from patterns, without names from all.
    @discardableResult
    public func punsubscribe(_ patterns: RedisBytes...) async throws(RedisError) -> [SubscriptionResult] {
        try await unsubscribe(.pattern, patterns)
    }

    /// Unsubscribes from shard channels, without names from all.
    @discardableResult
    public func sunsubscribe(_ shardChannels: RedisBytes...) async throws(RedisError) -> [SubscriptionResult] {
        try await unsubscribe(.shardChannel, shardChannels)
    }

    /// Subscribes to any number of names of one family. They are sent in commands of bounded size.
    @discardableResult
    public func subscribe(_ kind: SubscriptionKind, _ names: [RedisBytes], handler: MessageHandler? = nil)
        async throws(RedisError) -> [SubscriptionResult]
    {
        try await startSubscribe(kind, names, handler).value()
    }

    /// Unsubscribes from any number of names of one family; an empty array means all of them.
    @discardableResult
    public func unsubscribe(_ kind: SubscriptionKind, _ names: [RedisBytes]) async throws(RedisError)
        -> [SubscriptionResult]
    {
        try await startUnsubscribe(kind, names).value()
    }

    package func startSubscribe(_ kind: SubscriptionKind, _ names: [RedisBytes], _ handler: MessageHandler?)
        -> Answer<[SubscriptionResult]>
    {
        let answer = Answer<[SubscriptionResult]>()
        engine.subscribe(kind, names, handler, answer)
        return answer
    }

    package func startUnsubscribe(_ kind: SubscriptionKind, _ names: [RedisBytes]) -> Answer<[SubscriptionResult]> {
        let answer = Answer<[SubscriptionResult]>()
        engine.unsubscribe(kind, names, answer)
        return answer
    }
}
