/// The delays between attempts: they double up to a maximum, each jittered to between half and all of its length, so
/// that many clients of one server do not come back in step.
package struct Backoff: Sendable {
    private let policy: RedisReconnectPolicy
    private var next: Duration
    /// Whether nothing has failed since the last link that was good.
    package private(set) var isFresh = true

    package init(_ policy: RedisReconnectPolicy) {
        self.policy = policy
        next = policy.minimumDelay
    }

    /// The delay before the next attempt. `random` is uniform in 0..<1.
    package mutating func delay(random: Double) -> Duration {
        isFresh = false
        let full = next
        next = min(next * 2, policy.maximumDelay)
        return full / 2 + full / 2 * random
    }

    /// The link was good for `lifetime`. A server that takes connections and drops them at once does not count as good.
    package mutating func linkLived(_ lifetime: Duration) {
        guard lifetime >= max(.seconds(1), policy.minimumDelay) else { return }
        next = policy.minimumDelay
        isFresh = true
    }
}

/// The pauses before a link follows its server elsewhere: none when the last link was good, and from then on as
/// `Backoff` says.
package struct RelocationPause: Sendable {
    private var backoff: Backoff

    package init(_ policy: RedisReconnectPolicy) { backoff = Backoff(policy) }

    /// The pause before the next attempt. `random` is uniform in 0..<1.
    package mutating func next(random: Double) -> Duration {
        let isFirst = backoff.isFresh
        let delay = backoff.delay(random: random)
        return isFirst ? .zero : delay
    }

    /// The link was good for `lifetime`.
    package mutating func linkLived(_ lifetime: Duration) { backoff.linkLived(lifetime) }
}
