/// Receives the events of a link. Called on the loop, in order; it must not block.
package protocol PubSubSink: AnyObject {
    /// A message. `handler` is the number of its handler, 0 for none.
    func message(_ view: borrowing PubSub.MessageView, handler: UInt32)

    /// Lends the segment in which messages are collected, so that the caller can add some; `takeBack` follows. `nil` if
    /// the sink looks at each message.
    func lend() -> Segment<PubSubControl>?

    /// Takes the lent segment back.
    func takeBack(_ segment: Segment<PubSubControl>)

    /// Any other event.
    func event(_ event: PubSub.Event)

    /// How many bytes of pushes of unknown kinds can be taken now. The default is the default of `RedisBufferLimit`.
    var roomForPushes: Int { get }

    /// Called when the server refuses a subscription for now and it is retried. By default nothing happens.
    func refusedForNow(_ error: RedisError)

    /// Called when no further message for that handler comes.
    func release(_ handler: UInt32)

    /// Gives waiting messages the handlers of that assignment. By default no messages wait.
    func rebind(_ assignment: HandlerAssignment)

    /// Notes that bytes came at that time. Their messages follow.
    func readBegan(at now: ContinuousClock.Instant)

    /// Called when the events of one turn are complete. `isDrained` says that the socket had no more.
    func turnEnded(isDrained: Bool)

    /// Ends the stream, with the error if there is one.
    func ended(_ error: RedisError?)

    /// What the readers of this sink want of the link: nothing, a pause, or its end. The default is nothing.
    var pressure: MailboxPressure { get }

    /// Why no more events can be taken; `nil` while they can.
    var failure: RedisError? { get }

    /// Notes that the link is not read any more, or is read again.
    func readingPaused(_ isPaused: Bool)
}

extension PubSubSink {
    package var roomForPushes: Int { RedisBufferLimit().pushBytes }

    package func lend() -> Segment<PubSubControl>? { nil }

    package func takeBack(_ segment: Segment<PubSubControl>) {}

    package func rebind(_ assignment: HandlerAssignment) {}

    package func refusedForNow(_ error: RedisError) {}

    package func readBegan(at now: ContinuousClock.Instant) {}
    package var pressure: MailboxPressure { .none }
    package var failure: RedisError? { nil }
    package func readingPaused(_ isPaused: Bool) {}
}
