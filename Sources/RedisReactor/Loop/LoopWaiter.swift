/// Lets a task of an actor on the loop sleep until something has happened, or until a timer has fired.
///
/// It belongs to the loop's thread, and only one task waits at a time. The task checks the state of its actor in a loop
/// around `wait`; whoever changes that state calls `wake`. A wake while no task waits is remembered for the next wait.
package final class LoopWaiter {
    private var waiting: CheckedContinuation<Void, Never>?
    private var isWakePending = false
    private var timer: TimerSource?
    /// Whether the timer that was started last has fired.
    package private(set) var timerHasFired = false

    package init() {}

    /// Suspends until something has happened since the last wait.
    package func wait() async {
        await withCheckedContinuation { continuation in
            if isWakePending { continuation.resume() } else { waiting = continuation }
            isWakePending = false
        }
    }

    /// Wakes the task so that it checks the state.
    package func wake() {
        guard let continuation = waiting.take() else {
            isWakePending = true
            return
        }
        continuation.resume()
    }

    /// Starts the timer, in place of an earlier start.
    ///
    /// - Parameters:
    ///   - duration: When it fires.
    ///   - loop: The loop of the actor.
    ///   - fired: Calls `timerFired` on the loop. Of several starts the first one's is kept.
    /// - Throws: The system's error when there is no memory for a timer.
    package func startTimer(
        after duration: Duration,
        on loop: RedisEventLoop,
        fired: @escaping @Sendable () -> Void
    ) throws(RedisSystemError) {
        timerHasFired = false
        if timer == nil { timer = try TimerSource(on: loop, fired) }
        timer?.schedule(after: duration)
    }

    /// Notes that the timer has fired, or could not be started.
    package func timerFired() {
        timerHasFired = true
        wake()
    }

    /// Stops the timer. It can be started again.
    package func stopTimer() { timer?.cancel() }

    /// Frees the timer. A timer is freed on the loop's thread, so the actor calls this before it is released.
    package func removeTimer() { timer = nil }
}
