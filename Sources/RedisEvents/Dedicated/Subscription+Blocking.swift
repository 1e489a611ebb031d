extension PubSub.Subscription {
    /// The same calls for plain threads: each blocks the thread until it has its result, and throws `.invalidCommand` on the
    /// event loop.
    @available(*, noasync, message: "await the call of the Subscription itself")
    public var blocking: Blocking { Blocking(subscription: self) }

    /// What a `PubSub.Subscription` does for plain threads.
    public struct Blocking: Sendable {
        let subscription: PubSub.Subscription

        /// Reads one event. It is never `.handled`.
        public func nextEvent(timeout: Duration? = nil) throws(RedisError) -> ReadOutcome {
            try subscription.pubsub.engine.refuseOnLoop()
            let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
            while true {
                if let outcome = try subscription.poll() { return outcome }
                if let deadline, ContinuousClock.now >= deadline { return .nothing }
                subscription.mailbox.waitBlocking(until: deadline)
            }
        }

        /// Ends the subscription and its readers without waiting for the server.
        public func close() {
            subscription.mailbox.close()
            _ = subscription.pubsub.startClosing(subscription.mailbox)
        }
    }

    /// Blocks the thread in a `for` loop over the events, until the subscription ends. An error that ended it is the last
    /// event, `.failed`.
    @available(*, noasync, message: "use events")
    public func listen() -> BlockingEvents<PubSub.Event> {
        BlockingEvents(failed: { .failed($0) }) { [self] () throws(RedisError) in
            guard case .event(let event) = try blocking.nextEvent() else { return nil }
            return event
        }
    }
}
