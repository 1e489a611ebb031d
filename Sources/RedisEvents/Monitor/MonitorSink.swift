/// Where a monitor's lines go. Called on the loop, in order; it must not block.
package protocol MonitorSink: AnyObject {
    /// A line of the server that `node` stands for, without the line end.
    func line(_ line: RawSpan, node: NodeNumber)

    /// Anything else.
    func event(_ event: MonitorEvent)

    /// The events of one turn are complete; `isDrained` tells that the socket had no more.
    func turnEnded(isDrained: Bool)

    /// No event will come any more; with the error that ended the stream, if it was one.
    func ended(_ error: RedisError?)

    /// Why no more can be taken, when that is so.
    var failure: RedisError? { get }
}

extension MonitorSink {
    package var failure: RedisError? { nil }
}

/// Puts the lines into a mailbox: one copy a line, one lock and at most one wake a read. The reader parses them.
final class MonitorMailboxSink: MonitorSink {
    private let mailbox: Mailbox<MonitorEvent>
    private var segment = Segment<MonitorEvent>()

    init(_ mailbox: Mailbox<MonitorEvent>) { self.mailbox = mailbox }

    func line(_ line: RawSpan, node: NodeNumber) {
        // A line tells its own time.
        let time = Timestamp(microseconds: 0)
        segment.append(
            kind: 0,
            handler: 0,
            pattern: RawSpan(),
            channel: RawSpan(),
            payload: line,
            time: time,
            node: node
        )
    }

    func event(_ event: MonitorEvent) { segment.append(event) }

    func turnEnded(isDrained: Bool) { mailbox.commit(&segment) }

    var failure: RedisError? { mailbox.pressure == .failed ? .consumerTooSlow(mailbox.limit) : nil }

    func ended(_ error: RedisError?) {
        mailbox.commit(&segment)
        mailbox.finish(throwing: error)
    }
}
