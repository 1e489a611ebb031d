/// Where a subscription's events go. Called on the loop, in order; it must not block.
package protocol PubSubSink: AnyObject {
    /// A message; `handler` is the number of the handler that takes it, 0 for none.
    func message(_ view: borrowing PubSub.MessageView, handler: UInt32)

    /// The messages of a run, for which there is no handler.
    func messages(_ run: inout MessageRun)

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
    package func messages(_ run: inout MessageRun) {
        while run.next() { message(run.view, handler: 0) }
    }

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

/// Puts the events into a mailbox: one lock and at most one wake for a whole read.
final class MailboxSink: PubSubSink {
    private let mailbox: Mailbox<PubSubControl>
    /// What readers of a single node have put aside waits as well.
    private let setAside: SetAside?
    /// Names that have left; messages of theirs may be queued. `nil` when there were too many to note.
    private var left: Set<RedisGap.Name>? = []
    private var segment = Segment<PubSubControl>()
    private var readAt: PackedInstant?

    init(_ mailbox: Mailbox<PubSubControl>, _ setAside: SetAside? = nil) {
        self.mailbox = mailbox
        self.setAside = setAside
    }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        if segment.isEmpty && !segment.hasRoom { segment = mailbox.emptySegment() }
        segment.append(view, handler: handler)
    }

    func messages(_ run: inout MessageRun) {
        // In a local variable: each access to a property of a class is checked.
        var segment = lendNow()
        while run.next() { segment.append(run, handler: 0, from: 0) }
        segment.appendFrames(of: run, 0..<run.byteCount)
        takeBack(segment)
    }

    func lend() -> Segment<PubSubControl>? { lendNow() }

    private func lendNow() -> Segment<PubSubControl> {
        let lent = exchange(&segment, with: Segment())
        return lent.isEmpty && !lent.hasRoom ? mailbox.emptySegment() : lent
    }

    func takeBack(_ segment: Segment<PubSubControl>) { self.segment = segment }

    func event(_ event: PubSub.Event) {
        switch event {
        case .unsubscribed(let change): noteLeft(RedisGap.Name(kind: change.kind, name: change.name))
        case .refused(let refusal): noteLeft(RedisGap.Name(kind: refusal.kind, name: refusal.name))
        default: break
        }
        segment.append(.event(event))
    }

    var roomForPushes: Int { mailbox.limit.pushBytes - segment.pushCost }

    private func noteLeft(_ name: RedisGap.Name) {
        left?.insert(name)
        if let count = left?.count, count > Self.mostLeft { left = nil }
    }

    private static var mostLeft: Int { 1 << 16 }

    func release(_ handler: UInt32) { segment.append(.release([handler])) }

    func rebind(_ assignment: HandlerAssignment) {
        if segment.isEmpty, mailbox.isEmpty, setAside?.isEmpty != false {
            left = []
            return
        }
        // A search of all that is queued, which is not for every name that is new.
        var assignment = assignment
        if let left { assignment.removeNewNames { left.contains($0) } }
        if assignment.isEmpty { return }
        setAside?.rebind(assignment)
        mailbox.rebind(assignment)
        segment.rebind(assignment)
    }

    func readBegan(at now: ContinuousClock.Instant) { readAt = PackedInstant(now) }

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
