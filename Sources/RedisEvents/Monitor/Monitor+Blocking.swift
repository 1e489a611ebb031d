internal import Synchronization

extension Monitor {
    /// The same calls for plain threads: each blocks the thread until it has its result, and throws `.invalidCommand` on the
    /// event loop.
    @available(*, noasync, message: "await the call of the Monitor itself")
    public var blocking: Blocking { Blocking(monitor: self) }

    /// What a `Monitor` does for plain threads. What each call means and throws stands at the one of the same name of `Monitor`.
    public struct Blocking: Sendable {
        let monitor: Monitor

        /// Connects and returns when the server has consented to MONITOR. Later calls return at once.
        public func start() throws(RedisError) {
            if monitor.hasStarted.load(ordering: .acquiring) { return }
            try monitor.engine.refuseOnLoop()
            try monitor.requestStart().waitBlocking()
            monitor.hasStarted.store(true, ordering: .releasing)
        }

        /// Reads one event.
        public func nextEvent(timeout: Duration? = nil) throws(RedisError) -> MonitorReadOutcome {
            try monitor.engine.refuseOnLoop()
            try start()
            let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
            return try monitor.readBlocking(until: deadline, mayWait: { true })
        }

        /// Ends the link, lets the readers take what is queued, then closes. Returns whether everything was taken within `deadline`.
        @discardableResult
        public func drain(deadline: Duration = .seconds(10)) throws(RedisError) -> Bool {
            try monitor.engine.refuseOnLoop()
            return try Promise.waitBlocking(on: monitor.engine.loop) { [monitor] in
                await monitor.drain(deadline: deadline)
            }
        }

        /// Ends the link and every reader, without waiting for the link's end.
        public func close() {
            monitor.mailbox.close()
            monitor.engine.closeNow()
        }
    }

    /// Blocks the thread in a `for` loop over the events. It ends when the monitor is closed. An error that ended it, also one of
    /// the first connect, is the last event, `.failed`.
    @available(*, noasync, message: "use events")
    public func listen() -> BlockingEvents<Monitor.Event> {
        BlockingEvents(failed: { .failed($0) }) { [self] () throws(RedisError) in
            guard case .event(let event) = try blocking.nextEvent() else { return nil }
            return event
        }
    }
}
