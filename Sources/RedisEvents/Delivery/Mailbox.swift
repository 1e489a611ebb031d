internal import Synchronization

/// Between the loop, which must never wait, and the readers, which may be slow: a bounded queue of segments.
///
/// The loop commits the events of a whole read under one lock and wakes readers at most once. Readers take a segment at a
/// time and work through it without touching the loop's lock again. When the limit is passed the overflow rule says what
/// goes, and a drop record stands exactly where it stood; link events and gaps are never dropped.
package final class Mailbox<Control: MailboxControl>: Sendable {
    /// What a reader finds.
    package enum Item {
        /// An event and the slab that its record points into.
        case record(Record, slab: [UInt8])
        case control(Control)
    }

    package enum Polled {
        case item(Item)
        case empty
        /// Nothing is left and nothing will come; with the error that ended it, if it was one.
        case finished(RedisError?)
    }

    struct State {
        var backlog: Backlog<Control>
        /// Segments that were read, for the loop to fill again: what is given back to the system has to be asked for again, page
        /// by page, with each read.
        var spares: [Segment<Control>] = []
        /// When the last of much that had waited was taken, until its memory is given back.
        var burstEndedAt: PackedInstant?
        /// Events that readers have taken over, whether or not they have got to them.
        var taken = 0
        var pausedAt: ContinuousClock.Instant?
        var isFinished = false
        var error: RedisError?
        var waiters = Waiters()
        /// Those who wait for the readers to take everything.
        var drainWaiters = Waiters()
    }

    let limit: RedisBufferLimit
    let state: Locked<State>
    /// What readers are working through.
    let current = Locked<SharedCursor<Control>?>(nil)
    let isDraining = Atomic(false)
    private let atomicPressure = Atomic(MailboxPressure.none.rawValue)
    /// Called by a reader, outside of all locks, when a full mailbox has room again.
    private let hasRoomAgain: @Sendable () -> Void

    package init(
        limit: RedisBufferLimit,
        rule: OverflowRule = .dropOldest,
        hasRoomAgain: @escaping @Sendable () -> Void = {}
    ) {
        self.limit = limit
        state = Locked(State(backlog: Backlog(limit: limit, rule: rule)))
        self.hasRoomAgain = hasRoomAgain
    }

    /// What the loop should do about the link. For the loop.
    package var pressure: MailboxPressure {
        MailboxPressure(rawValue: atomicPressure.load(ordering: .relaxed)) ?? .none
    }

    /// Puts the events of one read, which came at that time or now, into the queue; `segment` is empty afterwards. For the
    /// loop.
    package func commit(_ segment: inout Segment<Control>, at time: PackedInstant? = nil) {
        guard !segment.isEmpty else { return }
        segment.since = time ?? .now
        let woken = state.withLock { state -> [Waiter] in
            guard !state.isFinished else {
                state.backlog.count(segment.discarded(from: segment.head) + segment.takeUncounted())
                segment = Segment()
                return []
            }
            state.backlog.add(&segment)
            switch state.backlog.rule {
            case .pauseReading where state.backlog.isFull:
                atomicPressure.store(MailboxPressure.full.rawValue, ordering: .relaxed)
            case .fail where state.backlog.hasFailed:
                atomicPressure.store(MailboxPressure.failed.rawValue, ordering: .relaxed)
                state.isFinished = true
                state.error = .consumerTooSlow(limit)
            case .dropOldest, .dropNewest, .latestPerChannel, .pauseReading, .fail:
                break
            }
            return state.waiters.takeAll()
        }
        for waiter in woken { waiter.wake() }
    }

    /// The next event, if one is there. Events are taken in order, each by one caller. For any thread.
    package func poll() -> Polled {
        var cursor: SharedCursor<Control>?
        return poll(&cursor)
    }

    /// The same for a reader that goes on: it keeps what it is working through, and takes most events without a lock.
    @inline(__always)
    func poll(_ cursor: inout SharedCursor<Control>?) -> Polled {
        if let item = claim(&cursor) { return .item(item) }
        return pollNext(&cursor)
    }

    @inline(__always)
    private func claim(_ cursor: inout SharedCursor<Control>?) -> Item? {
        guard let current = cursor, let (record, isLast) = current.claim() else { return nil }
        if isLast {
            cursor = nil
            recycle(current)
        }
        if record.kind < Record.drop { return .record(record, slab: current.segment.slab) }
        return .control(control(record, of: current, wasLast: isLast))
    }

    /// Goes on with the portion that others are working through, or the next segment, or says that there is none.
    @inline(never)
    private func pollNext(_ cursor: inout SharedCursor<Control>?) -> Polled {
        while true {
            var mayReadOn = false
            var drained: [Waiter] = []
            let polled: Polled? = current.withLock { current in
                if let current, !current.recycle {
                    cursor = current
                    return nil
                }
                let polled = refill(&current, &mayReadOn, &drained)
                cursor = current
                return polled
            }
            for waiter in drained { waiter.wake() }
            if mayReadOn { hasRoomAgain() }
            if let polled { return polled }
            // Another reader may be quicker.
            if let item = claim(&cursor) { return .item(item) }
        }
    }

    /// Takes the next segment over; returns what is to be told instead when there is none.
    private func refill(
        _ cursor: inout SharedCursor<Control>?,
        _ mayReadOn: inout Bool,
        _ drained: inout [Waiter]
    ) -> Polled? {
        cursor = nil
        return state.withLock { state in
            if let control = state.backlog.takeFront() {
                if !control.isDrop { state.taken += 1 }
                drained = takeDrainWaiters(&state)
                return .item(.control(control))
            }
            cursor = takeOver(&state, &mayReadOn)
            if cursor != nil { return nil }
            return state.isFinished ? .finished(state.error) : .empty
        }
    }

    private func takeOver(_ state: inout State, _ mayReadOn: inout Bool) -> SharedCursor<Control>? {
        guard let next = state.backlog.takeSegment() else { return nil }
        state.taken += next.count
        if next.count > 0, let since = next.since {
            state.backlog.statistics.timeInQueue.add(since.instant.duration(to: .now), events: next.count)
        }
        if pressure == .full, state.backlog.isHalfEmpty {
            atomicPressure.store(MailboxPressure.none.rawValue, ordering: .relaxed)
            mayReadOn = true
        }
        return SharedCursor(next)
    }

    /// What readers are working through, or the next segment, if that is what comes next.
    func nextPortion() -> SharedCursor<Control>? {
        var mayReadOn = false
        defer { if mayReadOn { hasRoomAgain() } }
        return current.withLock { current in
            if let current, !current.recycle { return current }
            current = state.withLock { $0.backlog.front.isEmpty ? takeOver(&$0, &mayReadOn) : nil }
            return current
        }
    }

    /// The last event of a portion was claimed: its memory is not kept until the next one comes.
    @inline(never)
    func recycle(_ cursor: SharedCursor<Control>) {
        let drained = current.withLock { current in
            if current === cursor { current = nil }
            return state.withLock { state in
                if state.spares.count < Self.spareCount, cursor.segment.footprint <= Self.spareFootprint {
                    state.spares.append(cursor.segment)
                }
                if state.backlog.endBurst(above: Self.burst) { state.burstEndedAt = .now }
                return takeDrainWaiters(&state)
            }
        }
        for waiter in drained { waiter.wake() }
    }

    private static var spareCount: Int { 2 }
    private static var spareFootprint: Int { 512 << 10 }

    /// An empty segment to fill. For the loop.
    package func emptySegment() -> Segment<Control> {
        var segment = state.withLock { $0.spares.popLast() } ?? Segment()
        // What somebody holds on to is not touched: then the memory is new.
        segment.recycle()
        return segment
    }

    @inline(never)
    private func control(_ record: Record, of cursor: SharedCursor<Control>, wasLast: Bool) -> Control {
        if record.kind == Record.control { return cursor.segment.controls[record.start] }
        // Drops that stand side by side are told as one.
        var drop = record.dropped
        drop += cursor.claimMarks()
        // What stands before the next segment is next only when nothing is left in another portion.
        if cursor.recycle, !cursor.isTakenOver {
            if !wasLast { recycle(cursor) }
            let (leading, drained) = state.withLock { state in
                (state.backlog.takeLeadingDrops(), takeDrainWaiters(&state))
            }
            drop += leading
            for waiter in drained { waiter.wake() }
        }
        return .dropped(drop)
    }

    /// Gives queued messages to the handlers of that assignment. It costs as much as what is queued. For the loop.
    package func rebind(_ assignment: HandlerAssignment) {
        current.withLock { current in
            current = current?.rebound(assignment)
            state.withLock { $0.backlog.rebind(assignment) }
        }
    }

    /// Counts events as dropped that a reader took and could give to nobody.
    func noteUndeliverable(_ events: RedisDrop) {
        guard events.count > 0 else { return }
        state.withLock { state in
            state.taken -= events.count
            state.backlog.count(events)
        }
    }

    /// Whether it was closed, or has ended without an error and nothing is left.
    var isClosed: Bool {
        isEmpty && state.withLock { $0.isFinished && $0.error == nil }
    }

    /// The error that ended it, when one did.
    package var failure: RedisError? { state.withLock { $0.error } }

    /// No more events will come. What is queued is still delivered, then `error` or the end.
    package func finish(throwing error: RedisError? = nil) {
        let woken = state.withLock { state -> [Waiter] in
            guard !state.isFinished else { return [] }
            state.isFinished = true
            state.error = error
            return state.waiters.takeAll()
        }
        for waiter in woken { waiter.wake() }
    }

    /// Discards what is queued, which counts as dropped, and ends.
    package func close() {
        let woken = current.withLock { cursor in
            let left = cursor?.discard() ?? .nothing
            cursor = nil
            return state.withLock { state in
                state.taken -= left.count
                state.isFinished = true
                state.error = nil
                state.backlog.count(left)
                state.backlog.removeAll()
                state.spares = []
                return state.waiters.takeAll() + state.drainWaiters.takeAll()
            }
        }
        for waiter in woken { waiter.wake() }
    }

    var isEmpty: Bool { current.withLock { $0?.recycle != false && state.withLock { $0.backlog.isEmpty } } }
}

extension RedisError {
    static func consumerTooSlow(_ limit: RedisBufferLimit) -> RedisError {
        RedisError(
            .consumerTooSlow,
            "the reader left more waiting than \(limit.events) events or \(limit.bytes) bytes",
            phase: .listen
        )
    }
}
