extension Invalidations {
    /// The same calls for plain threads: each blocks the thread until it has its result, and throws `.invalidCommand` on the
    /// event loop.
    @available(*, noasync, message: "await the call of the Invalidations itself")
    public var blocking: Blocking { Blocking(invalidations: self) }

    /// What an `Invalidations` does for plain threads. What each call means and throws stands at the one of the same name of
    /// `Invalidations`.
    public struct Blocking: Sendable {
        let invalidations: Invalidations

        /// Starts the watch and returns when events come. Later calls return at once.
        public func start() throws(RedisError) {
            try invalidations.refuseOnLoop()
            try invalidations.requestStart().waitBlocking()
        }

        /// Reads one event.
        public func nextEvent(timeout: Duration? = nil) throws(RedisError) -> EventReadOutcome<Invalidations.Event> {
            try start()
            let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
            return try invalidations.mailbox.readBlocking(until: deadline, Invalidations.event)
        }

        /// Ends the watch and every reader, without waiting for the end.
        public func close() {
            invalidations.mailbox.close()
            let session = invalidations.session
            session.loop.execute { session.assumeIsolated { $0.trackingClosedNow() } }
        }
    }

    /// Blocks the thread in a `for` loop over the events. It ends when the watch is closed. An error that ended it, also one of
    /// its start, is the last event, `.failed`.
    @available(*, noasync, message: "use events")
    public func listen() -> BlockingEvents<Invalidations.Event> {
        BlockingEvents(failed: { .failed($0) }) { [self] () throws(RedisError) in
            try blocking.nextEvent().event
        }
    }
}
