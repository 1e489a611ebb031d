internal import Synchronization

/// The records of a segment that readers work through. Each of them claims the next one with one atomic step, so that
/// several may read, in order and each record once, and none waits for another. What is no message is claimed under the
/// mailbox's lock.
@usableFromInline
final class SharedCursor: Sendable {
    /// The bytes that the records point into.
    @usableFromInline let slab: [UInt8]
    @usableFromInline let records: [Record]
    /// How many records there are.
    @usableFromInline let count: Int
    private let position: Atomic<Int>

    init(_ segment: Segment<some MailboxControl>) {
        slab = segment.slab
        records = segment.records
        count = segment.records.count
        position = Atomic(segment.head)
    }

    /// Claims the next record if it is a message for that handler, or with 0 one for none. `isLast` tells that nothing
    /// is left behind it.
    @inline(__always)
    func claimMessage(for handler: UInt32, mask: UInt32 = .max) -> (record: Record, isLast: Bool)? {
        let index = claimIndex(for: handler, mask: mask)
        return index < 0 ? nil : (records[index], index &+ 1 == count)
    }

    /// Claims the next record likewise, and returns its index, or -1. `mask` says which bits of the handler's number
    /// count: none where the records name no handlers.
    @inline(__always)
    func claimIndex(for handler: UInt32, mask: UInt32) -> Int {
        var index = position.load(ordering: .relaxed)
        while index < count {
            guard records[index].handler & mask == handler, records[index].kind < Record.drop else { return -1 }
            let (isMine, now) = position.weakCompareExchange(expected: index, desired: index &+ 1, ordering: .relaxed)
            if isMine { return index }
            index = now
        }
        return -1
    }

    /// Claims all the messages for no handler that come next.
    func claimMessages(mask: UInt32) -> Range<Int>? {
        while case let start = position.load(ordering: .relaxed), start < records.count {
            var end = start
            while end < records.count, case let record = records[end], record.handler & mask == 0,
                record.kind < Record.drop
            { end += 1 }
            if end == start { return nil }
            if position.compareExchange(expected: start, desired: end, ordering: .relaxed).exchanged {
                return start..<end
            }
        }
        return nil
    }

    /// The number of the handler that the next record is for.
    var nextHandler: UInt32 { peek()?.record.handler ?? 0 }

    /// Claims the next record if it is a control event.
    func claimControl() -> Record? {
        guard let (index, record) = peek(), record.kind == Record.control else { return nil }
        return claim(index) ? record : nil
    }

    /// Claims the drop markers that come next, as one drop; `nil` if there is none.
    func claimDropMarkers() -> RedisDrop? {
        var drop: RedisDrop?
        while let (index, record) = peek(), record.kind == Record.drop {
            if claim(index) { drop = (drop ?? .nothing) + record.dropped }
        }
        return drop
    }

    private func peek() -> (index: Int, record: Record)? {
        let index = position.load(ordering: .relaxed)
        return index < records.count ? (index, records[index]) : nil
    }

    private func claim(_ index: Int) -> Bool {
        position.compareExchange(expected: index, desired: index + 1, ordering: .relaxed).exchanged
    }

    /// Whether nobody can claim any more of it.
    var isSpent: Bool { position.load(ordering: .relaxed) >= records.count }

    /// The index of the first record that nobody has claimed.
    var next: Int { min(position.load(ordering: .relaxed), records.count) }

    /// Returns the index of the first record that nobody has claimed; nobody can claim it any more.
    func takeRest() -> Int { min(position.exchange(.max / 2, ordering: .relaxed), records.count) }
}

/// A segment that readers work through: what they claim, and the control events among it.
struct SharedSegment<Control: MailboxControl>: Sendable {
    let cursor: SharedCursor
    let segment: Segment<Control>

    init(_ segment: Segment<Control>) {
        self.segment = segment
        cursor = SharedCursor(segment)
    }

    var isSpent: Bool { cursor.isSpent }

    /// Nobody gets any more of it. Returns what that leaves undelivered.
    func discard() -> RedisDrop { segment.discarded(from: cursor.takeRest()) }

    /// What nobody has claimed yet, as a segment. Nobody can claim any more of this one.
    func takeRest() -> Segment<Control> {
        var rest = segment
        rest.skip(to: cursor.takeRest())
        return rest
    }

    /// The same events with other handlers; itself when the assignment is about others.
    func rebound(_ assignment: HandlerAssignment) -> SharedSegment {
        guard segment.isTouched(by: assignment, from: cursor.next) else { return self }
        var rest = takeRest()
        rest.rebind(assignment)
        return SharedSegment(rest)
    }

    /// The events that nobody has claimed, and what they count towards the limit in bytes.
    var left: (count: Int, cost: Int) {
        segment.records.dropFirst(cursor.next).lazy.filter { $0.kind != Record.drop }
            .reduce(into: (count: 0, cost: 0)) { sum, record in
                sum.count += 1
                sum.cost += record.cost
            }
    }
}
