/// Where a subscription's events go. Called on the loop, in order; it must not block.
package protocol PubSubSink: AnyObject {
    /// A message; `handler` is the number of the handler that takes it, 0 for none.
    func message(_ view: borrowing MessageView, handler: UInt32)

    /// Anything else.
    func event(_ event: PubSubEvent)

    /// No message for that handler comes after this.
    func release(_ handler: UInt32)

    /// The events of one turn are complete; `isDrained` tells that the socket had no more.
    func turnEnded(isDrained: Bool)

    /// No event will come any more; with the error that ended the stream, if it was one.
    func ended(_ error: RedisError?)
}

/// Puts the events into a mailbox: one lock and at most one wake for a whole read.
final class MailboxSink: PubSubSink {
    private let mailbox: Mailbox<PubSubControl>
    private var segment = Segment<PubSubControl>()

    init(_ mailbox: Mailbox<PubSubControl>) { self.mailbox = mailbox }

    func message(_ view: borrowing MessageView, handler: UInt32) { segment.append(view, handler: handler) }

    func event(_ event: PubSubEvent) { segment.append(.event(event)) }

    func release(_ handler: UInt32) { segment.append(.release([handler])) }

    func turnEnded(isDrained: Bool) { mailbox.commit(&segment) }

    func ended(_ error: RedisError?) {
        mailbox.commit(&segment)
        mailbox.finish(throwing: error)
    }
}
