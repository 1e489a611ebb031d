/// The events of a `PubSub` as an asynchronous sequence. Several may run at a time; each event goes to one of them.
///
/// Leaving the loop loses nothing: a later loop, or another reader, goes on with the next event.
public struct PubSubEvents: AsyncSequence, Sendable {
    /// What comes out.
    public typealias Element = PubSubEvent
    /// What it throws.
    public typealias Failure = RedisError

    let pubsub: PubSub

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        let pubsub: PubSub

        /// The next event; `nil` when the object is closed or the task is cancelled.
        public mutating func next() async throws(RedisError) -> PubSubEvent? {
            try await next(isolation: #isolation)
        }

        /// The next event; `nil` when the object is closed or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RedisError) -> PubSubEvent? {
            do {
                while true {
                    switch try await pubsub.read(until: nil, ignoringConfirmations: false) {
                    case .event(let event): return event
                    case .handled, .nothing: continue
                    case .closed: return nil
                    }
                }
            } catch {
                if error.code == .cancelled { return nil }
                throw error
            }
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
