extension RedisEventSource {
    /// The calls of this object for plain threads: each blocks the thread until it has its result, and throws
    /// `.invalidCommand` on the event loop.
    @available(*, noasync, message: "await the call of the object itself")
    public var blocking: RedisBlocking<Self> { RedisBlocking(source: self) }

    /// Blocks the thread in a `for` loop over the events. Several loops may run at a time; each event goes to one of
    /// them, and leaving a loop loses nothing.
    ///
    /// The loop starts the source if nobody has. It ends when the source is closed; that of a `PubSub` also when
    /// nothing is subscribed any more and nothing is queued. An error that has ended the source, or that made its start
    /// fail, is the last event, `.failed`, and stays readable as `failure`. A message of a `PubSub` that has a handler
    /// goes to that, on this thread; what the handler throws does not end the loop but is an event, `.handlerFailed`.
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
        @usableFromInline var place: ReadingPlace
        private var isOver = false

        init(source: any EventSource<Event>) {
            self.source = source
            place = source.makeReadingPlace()
        }

        /// Blocks until the next event. `nil` at the end, or behind the error that was the last event.
        @inlinable
        public mutating func next() -> Event? {
            // What is there already is returned without a question to anybody.
            guard let record = place.takeRecord() else { return nextEvent() }
            if place.hasSpent { recycle() }
            return Event(record)
        }

        @usableFromInline
        mutating func recycle() { source.recycle(&place) }

        @usableFromInline
        mutating func nextEvent() -> Event? { isOver ? nil : source.nextBlocking(&place, &isOver) }
    }
}

/// What a `RedisEventSource` does for plain threads, and for handlers that run on them. What each call means and throws
/// stands at the one of the same name of the source. On the event loop, inside an `inline` handler, each throws
/// `.invalidCommand`, because it would wait for itself.
public struct RedisBlocking<Source: RedisEventSource>: Sendable {
    let source: Source
}

extension RedisBlocking {
    /// Reads one event, or lets the handler of one message take it.
    ///
    /// - Parameter timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    /// - Returns: What the read came to.
    /// - Throws: What `next(timeout:)` of the source throws, `.cancelled` excepted.
    public func next(timeout: Duration? = nil) throws(RedisError) -> RedisReadOutcome<Source.Event> {
        try source.events.source.readBlocking(within: timeout)
    }

    /// Ends the source and every reader, without waiting for the end of the link: unlike the others it may be called on
    /// the event loop.
    public func close() { source.events.source.closeNow() }

    /// Blocks the thread until `body` has its result, which runs on the loop: a handler that blocks a thread of Swift's
    /// pool does not wait for one that it keeps busy.
    func wait<Value: Sendable>(for body: @escaping @Sendable (Source) async -> Value) throws(RedisError) -> Value {
        let loop = source.events.source.loop
        try loop.refuseBlocking()
        let answer = Promise<Value>()
        Task(executorPreference: loop) { [source] in answer.complete(.success(await body(source))) }
        return try answer.waitBlocking()
    }
}
