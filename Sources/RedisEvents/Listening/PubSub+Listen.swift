/// The events of a `PubSub` as a sequence that blocks a plain thread.
public struct PubSubListening: Sequence, IteratorProtocol {
    let pubsub: PubSub
    private var place = ReadingPlace()
    private var hasFailed = false

    init(pubsub: PubSub) { self.pubsub = pubsub }

    /// Blocks until the next event. `nil` when nothing is subscribed any more and nothing is queued, or when the object is
    /// closed. An error that ended the object is the last event, `.failed`.
    ///
    /// A message with a handler goes to it, here on this thread. What the handler throws does not end the loop; it comes
    /// out as a `.handlerFailed` event.
    public mutating func next() -> PubSub.Event? {
        if hasFailed { return nil }
        if !pubsub.setAside.isInUse, let message = place.takeMessage(of: pubsub) { return .message(message) }
        var isSettled = false
        while true {
            do throws(RedisError) {
                let outcome = try pubsub.readBlocking(
                    &place,
                    until: nil,
                    ignoring: [],
                    mayWait: { [pubsub] in pubsub.subscribed }
                )
                switch outcome {
                case .event(let event): return event
                case .handled: isSettled = false
                case .closed: return nil
                case .nothing:
                    // The server's last word counts a moment before it is in the mailbox: the loop's turn has to end first.
                    if isSettled { return nil }
                    try pubsub.endOfTurn()
                    isSettled = true
                }
            } catch {
                if error.code == .handlerFailed { return .handlerFailed(error) }
                hasFailed = true
                return .failed(error)
            }
        }
    }
}

extension PubSub {
    /// Blocks until the loop has ended the turn that it is in.
    fileprivate func endOfTurn() throws(RedisError) {
        let ended = Promise<Void>()
        engine.enqueue(.settle(ended))
        try ended.waitBlocking()
    }

    /// Blocks the thread in a `for` loop over the events, for as long as something is subscribed. An error that ended the
    /// object is the last event, `.failed`.
    @available(*, noasync, message: "use events")
    public func listen() -> PubSubListening { PubSubListening(pubsub: self) }
}
