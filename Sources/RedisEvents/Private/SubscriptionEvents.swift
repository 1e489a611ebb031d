/// The events of a private subscription as an asynchronous sequence.
public struct SubscriptionEvents: AsyncSequence, Sendable {
    /// What comes out.
    public typealias Element = PubSubEvent
    /// What it throws.
    public typealias Failure = RedisError

    let subscription: Subscription

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        let subscription: Subscription

        /// The next event; `nil` when the subscription has ended or the task is cancelled.
        public mutating func next() async throws(RedisError) -> PubSubEvent? {
            try await next(isolation: #isolation)
        }

        /// The next event; `nil` when the subscription has ended or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RedisError) -> PubSubEvent? {
            do {
                guard case .event(let event) = try await subscription.nextEvent() else { return nil }
                return event
            } catch {
                if error.code == .cancelled { return nil }
                throw error
            }
        }
    }

    /// Starts to read.
    public func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }
}
