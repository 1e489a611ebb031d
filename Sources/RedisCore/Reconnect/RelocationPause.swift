/// The pauses before a link follows its server elsewhere: none when the last link was good, and from then on as `Backoff` says.
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
