/// Decides when a silent link is asked for a sign of life, and when it counts as lost. Pure: the times are given.
///
/// A link whose peer has vanished, or stopped, looks like one on which nothing happens. Only a question that stays
/// unanswered tells them apart; TCP's own keepalive takes longer and knows nothing of a stopped process.
package struct Heartbeat: Sendable {
    package enum Action: Equatable, Sendable {
        /// Look again after that long.
        case wait(Duration)
        /// Ask, then look again after that long.
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

    /// Looks at the link. `canAsk` is no while an answer could not come, because a command that blocks is in front of it.
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
