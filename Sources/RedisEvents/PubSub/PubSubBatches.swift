/// The events of a `PubSub` as an asynchronous sequence of batches: the messages that came in one read are taken together, so that
/// a loop that can do something with many at once pays for the sequence once for all of them.
///
/// It mixes with `events` and the other readers; each event goes to one of them, in order.
public struct PubSubBatches: AsyncSequence, Sendable {
    /// What comes out.
    public typealias Element = PubSub.Batch
    /// What it throws is a `RedisError`. It is not declared so: swiftc 6.3 crashes on `catch let error as RedisError where …`
    /// behind a `for try await` loop that does.
    public typealias Failure = any Error

    let pubsub: PubSub

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        let pubsub: PubSub
        private var place = ReadingPlace()

        init(pubsub: PubSub) { self.pubsub = pubsub }

        /// The events that come next; `nil` when the object is closed or the task is cancelled.
        public mutating func next() async throws -> PubSub.Batch? {
            try await next(isolation: #isolation)
        }

        /// The events that come next; `nil` when the object is closed or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> PubSub.Batch? {
            while !Task.isCancelled {
                if !pubsub.setAside.isInUse, let batch = place.takeMessages(of: pubsub) { return batch }
                switch try pubsub.callHandlers(&place, ignoring: pubsub.ignored) {
                case .event(let event): return PubSub.Batch(event)
                case .message(let message, let handler): _ = try await handler.take(message)
                case .finished(nil): return nil
                case .finished(let error?): throw error
                case .empty:
                    await pubsub.mailbox.wait(until: nil, on: pubsub.engine.loop) { pubsub.setAside.isEmpty }
                }
            }
            return nil
        }
    }

    /// Starts to read.
    public func makeAsyncIterator() -> Iterator { Iterator(pubsub: pubsub) }
}

extension PubSub {
    /// The events, in order, those of a read together. Messages with a handler are not among them, as in `events`, and what a
    /// handler throws is thrown here.
    public var batches: PubSubBatches { PubSubBatches(pubsub: self) }
}
