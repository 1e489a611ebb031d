/// What is kept from round to round, so that a Sentinel that has missed a failover, and is the only one to be reached for a
/// while, does not lead back to the primary of before.
package struct SentinelMemory: Sendable {
    private struct Known {
        var primary: RedisEndpoint
        var epoch: UInt64
        /// Only rounds that began after that many know as much.
        var round: Int
    }

    /// A link that is lost does not insist for ever on what nobody says any more.
    private static let patience = 3

    private var known: Known?
    private var rounds = 0
    private var contradictions = 0

    package init() {}

    package var primary: RedisEndpoint? { known?.primary }

    /// A round begins; returns its number.
    package mutating func roundBegan() -> Int {
        rounds += 1
        return rounds
    }

    /// Returns which primary to go by after that round: the one of its verdict if that is newer than what is known, or if most
    /// Sentinels say so later than that was learned (they may have been set up anew, and count from the beginning again); else
    /// the one that is known. When the link is lost (`isLost`) that is believed three rounds longer, no more.
    package mutating func primary(by verdict: SentinelVerdict, ofRound round: Int, isLost: Bool) -> RedisEndpoint {
        guard let known else { return remember(verdict) }
        if verdict.epoch > known.epoch || verdict.isByMajority && round > known.round { return remember(verdict) }
        if verdict.primary == known.primary {
            contradictions = 0
            return known.primary
        }
        if isLost { contradictions += 1 }
        return contradictions >= Self.patience ? remember(verdict) : known.primary
    }

    private mutating func remember(_ verdict: SentinelVerdict) -> RedisEndpoint {
        known = Known(primary: verdict.primary, epoch: verdict.epoch, round: rounds)
        contradictions = 0
        return verdict.primary
    }
}
