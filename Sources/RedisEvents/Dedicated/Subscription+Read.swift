extension PubSub.Subscription {
    /// Reads one event. It is never `.handled`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    /// - Throws: `.cancelled`, which loses no message; `.consumerTooSlow`; the server's refusal of the last name; or the
    ///   error that ended the link for good.
    public func nextEvent(timeout: Duration? = nil) async throws(RedisError) -> ReadOutcome {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        while true {
            // Before anything is taken: a flood does not outrun a cancellation.
            if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled") }
            if let outcome = try poll() { return outcome }
            if let deadline, ContinuousClock.now >= deadline { return .nothing }
            await mailbox.wait(until: deadline, on: pubsub.engine.loop)
        }
    }

    /// The events as an asynchronous sequence. Several may run at a time; each event goes to one of them. Leaving the loop
    /// loses nothing.
    public var events: SubscriptionEvents { SubscriptionEvents(subscription: self) }

    func poll() throws(RedisError) -> ReadOutcome? {
        while true {
            switch mailbox.poll() {
            case .item(.record(let record, let slab)):
                return .event(.message(PubSub.Message(slab: slab, record: record)))
            case .item(.control(.event(let event))):
                if pubsub.ignored.leavesOut(event) { continue }
                return .event(event)
            // Handlers belong to the common stream.
            case .item(.control(.release)): continue
            case .empty: return nil
            case .finished(nil): return .closed
            case .finished(let error?): throw error
            }
        }
    }
}
