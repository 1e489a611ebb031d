extension Invalidations {
    /// Reads one event.
    ///
    /// - Parameter timeout: How long to wait; zero only looks, `nil` waits for ever. The first read starts the watch, which
    ///   is not counted.
    /// - Throws: What `start` throws; `.cancelled`; or the error that ended the link for good.
    public func nextEvent(timeout: Duration? = nil) async throws(RedisError) -> EventReadOutcome<Invalidations.Event> {
        try await start()
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        return try await mailbox.read(until: deadline, on: loop, Self.event)
    }

    static func event(_ item: Mailbox<Invalidations.Event>.Item) -> Invalidations.Event {
        switch item {
        case .record(let record, let slab):
            .invalidated(
                KeyList.keys(of: RedisBytes(storage: slab, start: record.start, count: record.payloadLength))
            )
        case .control(let event): event
        }
    }

    /// The events as an asynchronous sequence. Several may run at a time; each event goes to one of them. Leaving the loop
    /// loses nothing.
    public var events: Events { Events(invalidations: self) }

    /// The events as an asynchronous sequence.
    public struct Events: AsyncSequence, Sendable {
        /// What comes out.
        public typealias Element = Invalidations.Event
        /// What it throws is a `RedisError`. It is not declared so: swiftc 6.3 crashes on `catch let error as RedisError where …`
        /// behind a `for try await` loop that does.
        public typealias Failure = any Error

        let invalidations: Invalidations

        /// Reads for a `for await` loop.
        public struct Iterator: AsyncIteratorProtocol {
            let invalidations: Invalidations

            /// The next event; `nil` when the watch is closed or the task is cancelled.
            public mutating func next() async throws -> Invalidations.Event? {
                try await next(isolation: #isolation)
            }

            /// The next event; `nil` when the watch is closed or the task is cancelled.
            public mutating func next(isolation actor: isolated (any Actor)?) async throws
                -> Invalidations.Event?
            {
                do throws(RedisError) {
                    return try await invalidations.nextEvent().event
                } catch {
                    if error.code == .cancelled { return nil }
                    throw error
                }
            }
        }

        /// Starts to read.
        public func makeAsyncIterator() -> Iterator { Iterator(invalidations: invalidations) }
    }
}
