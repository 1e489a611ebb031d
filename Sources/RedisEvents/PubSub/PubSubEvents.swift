/// The events of a `PubSub` as an asynchronous sequence. Several may run at a time; each event goes to one of them.
///
/// Leaving the loop loses nothing: a later loop, or another reader, goes on with the next event.
public struct PubSubEvents: AsyncSequence, Sendable {
    /// What comes out.
    public typealias Element = PubSub.Event
    /// What it throws is a `RedisError`. It is not declared so: swiftc 6.3 crashes on `catch let error as RedisError where …`
    /// behind a `for try await` loop that does.
    public typealias Failure = any Error

    let pubsub: PubSub

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        /// So often at least a loop that never waits looks whether its task was cancelled.
        private static let patience = 32

        let pubsub: PubSub
        private var place = ReadingPlace()
        private var sinceLook = 0

        init(pubsub: PubSub) { self.pubsub = pubsub }

        /// The next event; `nil` when the object is closed or the task is cancelled.
        public mutating func next() async throws -> PubSub.Event? {
            try await next(isolation: #isolation)
        }

        /// The next event; `nil` when the object is closed or the task is cancelled.
        @inlinable
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> PubSub.Event? {
            // What is there already is returned without entering another asynchronous function.
            if let message = messageAtHand() { return .message(message) }
            return try await nextEvent(isolation: actor)
        }

        @usableFromInline
        mutating func messageAtHand() -> PubSub.Message? {
            sinceLook += 1
            guard sinceLook < Self.patience, !pubsub.setAside.isInUse else { return nil }
            return place.takeMessage(of: pubsub)
        }

        @usableFromInline
        mutating func nextEvent(isolation actor: isolated (any Actor)?) async throws -> PubSub.Event? {
            while !Task.isCancelled {
                sinceLook = 0
                switch try pubsub.callHandlers(&place, ignoring: pubsub.ignored) {
                case .event(let event): return event
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
    /// The events, in order. Messages with a handler are not among them: the loop's task calls their handlers in passing,
    /// and what a handler throws is thrown here, as `.handlerFailed`; a new loop goes on behind it.
    public var events: PubSubEvents { PubSubEvents(pubsub: self) }
}
