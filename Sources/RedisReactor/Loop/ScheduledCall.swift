/// A call that the loop makes later, unless it is cancelled before. Any thread may create and cancel it.
@safe package final class ScheduledCall: Sendable {
    // Only used on the loop's thread.
    private nonisolated(unsafe) var timer: TimerSource?
    private let loop: RedisEventLoop

    /// Calls `body` on the loop's thread after `duration`.
    package init(after duration: Duration, on loop: RedisEventLoop, _ body: @escaping @Sendable () -> Void) {
        self.loop = loop
        loop.execute { self.start(duration, body) }
    }

    /// Cancels the call, unless it is being made right now.
    package func cancel() {
        loop.execute { unsafe self.timer = nil }
    }

    private func start(_ duration: Duration, _ body: @escaping @Sendable () -> Void) {
        do throws(RedisSystemError) {
            let source = try TimerSource(on: loop) {
                unsafe self.timer = nil
                body()
            }
            source.schedule(after: duration)
            unsafe timer = consume source
        } catch {
            // Without memory for a timer the call is made at once.
            body()
        }
    }
}

/// A call that the loop makes at a time that any thread may change. The times are passed outside the lock under which
/// they were decided, and may arrive in another order: the latest decision counts.
package final class DeadlineCall: Sendable {
    private struct State: Sendable {
        var version = 0
        var due: ContinuousClock.Instant?
        var call: ScheduledCall?
    }

    private let state = Locked(State())

    package init() {}

    /// Calls at `due`, instead of at the time that was decided before; `nil` means not at all.
    ///
    /// - Parameters:
    ///   - due: When to call.
    ///   - version: The number of the decision. A lower number than the last one's changes nothing.
    ///   - loop: The loop that calls.
    ///   - body: Called on the loop, at most once for each decided time.
    package func schedule(
        _ due: ContinuousClock.Instant?,
        version: Int,
        on loop: RedisEventLoop,
        _ body: @escaping @Sendable () -> Void
    ) {
        let (isNew, former) = state.withLock { state -> (Bool, ScheduledCall?) in
            guard version > state.version else { return (false, nil) }
            state.version = version
            guard state.due != due else { return (false, nil) }
            state.due = due
            return (true, state.call.take())
        }
        former?.cancel()
        guard isNew, let due else { return }
        let pause = ContinuousClock.now.duration(to: due)
        let call = ScheduledCall(after: pause, on: loop) { [weak self] in
            self?.fired(due)
            body()
        }
        let isWanted = state.withLock { state in
            guard state.due == due, state.call == nil else { return false }
            state.call = call
            return true
        }
        if !isWanted { call.cancel() }
    }

    private func fired(_ due: ContinuousClock.Instant) {
        let call = state.withLock { state -> ScheduledCall? in
            guard state.due == due else { return nil }
            state.due = nil
            return state.call.take()
        }
        // The call is released outside the lock.
        _ = consume call
    }
}
