/// A call that the loop makes later, unless it is cancelled first. For threads other than the loop's.
@safe package final class ScheduledCall: Sendable {
    // Touched by the loop's thread alone.
    private nonisolated(unsafe) var timer: TimerSource?
    private let loop: RedisEventLoop

    /// Calls `body` on the loop's thread after `duration`.
    package init(after duration: Duration, on loop: RedisEventLoop, _ body: @escaping @Sendable () -> Void) {
        self.loop = loop
        loop.execute { self.start(duration, body) }
    }

    /// Does not call any more, unless it is doing so right now.
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
            // Without memory for a timer the wait is over at once.
            body()
        }
    }
}
