extension PubSub {
    /// Subscribes to channels (https://redis.io/docs/latest/commands/subscribe/). Returns when the server has confirmed
    /// or refused each name. While the link is down, the call waits until the link is back. Cancelling the task ends
    /// the wait but not the subscription, and so does the timeout.
    ///
    /// Subscribing again replaces the handler, also for queued messages: a message goes to the handler that its name
    /// has when the message is read.
    ///
    /// - Parameters:
    ///   - channels: Text, bytes or both.
    ///   - handler: Receives the messages; `nil` leaves them to the readers.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: The server's result for each name. When the server has accepted some names, the errors of the others
    ///   are in the results, and the stream gets a `.refused` event.
    /// - Throws: `.notPermitted` or another error of the server when it has accepted no name; `.connectFailed` and
    ///   similar errors when the very first connect fails; `.timedOut`; `.handlerMissing` when a reader that only calls
    ///   handlers is running; `.cancelled`, by the task or because the names were unsubscribed
    ///   meanwhile; `.closed`.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(.channel, channels.map(\.redisBytes), handler: handler, timeout: timeout)
    }

    /// Subscribes to channels with a handler that readers call.
    ///
    /// - Parameters:
    ///   - channels: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    ///   - handler: Takes the messages.
    /// - Returns: What the server said to each name.
    /// - Throws: What `subscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(.channel, channels.map(\.redisBytes), handler: .calling(handler), timeout: timeout)
    }

    /// Subscribes to channels with a handler that readers await.
    ///
    /// - Parameters:
    ///   - channels: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    ///   - handler: Takes the messages.
    /// - Returns: What the server said to each name.
    /// - Throws: What `subscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func subscribe(
        _ channels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) async throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(.channel, channels.map(\.redisBytes), handler: .awaiting(handler), timeout: timeout)
    }

    /// Subscribes to channels, each with a handler of its own, in one round trip.
    ///
    /// - Parameters:
    ///   - handlers: Who takes the messages, by name, as text or bytes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `subscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func subscribe(
        _ handlers: [some RedisBytesConvertible & Hashable: PubSub.Handler],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await result(of: startSubscribe(.channel, handlers), within: timeout)
    }

    /// Subscribes to channels, each with a handler of its own that readers call, in one round trip.
    ///
    /// - Parameters:
    ///   - handlers: What takes the messages, by name, as text or bytes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `subscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func subscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to glob-style patterns (https://redis.io/docs/latest/commands/psubscribe/). Returns when the server
    /// has confirmed or refused each name. While the link is down, the call waits until the link is back. Cancelling
    /// the task ends the wait but not the subscription, and so does the timeout.
    ///
    /// Subscribing again replaces the handler, also for queued messages: a message goes to the handler that its name
    /// has when the message is read.
    ///
    /// - Parameters:
    ///   - patterns: Text, bytes or both.
    ///   - handler: Receives the messages; `nil` leaves them to the readers.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: The server's result for each name. When the server has accepted some names, the errors of the others
    ///   are in the results, and the stream gets a `.refused` event.
    /// - Throws: `.notPermitted` or another error of the server when it has accepted no name; `.connectFailed` and
    ///   similar errors when the very first connect fails; `.timedOut`; `.handlerMissing` when a reader that only calls
    ///   handlers is running; `.cancelled`, by the task or because the names were unsubscribed
    ///   meanwhile; `.closed`.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(.pattern, patterns.map(\.redisBytes), handler: handler, timeout: timeout)
    }

    /// Subscribes to glob-style patterns with a handler that readers call.
    ///
    /// - Parameters:
    ///   - patterns: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    ///   - handler: Takes the messages.
    /// - Returns: What the server said to each name.
    /// - Throws: What `psubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(.pattern, patterns.map(\.redisBytes), handler: .calling(handler), timeout: timeout)
    }

    /// Subscribes to glob-style patterns with a handler that readers await.
    ///
    /// - Parameters:
    ///   - patterns: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    ///   - handler: Takes the messages.
    /// - Returns: What the server said to each name.
    /// - Throws: What `psubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func psubscribe(
        _ patterns: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) async throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(.pattern, patterns.map(\.redisBytes), handler: .awaiting(handler), timeout: timeout)
    }

    /// Subscribes to glob-style patterns, each with a handler of its own, in one round trip.
    ///
    /// - Parameters:
    ///   - handlers: Who takes the messages, by name, as text or bytes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `psubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func psubscribe(
        _ handlers: [some RedisBytesConvertible & Hashable: PubSub.Handler],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await result(of: startSubscribe(.pattern, handlers), within: timeout)
    }

    /// Subscribes to glob-style patterns, each with a handler of its own that readers call, in one round trip.
    ///
    /// - Parameters:
    ///   - handlers: What takes the messages, by name, as text or bytes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `psubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func psubscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await psubscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to shard channels (https://redis.io/docs/latest/commands/ssubscribe/, Redis 7.0). Returns when the
    /// server has confirmed or refused each name. While the link is down, the call waits until the link is back.
    /// Cancelling the task ends the wait but not the subscription, and so does the timeout.
    ///
    /// Subscribing again replaces the handler, also for queued messages: a message goes to the handler that its name
    /// has when the message is read.
    ///
    /// - Parameters:
    ///   - shardChannels: Text, bytes or both.
    ///   - handler: Receives the messages; `nil` leaves them to the readers.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: The server's result for each name. When the server has accepted some names, the errors of the others
    ///   are in the results, and the stream gets a `.refused` event.
    /// - Throws: `.notPermitted` or another error of the server when it has accepted no name; `.connectFailed` and
    ///   similar errors when the very first connect fails; `.timedOut`; `.handlerMissing` when a reader that only calls
    ///   handlers is running; `.cancelled`, by the task or because the names were unsubscribed
    ///   meanwhile; `.closed`.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(.shardChannel, shardChannels.map(\.redisBytes), handler: handler, timeout: timeout)
    }

    /// Subscribes to shard channels with a handler that readers call.
    ///
    /// - Parameters:
    ///   - shardChannels: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    ///   - handler: Takes the messages.
    /// - Returns: What the server said to each name.
    /// - Throws: What `ssubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(
            .shardChannel,
            shardChannels.map(\.redisBytes),
            handler: .calling(handler),
            timeout: timeout
        )
    }

    /// Subscribes to shard channels with a handler that readers await.
    ///
    /// - Parameters:
    ///   - shardChannels: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    ///   - handler: Takes the messages.
    /// - Returns: What the server said to each name.
    /// - Throws: What `ssubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func ssubscribe(
        _ shardChannels: any RedisBytesConvertible...,
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) async throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(
            .shardChannel,
            shardChannels.map(\.redisBytes),
            handler: .awaiting(handler),
            timeout: timeout
        )
    }

    /// Subscribes to shard channels, each with a handler of its own, in one round trip.
    ///
    /// - Parameters:
    ///   - handlers: Who takes the messages, by name, as text or bytes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `ssubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func ssubscribe(
        _ handlers: [some RedisBytesConvertible & Hashable: PubSub.Handler],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await result(of: startSubscribe(.shardChannel, handlers), within: timeout)
    }

    /// Subscribes to shard channels, each with a handler of its own that readers call, in one round trip.
    ///
    /// - Parameters:
    ///   - handlers: What takes the messages, by name, as text or bytes.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `ssubscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func ssubscribe(
        _ handlers: [String: @Sendable (PubSub.Message) throws -> Void],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await ssubscribe(handlers.mapValues { .calling($0) }, timeout: timeout)
    }

    /// Subscribes to any number of names of one family. They are sent in commands of bounded size.
    ///
    /// - Parameters:
    ///   - kind: The family of the names.
    ///   - names: Text or bytes.
    ///   - handler: Receives the messages; `nil` leaves them to the readers.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `subscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        handler: PubSub.Handler? = nil,
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await result(of: startSubscribe(kind, names.map(\.redisBytes), RequestedHandlers(handler)), within: timeout)
    }

    /// Subscribes to any number of names of one family with a handler that readers call.
    ///
    /// - Parameters:
    ///   - kind: The family of the names.
    ///   - names: Text or bytes.
    ///   - timeout: How long to wait for the server's answer.
    ///   - handler: Takes the messages.
    /// - Returns: What the server said to each name.
    /// - Throws: What `subscribe(_:handler:timeout:)` throws.
    @discardableResult
    public func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        timeout: Timeout = .standard,
        handler: @escaping @Sendable (PubSub.Message) throws -> Void
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await subscribe(kind, names, handler: .calling(handler), timeout: timeout)
    }

    /// Unsubscribes from channels; without names, from all of them. The names are not wanted from now on: a link that
    /// is lost before the confirmation does not bring them back.
    ///
    /// - Parameters:
    ///   - channels: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: The server's error when it has unsubscribed no name; `.timedOut`; `.cancelled`; `.closed`.
    @discardableResult
    public func unsubscribe(_ channels: any RedisBytesConvertible..., timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await unsubscribe(.channel, channels.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from patterns; without names, from all of them.
    ///
    /// - Parameters:
    ///   - patterns: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: The server's error when it has unsubscribed no name; `.timedOut`; `.cancelled`; `.closed`.
    @discardableResult
    public func punsubscribe(_ patterns: any RedisBytesConvertible..., timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await unsubscribe(.pattern, patterns.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from shard channels; without names, from all of them.
    ///
    /// - Parameters:
    ///   - shardChannels: Text, bytes or both.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: The server's error when it has unsubscribed no name; `.timedOut`; `.cancelled`; `.closed`.
    @discardableResult
    public func sunsubscribe(_ shardChannels: any RedisBytesConvertible..., timeout: Timeout = .standard)
        async throws(RedisError)
        -> [PubSub.SubscriptionResult]
    {
        try await unsubscribe(.shardChannel, shardChannels.map(\.redisBytes), timeout: timeout)
    }

    /// Unsubscribes from any number of names of one family; an empty array means all of them.
    ///
    /// - Parameters:
    ///   - kind: The family of the names.
    ///   - names: The names.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `unsubscribe(_:timeout:)` throws.
    @discardableResult
    public func unsubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], timeout: Timeout = .standard)
        async throws(RedisError) -> [PubSub.SubscriptionResult]
    {
        try await result(of: startUnsubscribe(kind, names), within: timeout)
    }

    /// Unsubscribes from any number of names of one family, given as text.
    ///
    /// - Parameters:
    ///   - kind: The family of the names.
    ///   - names: The names; an empty array means all of them.
    ///   - timeout: How long to wait for the server's answer.
    /// - Returns: What the server said to each name.
    /// - Throws: What `unsubscribe(_:timeout:)` throws.
    @discardableResult
    public func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [some RedisBytesConvertible],
        timeout: Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        try await unsubscribe(kind, names.map(\.redisBytes), timeout: timeout)
    }

    // MARK: Requests

    package func startSubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], _ handlers: RequestedHandlers)
        -> Promise<[PubSub.SubscriptionResult]>
    {
        request { .subscribe(kind, names, handlers, $0) }
    }

    func startSubscribe(
        _ kind: RedisSubscriptionKind,
        _ handlers: [some RedisBytesConvertible & Hashable: PubSub.Handler]
    ) -> Promise<[PubSub.SubscriptionResult]> {
        startSubscribe(kind, handlers.keys.map(\.redisBytes), .each(Array(handlers.values)))
    }

    package func startUnsubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes])
        -> Promise<[PubSub.SubscriptionResult]>
    {
        request { .unsubscribe(kind, names, $0) }
    }

    /// Enqueues a request, and returns the promise that the backend will complete.
    func request<Value>(_ make: (Promise<Value>) -> PubSubRequest) -> Promise<Value> {
        let promise = Promise<Value>()
        backend.enqueue(make(promise))
        return promise
    }
}
