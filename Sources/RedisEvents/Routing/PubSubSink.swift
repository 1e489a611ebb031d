/// Where a subscription's events go. Called on the loop, in order; it must not block.
package protocol PubSubSink: AnyObject {
    /// A message; `handler` is the number of the handler that takes it, 0 for none.
    func message(_ view: borrowing PubSub.MessageView, handler: UInt32)

    /// What messages are collected in, for somebody else to add some; `takeBack` follows. `nil` from who looks at each.
    func lend() -> Segment<PubSubControl>?

    /// The segment that was lent.
    func takeBack(_ segment: Segment<PubSubControl>)

    /// Anything else.
    func event(_ event: PubSub.Event)

    /// How many bytes of pushes of unknown kinds this can take now. By default as many as a buffer does.
    var roomForPushes: Int { get }

    /// The server does not take a subscription now, and is asked again. By default nobody needs to know.
    func isRefused(for now: RedisError)

    /// No message for that handler comes after this.
    func release(_ handler: UInt32)

    /// Messages that wait go to the handlers of that assignment. By default none wait.
    func rebind(_ assignment: HandlerAssignment)

    /// Bytes came at that time; their messages follow.
    func readBegan(at now: ContinuousClock.Instant)

    /// The events of one turn are complete; `isDrained` tells that the socket had no more.
    func turnEnded(isDrained: Bool)

    /// No event will come any more; with the error that ended the stream, if it was one.
    func ended(_ error: RedisError?)

    /// Whether those who read what comes out of here can take more. By default always.
    var pressure: MailboxPressure { get }

    /// Why no more can be taken, when that is so.
    var failure: RedisError? { get }

    /// The link is not read any more, or is read again.
    func readingPaused(_ isPaused: Bool)
}

extension PubSubSink {
    package var roomForPushes: Int { RedisBufferLimit().pushBytes }

    package func lend() -> Segment<PubSubControl>? { nil }

    package func takeBack(_ segment: Segment<PubSubControl>) {}

    package func rebind(_ assignment: HandlerAssignment) {}

    package func isRefused(for now: RedisError) {}

    package func readBegan(at now: ContinuousClock.Instant) {}
    package var pressure: MailboxPressure { .none }
    package var failure: RedisError? { nil }
    package func readingPaused(_ isPaused: Bool) {}
}
