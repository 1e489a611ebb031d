/// The events of a private subscription as an asynchronous sequence.
public struct SubscriptionEvents: AsyncSequence, Sendable {
    /// What comes out.
    public typealias Element = PubSub.Event
    /// What it throws is a `RedisError`. It is not declared so: swiftc 6.3 crashes on `catch let error as RedisError where …`
    /// behind a `for try await` loop that does.
    public typealias Failure = any Error

    let subscription: PubSub.Subscription

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        let subscription: PubSub.Subscription

        /// The next event; `nil` when the subscription has ended or the task is cancelled.
        public mutating func next() async throws -> PubSub.Event? {
            try await next(isolation: #isolation)
        }

        /// The next event; `nil` when the subscription has ended or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> PubSub.Event? {
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
