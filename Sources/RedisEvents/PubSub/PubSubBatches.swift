/// The events of a `PubSub` as an asynchronous sequence of arrays: what waits is taken together, so that a loop that can do
/// something with many at once pays for waiting and for the sequence once for all of them.
///
/// It mixes with `events` and the other readers; each event goes to one of them, in order.
public struct PubSubBatches: AsyncSequence, Sendable {
    /// What comes out: at least one event, and at most 1,024.
    public typealias Element = [PubSubEvent]
    /// What it throws.
    public typealias Failure = RedisError

    let pubsub: PubSub

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        private static let limit = 1024

        let pubsub: PubSub
        private var place = ReadingPlace()
        private var usualCount = 1
        /// What a handler threw behind the events of the last batch.
        private var failure: RedisError?

        init(pubsub: PubSub) { self.pubsub = pubsub }

        /// The events that wait; `nil` when the object is closed or the task is cancelled.
        public mutating func next() async throws(RedisError) -> [PubSubEvent]? {
            try await next(isolation: #isolation)
        }

        /// The events that wait; `nil` when the object is closed or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RedisError) -> [PubSubEvent]? {
            if let failure = failure.take() { throw failure }
            var batch: [PubSubEvent] = []
            while batch.count < Self.limit {
                if !pubsub.setAside.isInUse {
                    place.takeMessages(in: pubsub.mailbox, limit: Self.limit, into: &batch)
                    if batch.count == Self.limit { break }
                }
                do throws(RedisError) {
                    switch try pubsub.callHandlers(&place, ignoringConfirmations: pubsub.ignoreSubscribeMessages) {
                    case .event(let event):
                        if batch.isEmpty { batch.reserveCapacity(usualCount) }
                        batch.append(event)
                        continue
                    case .message(let message, let handler):
                        _ = try await handler.take(message)
                        continue
                    case .finished(let error):
                        if batch.isEmpty { if let error { throw error } else { return nil } }
                    case .empty:
                        if batch.isEmpty {
                            if Task.isCancelled { return nil }
                            await pubsub.mailbox.wait(until: nil, on: pubsub.engine.loop) { pubsub.setAside.isEmpty }
                            continue
                        }
                    }
                } catch {
                    if batch.isEmpty { throw error }
                    failure = error
                }
                break
            }
            usualCount = batch.count
            return batch
        }
    }

    /// Starts to read.
    public func makeAsyncIterator() -> Iterator { Iterator(pubsub: pubsub) }
}

extension PubSub {
    /// The events, in order, as many at a time as wait. Messages with a handler are not among them, as in `events`; what a
    /// handler throws is thrown behind the events that came before its message.
    public var batches: PubSubBatches { PubSubBatches(pubsub: self) }
}
