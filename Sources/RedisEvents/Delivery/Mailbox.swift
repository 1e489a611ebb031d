internal import Synchronization

/// Between the loop, which must never wait, and the readers, which may be slow: a bounded queue of segments.
///
/// The loop commits the events of a whole read under one lock and wakes readers at most once. Readers take a segment at a
/// time and work through it without touching the loop's lock again. When the limit is passed the oldest events go, and a
/// drop record stands exactly where they stood; link events and gaps are never dropped.
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

    private struct State {
        /// Events that stand before the segments: drop records, and what was kept when its neighbours were dropped.
        var front: [Control] = []
        var segments = Queue<Segment<Control>>()
        var statistics = DeliveryStatistics()
        var isFinished = false
        var error: RedisError?
        var waiters = Waiters()
        /// Those who wait for the readers to take everything.
        var drainWaiters = Waiters()

        var isEmpty: Bool { front.isEmpty && segments.isEmpty }
    }

    private let limit: BufferLimit
    private let state = Locked(State())
    /// The segment that readers are working through.
    private let current = Locked(Segment<Control>())
    private let isDraining = Atomic(false)

    package init(limit: BufferLimit) { self.limit = limit }

    /// Below this a commit is copied into the last segment, so that lone messages do not make a segment each.
    private var smallCommit: Int { 4096 }
    /// A segment that is this large is not appended to.
    private var fullSegment: Int { 64 << 10 }

    /// Puts the events of one read into the queue; `segment` is empty afterwards. For the loop.
    package func commit(_ segment: inout Segment<Control>) {
        guard !segment.isEmpty else { return }
        let woken = state.withLock { state -> [Waiter] in
            guard !state.isFinished else {
                segment = Segment()
                return []
            }
            state.statistics.queuedEvents += segment.count
            state.statistics.queuedBytes += segment.cost
            if segment.cost < smallCommit, state.segments.peekLast({ $0.footprint < fullSegment }) == true {
                state.segments.modifyLast { $0.takeAll(from: &segment) }
            } else {
                state.segments.append(segment)
                segment = Segment()
            }
            enforceLimit(&state)
            state.statistics.highWaterEvents = max(state.statistics.highWaterEvents, state.statistics.queuedEvents)
            state.statistics.highWaterBytes = max(state.statistics.highWaterBytes, state.statistics.queuedBytes)
            return state.waiters.takeAll()
        }
        for waiter in woken { waiter.wake() }
    }

    /// The next event, if one is there. Events are taken in order, each by one caller. For any thread.
    package func poll() -> Polled {
        current.withLock { segment in
            if segment.isEmpty {
                let polled: Polled? = state.withLock { state in
                    if !state.front.isEmpty {
                        defer { if isDraining.load(ordering: .relaxed) { noteProgress(&state) } }
                        return .item(.control(state.front.removeFirst()))
                    }
                    guard let next = state.segments.popFirst() else {
                        return state.isFinished ? .finished(state.error) : .empty
                    }
                    segment = next
                    state.statistics.queuedEvents -= next.count
                    state.statistics.queuedBytes -= next.cost
                    return nil
                }
                if let polled { return polled }
            }
            let record = segment.removeFirst()
            defer {
                // A spent segment's memory is not kept until the next one comes.
                if segment.isEmpty {
                    segment = Segment()
                    if isDraining.load(ordering: .relaxed) { state.withLock { noteProgress(&$0) } }
                }
            }
            guard record.kind == Record.control else { return .item(.record(record, slab: segment.slab)) }
            return .item(.control(segment.controls[record.start]))
        }
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
            segment = Segment()
            return state.withLock { state in discard(&state) }
        }
        for waiter in woken { waiter.wake() }
    }

    private func discard(_ state: inout State) -> [Waiter] {
        state.isFinished = true
        state.error = nil
        state.front = []
        state.segments = Queue()
        state.statistics.queuedEvents = 0
        state.statistics.queuedBytes = 0
        return state.waiters.takeAll() + state.drainWaiters.takeAll()
    }

    /// What passed so far.
    package var statistics: DeliveryStatistics { state.withLock { $0.statistics } }

    private var isEmpty: Bool { current.withLock { segment in segment.isEmpty && state.withLock { $0.isEmpty } } }
}

// MARK: - Waiting

