internal import Synchronization

extension Mailbox {
    /// Suspends until an event, the end, a `wakeReaders` or a cancellation comes, or the deadline passes. Returns at
    /// once when there is something already. `arrivals` is the count of arrivals when the reader looked through the
    /// whole queue: then only events that came later end the wait.
    package func wait(until deadline: ContinuousClock.Instant?, on loop: RedisEventLoop, since arrivals: Int? = nil)
        async
    {
        let id = state.withLock { $0.waiters.newID() }
        let timer = deadline.map { deadline in
            ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) { self.wake(id) }
        }
        // Memory is not freed on the loop, because others wait for the loop.
        let memoryTrimTimer = memoryTrimTime.map { due in
            ScheduledCall(after: max(.zero, ContinuousClock.now.duration(to: due)), on: loop) {
                Task.detached(priority: .background) { self.returnMemory() }
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { register(Waiter(.task($0)), id: id, since: arrivals) }
        } onCancel: {
            wake(id)
        }
        timer?.cancel()
        memoryTrimTimer?.cancel()
    }

    /// Blocks the thread until an event, the end or a `wakeReaders` comes, or the deadline passes. Also returns at once
    /// when `mayWait` returns `false`. Whoever changes that result has to call `wakeReaders` afterwards.
    package func waitBlocking(
        until deadline: ContinuousClock.Instant?,
        since arrivals: Int? = nil,
        mayWait: () -> Bool = { true }
    ) {
        let parker = Parker()
        let id = state.withLock { $0.waiters.newID() }
        register(Waiter(.thread(parker)), id: id, since: arrivals)
        // `mayWait` is called after the registration, so that no wake in between is lost.
        if mayWait() {
            var isAwake = false
            if let due = memoryTrimTime, deadline.map({ due < $0 }) ?? true {
                isAwake = parker.park(until: due)
                if !isAwake { returnMemory() }
            }
            if !isAwake { parker.park(until: deadline) }
        }
        _ = state.withLock { $0.waiters.remove(id) }
    }

    /// Wakes every waiting reader, so that it checks its own conditions again.
    package func wakeReaders() {
        for waiter in state.withLock({ $0.waiters.takeAll() }) { waiter.wake() }
    }

    /// Suspends until the readers have taken everything, or until the deadline. Returns whether they have.
    package func waitUntilDrained(until deadline: ContinuousClock.Instant, on loop: RedisEventLoop) async -> Bool {
        isDraining.store(true, ordering: .relaxed)
        while !isEmpty && ContinuousClock.now < deadline && !Task.isCancelled {
            let id = state.withLock { $0.drainWaiters.newID() }
            let timer = ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) {
                self.wakeDrain(id)
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let waiter = Waiter(.task(continuation))
                    let mustWait = current.withLock { current in
                        state.withLock { state in
                            guard !(current?.isSpent != false && state.backlog.isEmpty) else {
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

    /// Notes that a reader has taken the last event of a segment, or an event of the front.
    func noteProgress(_ state: inout State, _ aftermath: inout Aftermath) {
        guard isDraining.load(ordering: .relaxed), state.backlog.isEmpty else { return }
        aftermath.woken += state.drainWaiters.takeAll()
    }

    private func register(_ waiter: Waiter, id: UInt64, since arrivals: Int?) {
        // This needs both locks, because another reader may have taken a segment over and left the rest of it.
        let mustWait = current.withLock { current in
            state.withLock { state in
                let isIdle =
                    arrivals.map { $0 == state.arrivals } ?? (current?.isSpent != false && state.backlog.isEmpty)
                guard isIdle, !state.isFinished else {
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

// The memory of a burst is given back to the system once nothing has waited for a while, so that bursts in a row do not
// have to ask the system for it page by page.
extension Mailbox {
    /// It counts as a burst when more bytes than this have waited.
    static var burst: Int { 16 << 20 }
    private static var memoryTrimDelay: Duration { .seconds(1) }

    /// When memory is to be given back; `nil` when there is none to give back.
    package var memoryTrimTime: ContinuousClock.Instant? {
        state.withLock { $0.burstEndedAt?.instant.advanced(by: Self.memoryTrimDelay) }
    }

    /// Gives memory back, unless another thread has done so or another burst has begun. It may take milliseconds.
    func returnMemory() {
        let isDue = state.withLock { state in
            state.burstEndedAt.take() != nil && state.backlog.isEmpty
        }
        if isDue { ThisProcess.returnFreeMemory() }
    }
}
