/// Decides when a token is asked for. Pure: the times are given.
package struct TokenSchedule: Sendable {
    /// The longest pause after a failure.
    package static let longestPause = Duration.seconds(60)
    /// The longest wait for a renewal, a century: no clock that waits overflows by it.
    private static let longestDelay = Duration.seconds(36_525 * 86_400)

    private let policy: RedisTokenPolicy
    private var failures = 0
    private var pause: Duration

    package init(_ policy: RedisTokenPolicy) {
        self.policy = policy
        pause = policy.retryDelay
    }

    /// A token came. Returns after how long it is renewed; `nil` is never.
    ///
    /// It is the earlier of two moments: the ratio's part of its life is over, or the lower bound is left of it.
    package mutating func received(_ token: RedisAccessToken, at now: RedisTimestamp) -> Duration? {
        failures = 0
        pause = policy.retryDelay
        guard let expiry = token.expiresAt else { return nil }
        let rest = token.receivedAt.duration(to: expiry) * (1 - policy.expirationRefreshRatio)
        let left = now.duration(to: expiry)
        let delay = min(left - policy.lowerRefreshBound, left - rest, Self.longestDelay)
        // A token that is due when it comes must not make for a request after the other.
        return delay >= .milliseconds(1) ? delay : policy.retryDelay
    }

    /// A request failed. Returns after how long it is repeated, and whether listeners are to hear of it.
    package mutating func failed() -> (after: Duration, isTold: Bool) {
        failures += 1
        guard failures > policy.retries else { return (policy.retryDelay, false) }
        pause = min(pause * 2, max(Self.longestPause, policy.retryDelay))
        return (pause, true)
    }
}
