internal import Synchronization

extension Mailbox {
    /// Suspends until an event, an end, a `wakeReaders` or a cancellation came, or the deadline passed. Returns at once
    /// when there is something already. For a reader that has looked through all that is there, `arrivals` says when it
    /// did: then only what comes later counts.
    package func wait(until deadline: ContinuousClock.Instant?, on loop: RedisEventLoop, since arrivals: Int? = nil)
        async
    {
        let id = state.withLock { $0.waiters.newID() }
        let timer = deadline.map { deadline in
            ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) { self.wake(id) }
        }
        // Not on the loop, which others wait for.
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

    /// Blocks the thread likewise. Returns at once, too, when `mayWait` says no: whoever changes that has to call
    /// `wakeReaders` then.
    package func waitBlocking(
        until deadline: ContinuousClock.Instant?,
        since arrivals: Int? = nil,
        mayWait: () -> Bool = { true }
    ) {
        let parker = Parker()
        let id = state.withLock { $0.waiters.newID() }
        register(Waiter(.thread(parker)), id: id, since: arrivals)
        // Asked behind the registration: a wake in between is not lost.
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

    /// Wakes every reader that waits, so that it looks at its own conditions again.
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

    /// A reader has taken the last event of a segment, or what stood before it.
    func noteProgress(_ state: inout State, _ aftermath: inout Aftermath) {
        guard isDraining.load(ordering: .relaxed), state.backlog.isEmpty else { return }
        aftermath.woken += state.drainWaiters.takeAll()
    }

    private func register(_ waiter: Waiter, id: UInt64, since arrivals: Int?) {
        // Both locks: another reader may have taken a segment over and left the rest of it.
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

// What a burst took goes back to the system once nothing has waited for a while, so that one burst after the other does
// not have to ask for it page by page again.
extension Mailbox {
    /// A burst is when more bytes than this have waited.
    static var burst: Int { 16 << 20 }
    private static var memoryTrimDelay: Duration { .seconds(1) }

    /// When memory is to be given back, if some is.
    var memoryTrimTime: ContinuousClock.Instant? {
        state.withLock { $0.burstEndedAt?.instant.advanced(by: Self.memoryTrimDelay) }
    }

    /// Gives memory back, unless somebody else has, or another burst has begun. It may take milliseconds.
    func returnMemory() {
        let isDue = state.withLock { state in
            state.burstEndedAt.take() != nil && state.backlog.isEmpty
        }
        if isDue { ThisProcess.returnFreeMemory() }
    }
}
