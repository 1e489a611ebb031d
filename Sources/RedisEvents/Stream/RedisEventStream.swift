/// The events of a `RedisEventSource` as an asynchronous sequence. Several loops may run at a time; each event goes to
/// one of them.
///
/// A loop starts the source if nobody has. It ends when the source is closed or the task is cancelled, also during the
/// start, and throws the error that ended the source, which stays readable as `failure`. Leaving the loop loses
/// nothing: a later loop, or another reader, goes on with the next event.
public struct RedisEventStream<Event: RedisStreamEvent>: AsyncSequence, RedisEventSource {
    /// The elements are events.
    public typealias Element = Event
    /// The sequence throws `RedisError`, but does not declare it: swiftc 6.3 crashes on `catch let error as RedisError
    /// where …` after a `for try await` loop over a sequence that does.
    public typealias Failure = any Error

    let source: any EventSource<Event>

    package init(_ source: any EventSource<Event>) { self.source = source }

    /// The sequence itself.
    public var events: RedisEventStream<Event> { self }

    /// Starts to read.
    public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        private let source: any EventSource<Event>
        @usableFromInline var place: RedisReadingPlace
        /// The number of events in a row that were there without waiting. The loop checks now and then whether its task
        /// was cancelled.
        @usableFromInline var readAtOnce = 0

        init(source: any EventSource<Event>) {
            self.source = source
            place = source.makeReadingPlace()
        }

        /// The next event; `nil` when the source is closed or the task is cancelled.
        ///
        /// - Throws: The error that ended the source, or what a handler threw, as `.handlerFailed`.
        public mutating func next() async throws -> Event? { try await next(isolation: #isolation) }

        /// The next event; `nil` when the source is closed or the task is cancelled.
        ///
        /// - Parameter actor: Where the loop runs.
        /// - Returns: The event.
        /// - Throws: The error that ended the source, or what a handler threw, as `.handlerFailed`.
        @inlinable
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Event? {
            // A queued event is returned without entering another asynchronous function.
            if let event = eventAtHand() { return event }
            return try await nextEvent(isolation: actor)
        }

        @inlinable
        mutating func eventAtHand() -> Event? {
            readAtOnce &+= 1
            if readAtOnce >= 32 {
                if Task.isCancelled { return nil }
                readAtOnce = 0
            }
            guard let event = Event.next(at: &place) else { return nil }
            if place.hasSpent { recycle() }
            return event
        }

        @usableFromInline
        mutating func recycle() { source.recycle(&place) }

        @usableFromInline
        mutating func nextEvent(isolation actor: isolated (any Actor)?) async throws -> Event? {
            while !Task.isCancelled {
                readAtOnce = 0
                switch try await source.step(&place) {
                case .event(let event): return event
                case .ended: return nil
                case .goOn: break
                }
            }
            return nil
        }
    }

    /// The events as an asynchronous sequence of batches.
    public struct Batches: AsyncSequence, Sendable {
        /// The elements are batches.
        public typealias Element = RedisEventBatch<Event>
        /// The same as that of `RedisEventStream`, for the same reason.
        public typealias Failure = any Error

        let source: any EventSource<Event>

        /// Starts to read.
        public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

        /// Reads for a `for await` loop.
        public struct Iterator: AsyncIteratorProtocol {
            private let source: any EventSource<Event>
            private var place: RedisReadingPlace

            init(source: any EventSource<Event>) {
                self.source = source
                place = source.makeReadingPlace()
            }

            /// The events that come next; `nil` when the source is closed or the task is cancelled.
            ///
            /// - Throws: The error that ended the source, or what a handler threw, as `.handlerFailed`.
            public mutating func next() async throws -> RedisEventBatch<Event>? {
                try await next(isolation: #isolation)
            }

            /// The events that come next; `nil` when the source is closed or the task is cancelled.
            ///
            /// - Parameter actor: Where the loop runs.
            /// - Returns: The events.
            /// - Throws: The error that ended the source, or what a handler threw, as `.handlerFailed`.
            public mutating func next(isolation actor: isolated (any Actor)?) async throws -> RedisEventBatch<Event>? {
                while !Task.isCancelled {
                    if let batch = source.takeBatch(&place) { return batch }
                    switch try await source.step(&place) {
                    case .event(let event): return RedisEventBatch(event)
                    case .ended: return nil
                    case .goOn: break
                    }
                }
                return nil
            }
        }
    }
}

/// Events that were taken together, in order: those that came in one read, or one of another kind.
public struct RedisEventBatch<Event: RedisStreamEvent>: RandomAccessCollection, Sendable {
    @usableFromInline let slab: [UInt8]
    @usableFromInline let records: ArraySlice<Record>
    @usableFromInline let isRaw: Bool
    /// The one element of a batch that does not consist of records.
    @usableFromInline let other: Event?

    init(slab: [UInt8], records: ArraySlice<Record>, isRaw: Bool) {
        self.slab = slab
        self.records = records
        self.isRaw = isRaw
        other = nil
    }

    init(_ event: Event) {
        slab = []
        records = []
        isRaw = false
        other = event
    }

    /// The first index, always 0.
    @inlinable public var startIndex: Int { 0 }

    /// How many events there are; never 0.
    @inlinable public var endIndex: Int { other == nil ? records.count : 1 }

    /// The event at a position.
    ///
    /// - Parameter position: Must be in `0..<count`.
    @inlinable
    public subscript(position: Int) -> Event {
        if let other {
            precondition(position == 0, "index out of range")
            return other
        }
        return Event(RedisStreamRecord(slab: slab, record: records[records.startIndex + position], isRaw: isRaw))
    }
}
