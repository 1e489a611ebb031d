extension PubSub: RedisEventSource {
    /// The events, in order. Messages with a handler are not among them: the task of the `for` loop calls their
    /// handlers. The `for` loop throws what a handler throws, as `.handlerFailed`; a new one goes on
    /// after that message.
    public var events: RedisEventStream<PubSub.Event> { RedisEventStream(self) }

    /// The blocking calls of a `PubSub`, for plain threads.
    public typealias Blocking = RedisBlocking<PubSub>

    /// Reads one event, or lets the handler of one message receive it. This is `next(timeout:)` with the name, the
    /// default and the options of redis-py.
    ///
    /// Ignored events do not end the wait. Cancelling the task loses no message; the next read gets it.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait in total. Zero does not wait, and `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - ignoreLinkEvents: Whether to leave out link events and gaps this time.
    /// - Returns: The outcome of the read.
    /// - Throws: What `next(timeout:)` throws.
    public func getMessage(
        timeout: Duration? = .zero,
        ignoreSubscribeMessages: Bool = false,
        ignoreLinkEvents: Bool = false
    ) async throws(RedisError) -> RedisReadOutcome<PubSub.Event> {
        let ignored = IgnoredEvents(confirmations: ignoreSubscribeMessages, linkEvents: ignoreLinkEvents)
        return try await read(within: timeout, ReadFilter(ignored: ignored))
    }

    /// Reads one event, like `getMessage`, or one of a single node.
    ///
    /// redis-py has this beside `get_message` because only this call reads shard channels there. Here both read
    /// everything, and one timeout is one timeout, however many nodes there are.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait in total. Zero does not wait, and `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - node: Returns only messages, gaps and link events of that server. Other events stay in the buffer, in order,
    ///     for other reads, and count towards its limit: if nobody reads them, the overflow policy applies. The cost of
    ///     such a read is proportional to the events that it skips.
    /// - Returns: The outcome of the read.
    /// - Throws: What `next(timeout:)` throws.
    public func getShardedMessage(
        timeout: Duration? = .zero,
        ignoreSubscribeMessages: Bool = false,
        node: RedisEndpoint? = nil
    ) async throws(RedisError) -> RedisReadOutcome<PubSub.Event> {
        let ignored = IgnoredEvents(confirmations: ignoreSubscribeMessages, linkEvents: false)
        return try await read(within: timeout, ReadFilter(ignored: ignored, node: node))
    }
}

extension PubSub.Blocking {
    var pubsub: PubSub { source }

    /// Reads one event, or lets the handler of one message receive it.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait in total. Zero does not wait, and `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - ignoreLinkEvents: Whether to leave out link events and gaps this time.
    /// - Returns: The outcome of the read.
    /// - Throws: What `next(timeout:)` throws.
    public func getMessage(
        timeout: Duration? = .zero,
        ignoreSubscribeMessages: Bool = false,
        ignoreLinkEvents: Bool = false
    ) throws(RedisError) -> RedisReadOutcome<PubSub.Event> {
        let ignored = IgnoredEvents(confirmations: ignoreSubscribeMessages, linkEvents: ignoreLinkEvents)
        return try pubsub.readBlocking(within: timeout, ReadFilter(ignored: ignored))
    }

    /// Reads one event, or one of a single node.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait in total. Zero does not wait, and `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - node: Returns only messages, gaps and link events of that server.
    /// - Returns: The outcome of the read.
    /// - Throws: What `next(timeout:)` throws.
    public func getShardedMessage(
        timeout: Duration? = .zero,
        ignoreSubscribeMessages: Bool = false,
        node: RedisEndpoint? = nil
    ) throws(RedisError) -> RedisReadOutcome<PubSub.Event> {
        let ignored = IgnoredEvents(confirmations: ignoreSubscribeMessages, linkEvents: false)
        return try pubsub.readBlocking(within: timeout, ReadFilter(ignored: ignored, node: node))
    }
}

extension PubSub: EventSource {
    package var loop: RedisEventLoop { backend.loop }

    package var handlerTable: HandlerTable? { handlers }

    package func event(_ control: PubSubControl, leavingOut ignored: IgnoredEvents) -> PubSub.Event? {
        switch control {
        case .event(let event): return ignored.union(self.ignored).leavesOut(event) ? nil : event
        case .release(let numbers):
            for number in numbers { handlers.replace(number, by: nil) }
            return nil
        }
    }

    package func callHandlers(_ place: inout RedisReadingPlace, whileTrue mayGoOn: () -> Bool) throws(RedisError)
        -> Next<PubSub.Event>
    {
        while mayGoOn() {
            guard try place.callHandlers(of: self, whileTrue: mayGoOn) else { break }
            let next = next(&place)
            if case .empty = next { place.rest(handlers) }
            guard case .message(let message, let handler) = next, case .calling(let body) = handler.kind else {
                return next
            }
            do { try body(message) } catch { throw .handlerFailed(error) }
        }
        return .empty
    }

    package func readerOfHandlersBegan() -> Promise<Void>? {
        subscribedNames.readerBegan()
        let promise = Promise<Void>()
        backend.enqueue(.requireHandlers(promise))
        return promise
    }

    package func readerOfHandlersEnded() { subscribedNames.readerEnded() }

    package var mayBringMore: Bool { isSubscribed }

    package func settle(_ promise: Promise<Void>) { backend.enqueue(.settle(promise)) }

    package func event(handlerFailed error: RedisError) -> PubSub.Event { .handlerFailed(error) }

    package func undeliverable(_ event: PubSub.Event) -> RedisDrop {
        event.message.map { RedisDrop(count: 1, bytes: $0.byteCount) } ?? .nothing
    }

    package func isConfirmation(_ event: PubSub.Event) -> Bool { event.isConfirmation }

    package func closeNow() {
        mailbox.close()
        backend.enqueue(.close(discarding: true))
    }
}
