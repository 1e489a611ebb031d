/// Puts the events of a link into a mailbox, with one copy of their bytes, one lock and at most one wake for each read.
/// Must be used on the loop.
///
/// How each kind of stream lays out its events in a segment is defined beside the sink protocol of that stream.
final class MailboxSink<Control: MailboxControl>: SegmentSink {
    let mailbox: Mailbox<Control>
    /// The events that came since the last turn ended.
    var segment = Segment<Control>()
    private var readAt: PackedInstant?
    /// The names that were unsubscribed and whose messages may be queued. `nil` when there were too many to remember.
    private var unsubscribedNames: Set<RedisGap.Name>? = []

    private static var mostUnsubscribedNames: Int { 1 << 16 }

    init(_ mailbox: Mailbox<Control>) { self.mailbox = mailbox }

    /// Lends the segment, so that it is filled in a local variable: each access to a property of a class is checked at
    /// run time. `takeBack` must follow.
    func lendSegment() -> Segment<Control> {
        let lent = exchange(&segment, with: Segment())
        return lent.isEmpty && !lent.hasRoom ? mailbox.emptySegment() : lent
    }

    func takeBack(_ segment: Segment<Control>) { self.segment = segment }

    /// How many bytes of pushes of unknown kinds there is room for.
    var roomForPushes: Int { mailbox.limit.pushBytes - segment.pushCost }

    /// Notes that bytes came at that time. Their events follow.
    func readBegan(at now: ContinuousClock.Instant) { readAt = PackedInstant(now) }

    /// Takes events that were collected elsewhere.
    func take(_ segment: inout Segment<Control>) {
        mailbox.commit(&self.segment)
        mailbox.commit(&segment)
    }

    func turnEnded(isDrained: Bool) {
        mailbox.commit(&segment, at: readAt)
        // Events outside of a read have no time yet.
        readAt = nil
    }

    /// Ends the stream, with the error if there is one.
    func ended(_ error: RedisError?) {
        mailbox.commit(&segment)
        mailbox.finish(throwing: error)
    }

    var pressure: MailboxPressure { mailbox.pressure }

    /// Why no more events can be taken; `nil` while they can.
    var failure: RedisError? { mailbox.pressure == .failed ? .consumerTooSlow(mailbox.limit) : nil }

    func readingPaused(_ isPaused: Bool) { mailbox.notePause(isPaused) }

    /// A refused subscription is retried, and the readers need not know.
    func refusedForNow(_ error: RedisError) {}
}

// MARK: - PubSub

extension MailboxSink: PubSubSink where Control == PubSubControl {
    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        if segment.isEmpty && !segment.hasRoom { segment = mailbox.emptySegment() }
        segment.append(view, handler: handler)
    }

    func lend() -> Segment<PubSubControl>? { lendSegment() }

    func event(_ event: PubSub.Event) {
        switch event {
        case .unsubscribed(let change): noteUnsubscribed(RedisGap.Name(kind: change.kind, name: change.name))
        case .refused(let refusal): noteUnsubscribed(RedisGap.Name(kind: refusal.kind, name: refusal.name))
        default: break
        }
        segment.append(.event(event))
    }

    private func noteUnsubscribed(_ name: RedisGap.Name) {
        unsubscribedNames?.insert(name)
        if let count = unsubscribedNames?.count, count > Self.mostUnsubscribedNames { unsubscribedNames = nil }
    }

    func release(_ handler: UInt32) { segment.append(.release([handler])) }

    func rebind(_ assignment: HandlerAssignment) {
        if segment.isEmpty, mailbox.isEmpty {
            unsubscribedNames = []
            return
        }
        // This searches the whole queue, so it is not done for every new name.
        var assignment = assignment
        if let unsubscribedNames { assignment.removeNewNames { unsubscribedNames.contains($0) } }
        if assignment.isEmpty { return }
        mailbox.rebind(assignment)
        segment.rebind(assignment)
    }
}

// MARK: - The other streams

extension MailboxSink: MonitorSink where Control == Monitor.Event {
    func line(_ line: RawSpan, node: NodeNumber) {
        // A line has its own time.
        segment.append(line, at: RedisTimestamp(microseconds: 0), node: node)
    }

    func lines(_ run: inout LineRun) {
        var segment = lendSegment()
        while run.next() { segment.append(run) }
        if run.count > 0 { segment.appendBytes(run) }
        takeBack(segment)
    }

    func event(_ event: Monitor.Event) { segment.append(event) }
}

extension MailboxSink: KeyspaceSink where Control == KeyspaceEvents.Event {
    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        segment.append(name, key: key, database: database, at: time, node: node)
    }

    func event(_ event: KeyspaceEvents.Event) { segment.append(event) }
}

extension MailboxSink: InvalidationSink where Control == Invalidations.Event {
    func keys(_ list: RawSpan) { segment.append(keys: list) }

    func event(_ event: Invalidations.Event) { segment.append(event) }
}
