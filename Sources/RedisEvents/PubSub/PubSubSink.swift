/// Where a subscription's events go. Called on the loop, in order; it must not block.
package protocol PubSubSink: AnyObject {
    /// A message; `handler` is the number of the handler that takes it, 0 for none.
    func message(_ view: borrowing MessageView, handler: UInt32)

    /// Anything else.
    func event(_ event: PubSubEvent)

    /// No message for that handler comes after this.
    func release(_ handler: UInt32)

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
    package func readBegan(at now: ContinuousClock.Instant) {}
    package var pressure: MailboxPressure { .none }
    package var failure: RedisError? { nil }
    package func readingPaused(_ isPaused: Bool) {}
}

/// Puts the events into a mailbox: one lock and at most one wake for a whole read.
final class MailboxSink: PubSubSink {
    private let mailbox: Mailbox<PubSubControl>
    private var segment = Segment<PubSubControl>()
    private var readAt: ContinuousClock.Instant?

    init(_ mailbox: Mailbox<PubSubControl>) { self.mailbox = mailbox }

    func message(_ view: borrowing MessageView, handler: UInt32) { segment.append(view, handler: handler) }

    func event(_ event: PubSubEvent) { segment.append(.event(event)) }

    func release(_ handler: UInt32) { segment.append(.release([handler])) }

    func readBegan(at now: ContinuousClock.Instant) { readAt = now }

    func turnEnded(isDrained: Bool) {
        mailbox.commit(&segment, at: readAt)
        // What comes outside of a read has no time yet.
        readAt = nil
    }

    func ended(_ error: RedisError?) {
        mailbox.commit(&segment)
        mailbox.finish(throwing: error)
    }

    var pressure: MailboxPressure { mailbox.pressure }

    var failure: RedisError? { .consumerTooSlow(mailbox.limit) }

    func readingPaused(_ isPaused: Bool) { mailbox.notePause(isPaused) }
}
