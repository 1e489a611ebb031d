extension KeyspaceEvents {
    /// The same calls for plain threads: each blocks the thread until it has its result, and throws `.invalidCommand` on the
    /// event loop.
    @available(*, noasync, message: "await the call of the KeyspaceEvents itself")
    public var blocking: Blocking { Blocking(keys: self) }

    /// What a `KeyspaceEvents` does for plain threads. What each call means and throws stands at the one of the same name of
    /// `KeyspaceEvents`.
    public struct Blocking: Sendable {
        let keys: KeyspaceEvents

        /// Starts the watch and returns when events come. Later calls return at once.
        public func start() throws(RedisError) {
            try keys.refuseOnLoop()
            try keys.requestStart().waitBlocking()
        }

        /// Reads one event.
        public func nextEvent(timeout: Duration? = nil) throws(RedisError) -> EventReadOutcome<KeyspaceEvents.Event> {
            try start()
            let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
            return try keys.mailbox.readBlocking(until: deadline, KeyspaceEvents.event)
        }

        /// Ends the watch and every reader, without waiting for the end.
        public func close() {
            keys.mailbox.close()
            Task { [keys] in await keys.close() }
        }
    }

    /// Blocks the thread in a `for` loop over the events. It ends when the watch is closed. An error that ended it, also one of
    /// its start, is the last event, `.failed`.
    @available(*, noasync, message: "use events")
    public func listen() -> BlockingEvents<KeyspaceEvents.Event> {
        BlockingEvents(failed: { .failed($0) }) { [self] () throws(RedisError) in
            try blocking.nextEvent().event
        }
    }
}
