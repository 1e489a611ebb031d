/// Decides when PING is sent over a silent link, and when the link counts as lost. A plain value: the caller passes the
/// times.
///
/// A link whose server has disappeared or stopped looks like a link on which nothing happens. Only a PING that gets no
/// reply distinguishes them: TCP's own keepalive takes longer and does not notice a stopped process.
package struct Heartbeat: Sendable {
    package enum Action: Equatable, Sendable {
        /// Call `decide` again after this time.
        case wait(Duration)
        /// Send PING, then call `decide` again after this time.
        case ask(thenWait: Duration)
        case lost
    }

    private let interval: Duration
    private let timeout: Duration
    private var sentAt: ContinuousClock.Instant?

    package init(interval: Duration, timeout: Duration) {
        self.interval = interval
        self.timeout = timeout
    }

    /// Decides what to do next. `canSend` is `false` while a reply could not come, because a blocking command is in
    /// front of it.
    package mutating func decide(
        at now: ContinuousClock.Instant,
        lastReceived: ContinuousClock.Instant,
        canSend: Bool
    ) -> Action {
        if let sent = sentAt, lastReceived <= sent {
            let left = timeout - sent.duration(to: now)
            return left > .zero ? .wait(left) : .lost
        }
        sentAt = nil
        let silence = lastReceived.duration(to: now)
        guard silence >= interval else { return .wait(interval - silence) }
        guard canSend else { return .wait(interval) }
        sentAt = now
        return .ask(thenWait: min(timeout, interval))
    }
}
