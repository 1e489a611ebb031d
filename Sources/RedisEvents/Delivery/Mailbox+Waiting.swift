internal import Synchronization

extension Mailbox {
    /// Suspends until an event, an end, a `wakeReaders` or a cancellation came, or the deadline passed. Returns at once when
    /// there is something already or when `mayWait` says no; it is asked under the mailbox's lock, so that no wake between
    /// the question and the wait is lost.
    package func wait(until deadline: ContinuousClock.Instant?, on loop: RedisEventLoop, mayWait: () -> Bool = { true })
        async
    {
        let id = state.withLock { $0.waiters.newID() }
        let timer = deadline.map { deadline in
            ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) { self.wake(id) }
        }
        // Not on the loop, which others wait for.
        let memoryTrimDelay = memoryIsDue.map { due in
            ScheduledCall(after: max(.zero, ContinuousClock.now.duration(to: due)), on: loop) {
                Task.detached(priority: .background) { self.returnMemory() }
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                register(Waiter(.task(continuation)), id: id, mayWait)
            }
        } onCancel: {
            wake(id)
        }
        timer?.cancel()
        memoryTrimDelay?.cancel()
    }

    /// Blocks the thread likewise.
    package func waitBlocking(until deadline: ContinuousClock.Instant?, mayWait: () -> Bool = { true }) {
        let parker = Parker()
        let id = state.withLock { $0.waiters.newID() }
        register(Waiter(.thread(parker)), id: id, mayWait)
        var isAwake = false
        if let due = memoryIsDue, deadline.map({ due < $0 }) ?? true {
            isAwake = parker.park(until: due)
            if !isAwake { returnMemory() }
        }
        if !isAwake { parker.park(until: deadline) }
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
                    let mustWait = current.withLock { cursor in
                        state.withLock { state in
                            guard !(cursor?.recycle != false && state.backlog.isEmpty) else {
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

    /// Those who wait for the readers to take everything, when nothing is left; to be woken after the unlock.
    func takeDrainWaiters(_ state: inout State) -> [Waiter] {
        isDraining.load(ordering: .relaxed) && state.backlog.isEmpty ? state.drainWaiters.takeAll() : []
    }

    private func register(_ waiter: Waiter, id: UInt64, _ mayWait: () -> Bool) {
        // Both locks: another reader may have taken a segment over and left the rest of it.
        let mustWait = current.withLock { cursor in
            state.withLock { state in
                guard cursor?.recycle != false, state.backlog.isEmpty, !state.isFinished, mayWait() else {
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
