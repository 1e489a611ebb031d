// Subscribing and unsubscribing. All forms return when the server has confirmed or refused each name; while the link is down
// they wait for it to come back, for as long as `timeout` says. Cancelling the task ends the wait, not the wish; so does the
// timeout.
//
// They throw `.notPermitted` or another error of the server when no name was accepted (when some were, the others' errors
// are in the results, and a `.refused` event stands in the stream), `.connectFailed` and its kin when the very first
// connect fails, `.timedOut` when the server is away for longer than the timeout, `.handlerMissing` when a reader runs that takes
// handlers only, `.cancelled` and `.closed`.
extension PubSub {
    /// Subscribes to channels (https://redis.io/docs/latest/commands/subscribe/). Their messages go to `handler`, else to the readers.
    /// Subscribing again replaces the handler, for the messages that are queued as well: whoever is the handler of a name when a
    /// message is read gets it.
    ///
    /// - Parameters:
    ///   - channels: Text, bytes or both.
    ///   - handler: Who takes the messages; `nil` leaves them to the readers.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.channel, channels.map(\.redisBytes), RequestedHandlers(handler), timeout)
    }

    /// Subscribes to channels with a handler that readers call.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.channel, channels.map(\.redisBytes), .one(.calling(handler)), timeout)
    }

    /// Subscribes to channels with a handler that readers await.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) async throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.channel, channels.map(\.redisBytes), .one(.awaiting(handler)), timeout)
    }

    /// Subscribes to channels, each with a handler of its own, in one round trip.
    @discardableResult
    public func subscribe(_ handlers: [RedisBytes: PubSub.Handler], timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await request(.channel, Array(handlers.keys), .each(Array(handlers.values)), timeout)
    }

    /// Subscribes to channels, each with a handler of its own, in one round trip.
    @discardableResult
    public func subscribe(_ handlers: [String: PubSub.Handler], timeout: Timeout = .standard) async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await request(.channel, handlers.keys.map(\.redisBytes), .each(Array(handlers.values)), timeout)
    }

    /// Subscribes to channels, each with a handler of its own that readers call, in one round trip.
    @discardableResult
    public func subscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to glob-style patterns (https://redis.io/docs/latest/commands/psubscribe/). Their messages go to `handler`, else to the readers.
    /// Subscribing again replaces the handler, for the messages that are queued as well: whoever is the handler of a name when a
    /// message is read gets it.
    ///
    /// - Parameters:
    ///   - patterns: Text, bytes or both.
    ///   - handler: Who takes the messages; `nil` leaves them to the readers.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.pattern, patterns.map(\.redisBytes), RequestedHandlers(handler), timeout)
    }

    /// Subscribes to glob-style patterns with a handler that readers call.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.pattern, patterns.map(\.redisBytes), .one(.calling(handler)), timeout)
    }

    /// Subscribes to glob-style patterns with a handler that readers await.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) async throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.pattern, patterns.map(\.redisBytes), .one(.awaiting(handler)), timeout)
    }

    /// Subscribes to glob-style patterns, each with a handler of its own, in one round trip.
    @discardableResult
    public func psubscribe(_ handlers: [RedisBytes: PubSub.Handler], timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await request(.pattern, Array(handlers.keys), .each(Array(handlers.values)), timeout)
    }

    /// Subscribes to glob-style patterns, each with a handler of its own, in one round trip.
    @discardableResult
    public func psubscribe(_ handlers: [String: PubSub.Handler], timeout: Timeout = .standard) async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await request(.pattern, handlers.keys.map(\.redisBytes), .each(Array(handlers.values)), timeout)
    }

    /// Subscribes to glob-style patterns, each with a handler of its own that readers call, in one round trip.
    @discardableResult
    public func psubscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await psubscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to shard channels (https://redis.io/docs/latest/commands/ssubscribe/, Redis 7.0). Their messages go to `handler`, else to the readers.
    /// Subscribing again replaces the handler, for the messages that are queued as well: whoever is the handler of a name when a
    /// message is read gets it.
    ///
    /// - Parameters:
    ///   - shardChannels: Text, bytes or both.
    ///   - handler: Who takes the messages; `nil` leaves them to the readers.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.shardChannel, shardChannels.map(\.redisBytes), RequestedHandlers(handler), timeout)
    }

    /// Subscribes to shard channels with a handler that readers call.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.shardChannel, shardChannels.map(\.redisBytes), .one(.calling(handler)), timeout)
    }

    /// Subscribes to shard channels with a handler that readers await.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) async throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(.shardChannel, shardChannels.map(\.redisBytes), .one(.awaiting(handler)), timeout)
    }

    /// Subscribes to shard channels, each with a handler of its own, in one round trip.
    @discardableResult
    public func ssubscribe(_ handlers: [RedisBytes: PubSub.Handler], timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await request(.shardChannel, Array(handlers.keys), .each(Array(handlers.values)), timeout)
    }

    /// Subscribes to shard channels, each with a handler of its own, in one round trip.
    @discardableResult
    public func ssubscribe(_ handlers: [String: PubSub.Handler], timeout: Timeout = .standard) async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await request(.shardChannel, handlers.keys.map(\.redisBytes), .each(Array(handlers.values)), timeout)
    }

    /// Subscribes to shard channels, each with a handler of its own that readers call, in one round trip.
    @discardableResult
    public func ssubscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await ssubscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Unsubscribes from channels, without names from all. What is wanted changes at once: a link that is lost before the
    /// confirmation does not bring the names back.
    @discardableResult
    public func unsubscribe(_ channels: any RedisBytesConvertible..., timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await unsubscribe(.channel, channels.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from patterns, without names from all.
    @discardableResult
    public func punsubscribe(_ patterns: any RedisBytesConvertible..., timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await unsubscribe(.pattern, patterns.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from shard channels, without names from all.
    @discardableResult
    public func sunsubscribe(_ shardChannels: any RedisBytesConvertible..., timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await unsubscribe(.shardChannel, shardChannels.map(\.redisBytes), timeout: timeout)
    }

    /// Subscribes to any number of names of one family. They are sent in commands of bounded size.
    @discardableResult
    public func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(kind, names, RequestedHandlers(handler), timeout)
    }

    /// Subscribes to any number of names of one family, given as text.
    @discardableResult
    public func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(kind, names.map(\.redisBytes), RequestedHandlers(handler), timeout)
    }

    /// Subscribes to any number of names of one family with a handler that readers call.
    @discardableResult
    public func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await request(kind, names.map(\.redisBytes), .one(.calling(handler)), timeout)
    }

    /// Unsubscribes from any number of names of one family, given as text.
    @discardableResult
    public func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await unsubscribe(kind, names.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from any number of names of one family; an empty array means all of them.
    @discardableResult
    public func unsubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], timeout: Timeout = .standard)
        async throws(RedisError) -> [PubSub.SubscriptionResult]
    {
        try await result(of: startUnsubscribe(kind, names), within: timeout)
    }

    private func request(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ timeout: Timeout
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await result(of: startSubscribe(kind, names, handlers), within: timeout)
    }

    package func startSubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], _ handlers: RequestedHandlers)
        -> Promise<[PubSub.SubscriptionResult]>
    {
        let answer = Promise<[PubSub.SubscriptionResult]>()
        engine.enqueue(.subscribe(kind, names, handlers, answer))
        return answer
    }

    package func startUnsubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes]) -> Promise<
        [PubSub.SubscriptionResult]
    > {
        let answer = Promise<[PubSub.SubscriptionResult]>()
        engine.enqueue(.unsubscribe(kind, names, answer))
        return answer
    }
}
