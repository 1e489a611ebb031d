/// Decides when a silent link is sent a PING, and when it counts as lost. A plain value: the times are given.
///
/// A link whose peer has vanished, or stopped, looks like one on which nothing happens. Only a question that stays
/// unanswered tells them apart; TCP's own keepalive takes longer and knows nothing of a stopped process.
package struct Heartbeat: Sendable {
    package enum Action: Equatable, Sendable {
        /// Look again after that long.
        case wait(Duration)
        /// Send PING, then look again after that long.
        case ask(thenWait: Duration)
        case lost
    }

    private let interval: Duration
    private let timeout: Duration
    private var askedAt: ContinuousClock.Instant?

    package init(interval: Duration, timeout: Duration) {
        self.interval = interval
        self.timeout = timeout
    }

    /// Looks at the link. `canAsk` is no while an answer could not come, because a command that blocks is in front of
    /// it.
    package mutating func look(
        at now: ContinuousClock.Instant,
        lastReceived: ContinuousClock.Instant,
        canAsk: Bool
    ) -> Action {
        if let asked = askedAt, lastReceived <= asked {
            let left = timeout - asked.duration(to: now)
            return left > .zero ? .wait(left) : .lost
        }
        askedAt = nil
        let silence = lastReceived.duration(to: now)
        guard silence >= interval else { return .wait(interval - silence) }
        guard canAsk else { return .wait(interval) }
        askedAt = now
        return .ask(thenWait: min(timeout, interval))
    }
}

/// The heartbeat of one connection, and the timer that it looks by.
struct HeartbeatTimer: ~Copyable {
    private var heartbeat: Heartbeat
    private let timer: TimerSource
    private let interval: Duration

    /// Starts the timer.
    ///
    /// - Parameters:
    ///   - interval: How long a link may be silent before it is sent a PING.
    ///   - timeout: How long the answer may take.
    ///   - loop: The loop of the link.
    ///   - due: Called on the loop when `look` is due.
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

    /// A link that is not read cannot be judged: looks again after an interval.
    func postpone() { timer.schedule(after: interval) }

    /// Looks at the link, and sets the timer for the next look.
    mutating func look(silentSince: ContinuousClock.Instant, canAsk: Bool) -> Heartbeat.Action {
        let action = heartbeat.look(at: .now, lastReceived: silentSince, canAsk: canAsk)
        switch action {
        case .wait(let duration), .ask(let duration): timer.schedule(after: duration)
        case .lost: break
        }
        return action
    }
}
