/// The delays between attempts. They double up to a maximum, and each is jittered to between half and all of its
/// length, so that many clients of one server do not come back at the same time.
package struct Backoff: Sendable {
    private let policy: RedisReconnectPolicy
    private var next: Duration
    /// Whether nothing has failed since the last good link.
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

    /// Notes that the link was up for `lifetime`. A server that accepts connections and closes them at once does not
    /// count as good.
    package mutating func linkLived(_ lifetime: Duration) {
        guard lifetime >= max(.seconds(1), policy.minimumDelay) else { return }
        next = policy.minimumDelay
        isFresh = true
    }
}

/// The pauses before a link follows its server to another address: none when the last link was good, and otherwise as
/// `Backoff` decides.
package struct RelocationPause: Sendable {
    private var backoff: Backoff

    package init(_ policy: RedisReconnectPolicy) { backoff = Backoff(policy) }

    /// The pause before the next attempt. `random` is uniform in 0..<1.
    package mutating func next(random: Double) -> Duration {
        let isFirst = backoff.isFresh
        let delay = backoff.delay(random: random)
        return isFirst ? .zero : delay
    }

    /// Notes that the link was up for `lifetime`.
    package mutating func linkLived(_ lifetime: Duration) { backoff.linkLived(lifetime) }
}
