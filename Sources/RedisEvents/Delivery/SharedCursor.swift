internal import Synchronization

/// A segment that readers work through. Each of them claims the next event with one atomic step, so that several may read, in
/// order and each event once, and none waits for another.
final class SharedCursor<Control: MailboxControl>: Sendable {
    /// What is claimed of it stays in it until the last reader lets go.
    let segment: Segment<Control>
    private let position: Atomic<Int>

    init(_ segment: Segment<Control>) {
        self.segment = segment
        position = Atomic(segment.head)
    }

    /// Takes the next event. `isLast` tells that nothing is left behind it.
    @inline(__always)
    func claim() -> (record: Record, isLast: Bool)? {
        let index = position.add(1, ordering: .relaxed).oldValue
        guard index < segment.records.count else { return nil }
        return (segment.records[index], index + 1 == segment.records.count)
    }

    /// Takes the next event if it is a message for that handler, or with 0 one for none.
    @inline(__always)
    func claimMessage(for handler: UInt32) -> (record: Record, isLast: Bool)? {
        var index = position.load(ordering: .relaxed)
        while index < segment.records.count {
            let record = segment.records[index]
            guard record.handler == handler, record.kind < Record.drop else { return nil }
            let (isMine, now) = position.weakCompareExchange(expected: index, desired: index + 1, ordering: .relaxed)
            if isMine { return (record, index + 1 == segment.records.count) }
            index = now
        }
        return nil
    }

    /// Takes all the messages for none that come next.
    func claimMessages() -> Range<Int>? {
        while case let start = position.load(ordering: .relaxed), start < segment.records.count {
            var end = start
            while end < segment.records.count, case let record = segment.records[end], record.handler == 0,
                record.kind < Record.drop
            { end += 1 }
            if end == start { return nil }
            if position.compareExchange(expected: start, desired: end, ordering: .relaxed).exchanged {
                return start..<end
            }
        }
        return nil
    }

    /// The number of the handler that the next event is for.
    var nextHandler: UInt32 { peek()?.record.handler ?? 0 }

    /// Takes the marks of drops that stand next.
    func claimMarks() -> RedisDrop {
        var drop = RedisDrop.nothing
        while let record = peek(), record.record.kind == Record.drop {
            guard
                position.compareExchange(expected: record.index, desired: record.index + 1, ordering: .relaxed)
                    .exchanged
            else { continue }
            drop += record.record.dropped
        }
        return drop
    }

    private func peek() -> (index: Int, record: Record)? {
        let index = position.load(ordering: .relaxed)
        return index < segment.records.count ? (index, segment.records[index]) : nil
    }

    /// Whether others go on with what was left of it, or nobody does.
    var isTakenOver: Bool { position.load(ordering: .relaxed) >= .max / 2 }

    var recycle: Bool { position.load(ordering: .relaxed) >= segment.records.count }

    /// Nobody gets any more of it. Returns what that leaves undelivered.
    func discard() -> RedisDrop { segment.discarded(from: takeRest()) }

    /// The same events with other handlers, of which this portion has none any more; itself when the assignment is about
    /// others.
    func rebound(_ assignment: HandlerAssignment) -> SharedCursor {
        guard segment.isTouched(by: assignment, from: position.load(ordering: .relaxed)) else { return self }
        let start = takeRest()
        var rest = segment
        rest.skip(to: min(start, rest.records.count))
        rest.rebind(assignment)
        return SharedCursor(rest)
    }

    /// Returns the index of the first event that nobody has claimed; nobody can claim it any more.
    private func takeRest() -> Int { position.exchange(.max / 2, ordering: .relaxed) }

    /// The events that nobody has claimed, and what they count towards the limit in bytes.
    var left: (count: Int, cost: Int) { left(from: position.load(ordering: .relaxed)) }

    private func left(from index: Int) -> (count: Int, cost: Int) {
        segment.records.dropFirst(index).lazy.filter { $0.kind != Record.drop }
            .reduce(into: (count: 0, cost: 0)) { sum, record in
                sum.count += 1
                sum.cost += record.cost
            }
    }
}
