extension RedisEventSource {
    /// The calls of this object for plain threads: each blocks the thread until it has its result, and throws
    /// `.invalidCommand` on the event loop.
    @available(*, noasync, message: "await the call of the object itself")
    public var blocking: RedisBlocking<Self> { RedisBlocking(source: self) }

    /// Blocks the thread in a `for` loop over the events. Several loops may run at a time; each event goes to one of
    /// them, and leaving a loop loses nothing.
    ///
    /// The loop starts the source if nobody has. It ends when the source is closed. The loop of a `PubSub` also ends
    /// when nothing is subscribed any more and nothing is queued. An error that has ended the source, or a failed
    /// start, is the last event, `.failed`, and stays readable as `failure`. The handler of a `PubSub`'s message is
    /// called on this thread. An error that a handler throws does not end the loop: it becomes the event
    /// `.handlerFailed`.
    ///
    /// - Returns: The events, as they come.
    @available(*, noasync, message: "use events")
    public func listen() -> RedisEventStream<Event>.BlockingSequence {
        RedisEventStream<Event>.BlockingSequence(source: events.source)
    }
}

extension RedisEventStream {
    /// Events as a sequence that blocks a plain thread.
    public struct BlockingSequence: Sequence, IteratorProtocol {
        private let source: any EventSource<Event>
        @usableFromInline var place: RedisReadingPlace
        private var isOver = false

        init(source: any EventSource<Event>) {
            self.source = source
            place = source.makeReadingPlace()
        }

        /// Blocks until the next event. Returns `nil` at the end, or after the error that was the last event.
        @inlinable
        public mutating func next() -> Event? {
            // A queued event is returned directly.
            guard let event = Event.next(at: &place) else { return nextEvent() }
            if place.hasSpent { recycle() }
            return event
        }

        @usableFromInline
        mutating func recycle() { source.recycle(&place) }

        @usableFromInline
        mutating func nextEvent() -> Event? { isOver ? nil : source.nextBlocking(&place, &isOver) }
    }
}

/// The blocking calls of a `RedisEventSource`, for plain threads and for handlers that run on them. Each call is
/// documented at the source's call of the same name. On the event loop, inside an `inline` handler, each throws
/// `.invalidCommand`, because it would wait for itself.
public struct RedisBlocking<Source: RedisEventSource>: Sendable {
    package let source: Source
}

extension RedisBlocking {
    /// Reads one event, or lets the handler of one message receive it.
    ///
    /// - Parameter timeout: How long to wait in total. Zero does not wait, and `nil` waits for ever.
    /// - Returns: The outcome of the read.
    /// - Throws: The errors of the source's `next(timeout:)`, except for `.cancelled`.
    public func next(timeout: Duration? = nil) throws(RedisError) -> RedisReadOutcome<Source.Event> {
        try source.events.source.readBlocking(within: timeout)
    }

    /// Ends the source and every reader, without waiting for the end of the link. Unlike the other calls, it may be
    /// made on the event loop.
    public func close() { source.events.source.closeNow() }

    /// Blocks the thread until `body` has its result. `body` runs on the loop, so that a handler that blocks a thread
    /// of Swift's pool does not wait for that same thread.
    func wait<Value: Sendable>(for body: @escaping @Sendable (Source) async -> Value) throws(RedisError) -> Value {
        let loop = source.events.source.loop
        try loop.refuseBlocking()
        let promise = Promise<Value>()
        Task(executorPreference: loop) { [source] in promise.complete(.success(await body(source))) }
        return try promise.waitBlocking()
    }
}
