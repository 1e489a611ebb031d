internal import CRedisLibevent
import RedisPOSIX

/// A timer of the loop, on the monotonic clock. It belongs to the loop's thread.
@safe package struct TimerSource: ~Copyable {
    private let event: OpaquePointer
    private let callback: LoopCallback
    private let schedule: Schedule
    private let loop: RedisEventLoop

    /// When the timer is to fire. libevent uses a coarse clock, some milliseconds behind, to save a system call in each
    /// turn, and so fires early. A timer that fired early is set again for the rest.
    @safe private final class Schedule: Sendable {
        // Only used on the loop's thread.
        nonisolated(unsafe) var deadline: ContinuousClock.Instant?
        nonisolated(unsafe) var event: OpaquePointer?

        func start(after duration: Duration) {
            let (seconds, attoseconds) = max(duration, .zero).components
            // Rounded up to whole microseconds, so that rounding does not make the timer fire early.
            let microseconds = Int((attoseconds + 999_999_999_999) / 1_000_000_000_000)
            var time = timeval(
                tv_sec: Int(min(seconds, 1_000_000_000)) + microseconds / 1_000_000,
                tv_usec: microseconds % 1_000_000
            )
            unsafe event_add(event, &time)
        }

        /// Starts the timer again if it has fired early. Returns whether the deadline has passed.
        func checkDeadline() -> Bool {
            guard let deadline = unsafe deadline else { return false }
            let rest = ContinuousClock.now.duration(to: deadline)
            if rest > .zero { start(after: rest) }
            return rest <= .zero
        }
    }

    /// Creates a timer that is not running. `body` runs on the loop's thread.
    package init(on loop: RedisEventLoop, _ body: @escaping @Sendable () -> Void) throws(RedisSystemError) {
        let schedule = Schedule()
        let callback = LoopCallback { if schedule.checkDeadline() { body() } }
        let event = unsafe try loop.makeEvent(-1, 0, callback)
        unsafe schedule.event = event
        unsafe self.event = event
        self.schedule = schedule
        self.callback = callback
        self.loop = loop
    }

    deinit {
        loop.preconditionCurrent()
        unsafe event_free(event)
    }

    /// Fires once after `duration`, instead of an earlier schedule.
    package func schedule(after duration: Duration) {
        unsafe schedule.deadline = .now.advanced(by: duration)
        schedule.start(after: duration)
    }

    /// Cancels the schedule.
    package func cancel() { unsafe event_del(event) }
}
