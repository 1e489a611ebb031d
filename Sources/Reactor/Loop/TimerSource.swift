internal import CLibevent
import Glibc

/// A timer of the loop, on the monotonic clock. It belongs to the loop's thread.
@safe package struct TimerSource: ~Copyable {
    private let event: OpaquePointer
    private let callback: LoopCallback
    private let loop: EventLoop

    /// Creates a timer that is not running. `body` runs on the loop's thread.
    package init(on loop: EventLoop, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        loop.preconditionCurrent()
        let callback = LoopCallback(body)
        guard let event = unsafe event_new(loop.base, -1, 0, { unsafe loopCallbackEntry($0, $1, $2) }, callback.context)
        else { throw .last("event_new") }
        unsafe self.event = event
        self.callback = callback
        self.loop = loop
    }

    deinit {
        loop.preconditionCurrent()
        unsafe event_free(event)
    }

    /// Fires once after `duration`, in place of an earlier schedule.
    package func schedule(after duration: Duration) {
        let (seconds, attoseconds) = max(duration, .zero).components
        // libevent rounds down to whole microseconds; a timer must not fire early.
        var time = timeval(
            tv_sec: Int(min(seconds, 1_000_000_000)),
            tv_usec: Int((attoseconds + 999_999_999_999) / 1_000_000_000_000)
        )
        if time.tv_usec >= 1_000_000 {
            time.tv_sec += 1
            time.tv_usec = 0
        }
        unsafe event_add(event, &time)
    }

    /// Does not fire any more.
    package func cancel() { unsafe event_del(event) }
}
