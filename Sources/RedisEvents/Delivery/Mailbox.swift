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
        /// Events that readers have taken over, whether or not they have got to them.
        var taken = 0
        var pausedAt: ContinuousClock.Instant?
        var isFinished = false
        var error: RedisError?
        var waiters = Waiters()
        /// Those who wait for the readers to take everything.
        var drainWaiters = Waiters()
    }

    let limit: BufferLimit
    let state: Locked<State>
    /// The segment that readers are working through.
    let current = Locked(Segment<Control>())
    let isDraining = Atomic(false)
    private let atomicPressure = Atomic(MailboxPressure.none.rawValue)
    /// Called by a reader, outside of all locks, when a full mailbox has room again.
    private let hasRoomAgain: @Sendable () -> Void

    package init(
        limit: BufferLimit,
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
    package func commit(_ segment: inout Segment<Control>, at time: ContinuousClock.Instant? = nil) {
        guard !segment.isEmpty else { return }
        segment.since = time ?? .now
        let woken = state.withLock { state -> [Waiter] in
            guard !state.isFinished else {
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
        var mayReadOn = false
        defer { if mayReadOn { hasRoomAgain() } }
        return current.withLock { segment in
            if segment.isEmpty, let polled = refill(&segment, &mayReadOn) { return polled }
            let record = segment.removeFirst()
            defer {
                // A spent segment's memory is not kept until the next one comes.
                if segment.isEmpty {
                    segment = Segment()
                    if isDraining.load(ordering: .relaxed) { state.withLock { noteProgress(&$0) } }
                }
            }
            switch record.kind {
            case Record.control: return .item(.control(segment.controls[record.start]))
            case Record.drop: return .item(.control(.dropped(allDrops(from: record, &segment))))
            default: return .item(.record(record, slab: segment.slab))
            }
        }
    }

    /// Takes the next segment over; returns what is to be told instead when there is none. Apart, like the drops below, so
    /// that the way of a message stays short.
    @inline(never)
    private func refill(_ segment: inout Segment<Control>, _ mayReadOn: inout Bool) -> Polled? {
        state.withLock { state in
            if !state.backlog.front.isEmpty {
                defer { if isDraining.load(ordering: .relaxed) { noteProgress(&state) } }
                let control = state.backlog.front.removeFirst()
                if !control.isDrop { state.taken += 1 }
                return .item(.control(control))
            }
            guard let next = state.backlog.takeSegment() else {
                return state.isFinished ? .finished(state.error) : .empty
            }
            state.taken += next.count
            if next.count > 0, let since = next.since {
                state.backlog.statistics.timeInQueue.add(since.duration(to: .now), events: next.count)
            }
            if pressure == .full, state.backlog.isHalfEmpty {
                atomicPressure.store(MailboxPressure.none.rawValue, ordering: .relaxed)
                mayReadOn = true
            }
            segment = next
            return nil
        }
    }

    /// Drops that stand side by side are told as one.
    @inline(never)
    private func allDrops(from mark: Record, _ segment: inout Segment<Control>) -> Drop {
        var drop = mark.dropped
        while segment.startsWithMark { drop += segment.removeFirst().dropped }
        if segment.isEmpty { drop += state.withLock { $0.backlog.takeLeadingDrops() } }
        return drop
    }

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

    /// Discards what is queued, and ends.
    package func close() {
        let woken = current.withLock { segment in
            let left = segment.count
            segment = Segment()
            return state.withLock { state in
                state.taken -= left
                state.isFinished = true
                state.error = nil
                state.backlog.removeAll()
                return state.waiters.takeAll() + state.drainWaiters.takeAll()
            }
        }
        for waiter in woken { waiter.wake() }
    }

    var isEmpty: Bool { current.withLock { segment in segment.isEmpty && state.withLock { $0.backlog.isEmpty } } }
}

extension RedisError {
    static func consumerTooSlow(_ limit: BufferLimit) -> RedisError {
        RedisError(
            .consumerTooSlow,
            "the reader left more waiting than \(limit.events) events or \(limit.bytes) bytes",
            phase: .listen
        )
    }
}
