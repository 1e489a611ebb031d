internal import Synchronization

/// A bounded queue of segments between the loop, which must never wait, and the readers, which may be slow.
///
/// The loop commits the events of a whole read under one lock and wakes readers at most once. Readers take one segment
/// at a time and read it without the loop's lock. When the limit is passed, the overflow rule decides what is dropped,
/// and a drop takes the exact place of what was dropped. Link events and gaps are never dropped, unless the rule has
/// made the stream fail.
package final class Mailbox<Control: MailboxControl>: Sendable {
    /// What a reader gets.
    package enum Item {
        /// An event, and the slab that its record points into.
        case record(Record, slab: [UInt8])
        case control(Control)
    }

    package enum Polled {
        case item(Item)
        case empty
        /// Nothing is left and nothing will come. The error has ended the stream, if there is one.
        case finished(RedisError?)
    }

    struct State {
        var backlog: Backlog<Control>
        /// Segments that were read and that the loop fills again. Memory that is given back to the system would have to
        /// be asked for again, page by page, with each read.
        var spares: [Segment<Control>] = []
        /// When the last event of a burst was taken; `nil` when its memory has been given back.
        var burstEndedAt: PackedInstant?
        /// Events that readers have taken over, whether or not they have reached them.
        var taken = 0
        /// How often events came. A reader that looks for certain events waits for this to change.
        var arrivals = 0
        var pausedAt: ContinuousClock.Instant?
        var isFinished = false
        var error: RedisError?
        var waiters = Waiters()
        /// The callers that wait until the readers have taken everything.
        var drainWaiters = Waiters()
    }

    let limit: RedisBufferLimit
    /// Tells an observer what comes; `nil` if there is none.
    let watch: StreamWatch?
    let state: Locked<State>
    /// The segment that readers are reading.
    let current = Locked<SharedSegment<Control>?>(nil)
    let isDraining = Atomic(false)
    private let atomicPressure = Atomic(MailboxPressure.none.rawValue)
    /// Called by a reader, without any lock, when a full mailbox has room again.
    private let resumeReading: @Sendable () -> Void

    package convenience init(
        limit: RedisBufferLimit,
        rule: OverflowRule = .dropOldest,
        resumeReading: @escaping @Sendable () -> Void = {}
    ) {
        self.init(limit: limit, rule: rule, watch: nil, resumeReading: resumeReading)
    }

    init(
        limit: RedisBufferLimit,
        rule: OverflowRule = .dropOldest,
        watch: StreamWatch?,
        resumeReading: @escaping @Sendable () -> Void = {}
    ) {
        self.limit = limit
        self.watch = watch
        state = Locked(State(backlog: Backlog(limit: limit, rule: rule)))
        self.resumeReading = resumeReading
    }

    /// What the loop should do about the link. Must be asked on the loop.
    package var pressure: MailboxPressure {
        MailboxPressure(rawValue: atomicPressure.load(ordering: .relaxed)) ?? .none
    }

    /// Appends the events of one read, which came at `time`, or now. `segment` is empty afterwards. Must be called on
    /// the loop.
    package func commit(_ segment: inout Segment<Control>, at time: PackedInstant? = nil) {
        guard !segment.isEmpty else { return }
        segment.since = time ?? .now
        watch?.committing(segment)
        let woken = state.withLock { state -> [Waiter] in
            guard !state.isFinished else {
                state.backlog.count(segment.discarded(from: segment.head) + segment.takeUncounted())
                segment = Segment()
                return []
            }
            state.backlog.add(&segment)
            state.arrivals += 1
            switch state.backlog.rule {
            case .pauseReading where state.backlog.isFull:
                let pressure = state.backlog.isOverfull ? MailboxPressure.overfull : .full
                atomicPressure.store(pressure.rawValue, ordering: .relaxed)
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
        if let watch { watch.dropped(state.withLock { $0.backlog.statistics }) }
    }

    /// The next event, if there is one. Events are taken in order, each by one caller. Any thread may call.
    package func poll() -> Polled {
        var cursor: SharedCursor?
        return poll(&cursor)
    }

    /// The next event, for a reader that goes on reading: it keeps the segment that it reads, and takes most events
    /// without a lock.
    @inline(__always)
    func poll(_ cursor: inout SharedCursor?) -> Polled {
        if let item = claim(&cursor) { return .item(item) }
        return pollNext(&cursor)
    }

    @inline(__always)
    private func claim(_ cursor: inout SharedCursor?) -> Item? {
        guard let current = cursor, let (record, isLast) = current.claimMessage(for: 0, mask: 0) else { return nil }
        if isLast {
            cursor = nil
            recycle(current)
        }
        return .record(record, slab: current.slab)
    }

    /// Goes on with the segment that others are reading or with the next segment, or returns that there is none.
    @inline(never)
    private func pollNext(_ cursor: inout SharedCursor?) -> Polled {
        while true {
            var aftermath = Aftermath()
            let polled: Polled? = current.withLock { current in
                cursor = nil
                if let shared = current, !shared.isSpent {
                    if let control = takeControl(&current, &aftermath) { return .item(.control(control)) }
                    // The next event is a message, or another reader was quicker.
                    cursor = shared.cursor
                    return nil
                }
                let polled = refill(&current, &aftermath)
                cursor = current?.cursor
                return polled
            }
            settle(aftermath)
            if let polled { return polled }
            if let item = claim(&cursor) { return .item(item) }
        }
    }

    /// Takes at most `most` control events, up to the next message and up to the first one for which `isLast` is true.
    /// Any thread may call.
    package func takeControls(upTo most: Int, through isLast: (Control) -> Bool) -> [Control] {
        var taken: [Control] = []
        var aftermath = Aftermath()
        current.withLock { current in
            while taken.count < most {
                var control: Control?
                if current.map({ !$0.isSpent }) ?? false {
                    control = takeControl(&current, &aftermath)
                } else if let polled = refill(&current, &aftermath) {
                    if case .item(.control(let front)) = polled { control = front }
                } else {
                    continue
                }
                guard let control else { return }
                taken.append(control)
                if isLast(control) { return }
            }
        }
        settle(aftermath)
        return taken
    }

    /// Takes the next event if it is a control event or a drop marker.
    private func takeControl(_ current: inout SharedSegment<Control>?, _ aftermath: inout Aftermath) -> Control? {
        guard let shared = current else { return nil }
        if let record = shared.cursor.claimControl() {
            if shared.isSpent { state.withLock { retire(&current, &$0, &aftermath) } }
            return shared.segment.controls[record.controlIndex]
        }
        // Neighbouring drop markers are reported as one.
        guard var drop = shared.cursor.claimDropMarkers() else { return nil }
        if shared.isSpent {
            state.withLock { state in
                drop += state.backlog.takeLeadingDrops()
                retire(&current, &state, &aftermath)
            }
        }
        return .dropped(drop)
    }

    /// Takes the next segment. Returns what the reader gets instead when there is none.
    private func refill(_ current: inout SharedSegment<Control>?, _ aftermath: inout Aftermath) -> Polled? {
        state.withLock { state in
            retire(&current, &state, &aftermath)
            if let control = state.backlog.takeFront() {
                if !control.isDrop { state.taken += 1 }
                noteProgress(&state, &aftermath)
                return .item(.control(control))
            }
            current = takeOver(&state, &aftermath)
            if current != nil { return nil }
            return state.isFinished ? .finished(state.error) : .empty
        }
    }

    private func takeOver(_ state: inout State, _ aftermath: inout Aftermath) -> SharedSegment<Control>? {
        guard let next = state.backlog.takeSegment() else { return nil }
        state.taken += next.count
        if next.count > 0, let since = next.since {
            state.backlog.statistics.timeInQueue.add(since.instant.duration(to: .now), events: next.count)
        }
        releasePressure(&state, &aftermath)
        return SharedSegment(next)
    }

    func releasePressure(_ state: inout State, _ aftermath: inout Aftermath) {
        guard pressure == .full || pressure == .overfull, state.backlog.isHalfEmpty else { return }
        atomicPressure.store(MailboxPressure.none.rawValue, ordering: .relaxed)
        aftermath.hasRoomAgain = true
    }

    /// The segment that readers are reading, or the next one, if a segment comes next.
    func nextCursor() -> SharedCursor? {
        var aftermath = Aftermath()
        let cursor: SharedCursor? = current.withLock { current in
            if let current, !current.isSpent { return current.cursor }
            state.withLock { state in
                retire(&current, &state, &aftermath)
                if state.backlog.front.isEmpty { current = takeOver(&state, &aftermath) }
            }
            return current?.cursor
        }
        settle(aftermath)
        return cursor
    }

    /// Frees a segment whose last event a reader has claimed, so that its memory is not kept until the next event
    /// comes.
    @inline(never)
    func recycle(_ cursor: SharedCursor) {
        var aftermath = Aftermath()
        current.withLock { current in
            guard current?.cursor === cursor else { return }
            state.withLock { retire(&current, &$0, &aftermath) }
        }
        settle(aftermath)
    }

    /// Ends the segment that readers were reading and of which nothing is left.
    func retire(_ current: inout SharedSegment<Control>?, _ state: inout State, _ aftermath: inout Aftermath) {
        guard let shared = current.take() else { return }
        if state.spares.count < Self.spareCount, shared.segment.footprint <= Self.spareFootprint {
            state.spares.append(shared.segment)
        }
        noteProgress(&state, &aftermath)
        if state.backlog.endBurst(above: Self.burst) { state.burstEndedAt = .now }
    }

    /// What a reader has to do for others once it holds no lock any more.
    struct Aftermath {
        var hasRoomAgain = false
        var woken: [Waiter] = []
    }

    func settle(_ aftermath: Aftermath) {
        for waiter in aftermath.woken { waiter.wake() }
        if aftermath.hasRoomAgain { resumeReading() }
    }

    private static var spareCount: Int { 2 }
    private static var spareFootprint: Int { 512 << 10 }

    /// An empty segment to fill. Must be called on the loop.
    package func emptySegment() -> Segment<Control> {
        var segment = state.withLock { $0.spares.popLast() } ?? Segment()
        // If another object holds a reference to the segment's memory, new memory is used.
        segment.recycle()
        return segment
    }

    /// Gives the queued messages the handlers of that assignment. The cost is proportional to the queue. Must be called
    /// on the loop.
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

    /// Whether nothing more will come.
    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Whether the mailbox was closed, or has ended without an error and is empty.
    var isClosed: Bool {
        isEmpty && state.withLock { $0.isFinished && $0.error == nil }
    }

    /// The error that ended the stream, if there is one.
    package var failure: RedisError? { state.withLock { $0.error } }

    /// Ends the stream. Queued events are still delivered, and after them `error` or the end.
    package func finish(throwing error: RedisError? = nil) {
        let woken = state.withLock { state -> [Waiter] in
            guard !state.isFinished else { return [] }
            state.isFinished = true
            state.error = error
            return state.waiters.takeAll()
        }
        for waiter in woken { waiter.wake() }
        watch?.report(statistics)
    }

    /// Discards queued events, which count as dropped, and ends the stream.
    package func close() {
        let woken = current.withLock { current in
            let left = current.take()?.discard() ?? .nothing
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
        watch?.report(statistics)
    }

    var isEmpty: Bool { current.withLock { $0?.isSpent != false && state.withLock { $0.backlog.isEmpty } } }
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
