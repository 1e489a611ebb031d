import RedisReactor

/// Ends a run after a time without any printed event.
final class IdleTimer: Sendable {
    private let limit: Duration
    private let loop: RedisEventLoop
    private let onIdle: @Sendable () -> Void
    private let lastEvent = Locked(ContinuousClock.now)
    private let call = Locked<ScheduledCall?>(nil)

    /// `onIdle` is called on the loop, at most once.
    init(_ limit: Duration, on loop: RedisEventLoop, onIdle: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.loop = loop
        self.onIdle = onIdle
    }

    /// Begins to wait: the watch stands.
    func begin() {
        noteEvents()
        wait(limit)
    }

    /// Notes that events have come. It is called for each read, not for each event.
    func noteEvents() {
        let now = ContinuousClock.now
        lastEvent.withLock { $0 = now }
    }

    func cancel() { call.withLock { exchange(&$0, with: nil) }?.cancel() }

    private func wait(_ time: Duration) {
        // A timer that is set anew for each event would cost more than one that asks how long it is ago.
        let next = ScheduledCall(after: time, on: loop) { [weak self] in self?.check() }
        call.withLock { $0 = next }
    }

    private func check() {
        let rest = limit - lastEvent.withLock { $0 }.duration(to: .now)
        if rest > .zero { wait(rest) } else { onIdle() }
    }
}