extension Mailbox {
    /// Suspends until an event, an end, a `wakeReaders` or a cancellation came, or the deadline passed. Returns at once when
    /// there is something already or when `mayWait` says no; it is asked under the mailbox's lock, so that no wake between
    /// the question and the wait is lost.
    package func wait(until deadline: ContinuousClock.Instant?, on loop: EventLoop, mayWait: () -> Bool = { true })
        async
    {
        let id = state.withLock { $0.waiters.newID() }
        let timer = deadline.map { deadline in
            ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) { self.wake(id) }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                register(Waiter(.task(continuation)), id: id, mayWait)
            }
        } onCancel: {
            wake(id)
        }
        timer?.cancel()
    }

    /// Blocks the thread likewise.
    package func waitBlocking(until deadline: ContinuousClock.Instant?, mayWait: () -> Bool = { true }) {
        let parker = Parker()
        let id = state.withLock { $0.waiters.newID() }
        register(Waiter(.thread(parker)), id: id, mayWait)
        parker.park(until: deadline)
        _ = state.withLock { $0.waiters.remove(id) }
    }

    /// Wakes every reader that waits, so that it looks at its own conditions again.
    package func wakeReaders() {
        for waiter in state.withLock({ $0.waiters.takeAll() }) { waiter.wake() }
    }

    /// Suspends until the readers have taken everything, or until the deadline. Returns whether they have.
    package func waitUntilDrained(until deadline: ContinuousClock.Instant, on loop: EventLoop) async -> Bool {
        isDraining.store(true, ordering: .relaxed)
        while !isEmpty && ContinuousClock.now < deadline && !Task.isCancelled {
            let id = state.withLock { $0.drainWaiters.newID() }
            let timer = ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) {
                self.wakeDrain(id)
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let waiter = Waiter(.task(continuation))
                    let mustWait = current.withLock { segment in
                        state.withLock { state in
                            guard !(segment.isEmpty && state.isEmpty) else {
                                _ = state.drainWaiters.remove(id)
                                return false
                            }
                            return state.drainWaiters.insert(waiter, id)
                        }
                    }
                    if !mustWait { waiter.wake() }
                }
            } onCancel: {
                wakeDrain(id)
            }
            timer.cancel()
        }
        return isEmpty
    }

    private func wakeDrain(_ id: UInt64) {
        state.withLock { $0.drainWaiters.cancel(id) }?.wake()
    }

    /// A reader has taken the last event of a segment.
    private func noteProgress(_ state: inout State) {
        guard state.isEmpty else { return }
        for waiter in state.drainWaiters.takeAll() { waiter.wake() }
    }

    private func register(_ waiter: Waiter, id: UInt64, _ mayWait: () -> Bool) {
        // Both locks: another reader may have taken a segment over and left the rest of it.
        let mustWait = current.withLock { segment in
            state.withLock { state in
                guard segment.isEmpty, state.isEmpty, !state.isFinished, mayWait() else {
                    _ = state.waiters.remove(id)
                    return false
                }
                return state.waiters.insert(waiter, id)
            }
        }
        if !mustWait { waiter.wake() }
    }

    private func wake(_ id: UInt64) {
        state.withLock { $0.waiters.cancel(id) }?.wake()
    }
}

// MARK: - The limit

extension Mailbox {
    /// The front is told in full up to this length; beyond it, neighbours of a kind are told as one.
    private static var frontLength: Int { 256 }

    private func enforceLimit(_ state: inout State) {
        while state.statistics.queuedEvents > limit.events || state.statistics.queuedBytes > limit.bytes {
            guard !state.segments.isEmpty else { return }
            state.segments.modifyFirst { segment in
                let record = segment.removeFirst()
                state.statistics.queuedEvents -= 1
                state.statistics.queuedBytes -= record.cost
                let control = record.kind == Record.control ? segment.controls[record.start] : nil
                if let control, !control.mayBeDropped {
                    Self.append(control, to: &state.front)
                } else {
                    state.statistics.droppedEvents += 1
                    state.statistics.droppedBytes += record.byteCount
                    Self.append(.dropped(Drop(count: 1, bytes: record.byteCount)), to: &state.front)
                }
            }
            if state.segments.peekFirst({ $0.isEmpty }) == true { _ = state.segments.popFirst() }
        }
    }

    private static func append(_ control: Control, to front: inout [Control]) {
        if let last = front.indices.last, front[last].absorbDrop(control) { return }
        if front.count >= frontLength {
            for index in front.indices.reversed() where front[index].absorb(control) { return }
        }
        front.append(control)
    }
}

extension MailboxControl {
    /// Joins drops that stand side by side.
    fileprivate mutating func absorbDrop(_ later: Self) -> Bool {
        later.isDrop && isDrop && absorb(later)
    }
}
