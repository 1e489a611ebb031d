extension PubSub: RedisEventSource {
    /// The events, in order. Messages with a handler are not among them: the loop's task calls their handlers in
    /// passing, and what a handler throws is thrown by the loop, as `.handlerFailed`; a new loop goes on behind it.
    public var events: RedisEventStream<PubSub.Event> { RedisEventStream(self) }

    /// What a `PubSub` does for plain threads.
    public typealias Blocking = RedisBlocking<PubSub>

    /// Reads one event, or lets the handler of one message take it: `next(timeout:)` with redis-py's name, default and
    /// options.
    ///
    /// What is ignored does not end the wait. Cancelling the task loses no message; the next read gets it.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - ignoreLinkEvents: Whether to leave out link events and gaps this time.
    /// - Returns: What the read came to.
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
    /// redis-py has this beside `get_message` because there only it reads shard channels. Here both read everything,
    /// and one timeout is one timeout, however many nodes there are.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - node: Only messages, gaps and link events of the server there. What else is in the buffer stays there, in
    ///     order, for other reads, and what comes has no more room than the buffer has: one that is full of what nobody
    ///     reads drops, or is not read, by its overflow policy. Such a read costs as much as what it passes over.
    /// - Returns: What the read came to.
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

    /// Reads one event, or lets the handler of one message take it.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - ignoreLinkEvents: Whether to leave out link events and gaps this time.
    /// - Returns: What the read came to.
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
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    ///   - ignoreSubscribeMessages: Whether to leave out confirmations this time.
    ///   - node: Only messages, gaps and link events of the server there.
    /// - Returns: What the read came to.
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
    var loop: RedisEventLoop { engine.loop }

    var handlerTable: HandlerTable? { handlers }

    func event(_ control: PubSubControl, leavingOut ignored: IgnoredEvents) -> PubSub.Event? {
        switch control {
        case .event(let event): return ignored.union(self.ignored).leavesOut(event) ? nil : event
        case .release(let numbers):
            for number in numbers { handlers.replace(number, by: nil) }
            return nil
        }
    }

    func callHandlers(_ place: inout ReadingPlace, whileTrue mayGoOn: () -> Bool) throws(RedisError)
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

    func readerOfHandlersBegan() -> Promise<Void>? {
        subscribedNames.readerBegan()
        let answer = Promise<Void>()
        engine.enqueue(.requireHandlers(answer))
        return answer
    }

    func readerOfHandlersEnded() { subscribedNames.readerEnded() }

    var mayBringMore: Bool { isSubscribed }

    func settle(_ answer: Promise<Void>) { engine.enqueue(.settle(answer)) }

    func event(handlerFailed error: RedisError) -> PubSub.Event { .handlerFailed(error) }

    func undeliverable(_ event: PubSub.Event) -> RedisDrop {
        event.message.map { RedisDrop(count: 1, bytes: $0.byteCount) } ?? .nothing
    }

    func isConfirmation(_ event: PubSub.Event) -> Bool { event.isConfirmation }

    func closeNow() {
        mailbox.close()
        engine.enqueue(.close(discarding: true))
    }
}
