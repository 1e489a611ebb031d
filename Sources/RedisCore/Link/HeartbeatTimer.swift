internal import RedisReactor

/// The heartbeat of one connection, with its timer.
struct HeartbeatTimer: ~Copyable {
    private var heartbeat: Heartbeat
    private let timer: TimerSource
    private let interval: Duration

    /// Starts the timer.
    ///
    /// - Parameters:
    ///   - interval: How long a link may be silent before it is sent a PING.
    ///   - timeout: How long the reply may take.
    ///   - loop: The loop of the link.
    ///   - due: Called on the loop when `decide` is due.
    /// - Throws: The system's error when there is no memory for a timer.
    init(
        interval: Duration,
        timeout: Duration,
        on loop: RedisEventLoop,
        due: @escaping @Sendable () -> Void
    ) throws(RedisSystemError) {
        heartbeat = Heartbeat(interval: interval, timeout: timeout)
        timer = try TimerSource(on: loop, due)
        self.interval = interval
        timer.schedule(after: interval)
    }

    /// Waits for another interval, because the silence of a link that is not read says nothing.
    func postpone() { timer.schedule(after: interval) }

    /// Decides what to do next, and sets the timer.
    mutating func decide(silentSince: ContinuousClock.Instant, canSend: Bool) -> Heartbeat.Action {
        let action = heartbeat.decide(at: .now, lastReceived: silentSince, canSend: canSend)
        switch action {
        case .wait(let duration), .ask(let duration): timer.schedule(after: duration)
        case .lost: break
        }
        return action
    }
}
