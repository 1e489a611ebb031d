/// The events of a `PubSub` as a sequence that blocks a plain thread.
public struct PubSubListening: Sequence, IteratorProtocol {
    let pubsub: PubSub

    /// Blocks until the next event. `nil` when nothing is subscribed any more and nothing is queued, or when the object is
    /// closed.
    ///
    /// A message with a handler goes to it, here on this thread. What the handler throws does not end the loop; it comes
    /// out as a `.handlerFailed` event.
    public mutating func next() -> PubSubEvent? {
        while true {
            do throws(RedisError) {
                let outcome = try pubsub.readBlocking(
                    until: nil,
                    ignoringConfirmations: false,
                    mayWait: { [pubsub] in pubsub.subscribed }
                )
                switch outcome {
                case .event(let event): return event
                case .handled: continue
                case .nothing, .closed: return nil
                }
            } catch {
                return error.code == .handlerFailed ? .handlerFailed(error) : nil
            }
        }
    }
}

extension PubSub {
    /// Blocks the thread in a `for` loop over the events, for as long as something is subscribed.
    @available(*, noasync, message: "use events")
    public func listen() -> PubSubListening { PubSubListening(pubsub: self) }
}
