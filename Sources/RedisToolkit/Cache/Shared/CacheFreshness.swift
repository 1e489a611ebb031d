internal import RedisReactor

/// How old a value of the cache is, and what follows. A plain value: the random number is passed in. Times are in
/// milliseconds.
package struct CacheFreshness: Hashable {
    package enum Verdict: Hashable {
        /// The value is used.
        case fresh
        /// The value is used, and somebody computes it anew: it is about to become stale, or is stale already.
        case due
    }

    /// For how long it is fresh; not positive for a value that is stale, `nil` for one that stays fresh.
    package let freshLeft: Int?
    /// For how long the server keeps it; `nil` for ever.
    package let keptLeft: Int?
    package let computedIn: Int

    /// - Parameters:
    ///   - envelope: What the server has.
    ///   - timeToLive: What the server says of its key, asked before the value: -1 for one that does not expire. The
    ///     key may have been set in between, which makes the value look older than it is, and never younger.
    package init(_ envelope: CacheEnvelope, timeToLive: Int) {
        computedIn = envelope.computedIn
        guard timeToLive != -1 else {
            (freshLeft, keptLeft) = (nil, nil)
            return
        }
        let left = max(timeToLive, 0)
        let age = max(envelope.keptFor - left, 0)
        (freshLeft, keptLeft) = (envelope.freshFor - age, left)
    }

    /// Of a value without an envelope.
    package init(timeToLive: Int) {
        computedIn = 0
        let left = timeToLive == -1 ? nil : max(timeToLive, 0)
        (freshLeft, keptLeft) = (left, left)
    }

    /// For how long before the end of its freshness the value is computed anew: XFetch (Vattani et al., VLDB 2015).
    /// Each process draws another number, so that one of many begins in time and not all at once; the longer it takes
    /// to compute the value, the earlier.
    ///
    /// - Parameters:
    ///   - eagerness: β. 0 means not before the end.
    ///   - random: A number above 0, up to 1.
    /// - Returns: Milliseconds.
    package func lead(eagerness: Double, random: Double) -> Int {
        let lead = -Double(computedIn) * eagerness * naturalLogarithm(of: max(random, .leastNormalMagnitude))
        return Int(min(max(lead, 0), 1e15))
    }

    package func verdict(eagerness: Double, random: Double) -> Verdict {
        guard let freshLeft else { return .fresh }
        return freshLeft <= lead(eagerness: eagerness, random: random) ? .due : .fresh
    }
}
