/// Bounds how many publishes were missed: those that the server counted since everything was known to be received, less
/// those of them that were received. Pure.
///
/// The bound is safe when the counters of the beginning were read before the first message that is counted here, and
/// those of the end after the last, in the order of the server.
package struct LossAccount: Sendable {
    /// Messages since the counters of the beginning. One PUBLISH gives at most one to a channel and one to each
    /// pattern.
    package struct Received: Sendable, Hashable {
        package var channelMessages = 0
        package var patternMessages = 0
        package var shardMessages = 0
        /// The most patterns that were subscribed at a time meanwhile.
        package var patternCount = 0

        package init() {}

        var publishes: Int {
            max(channelMessages, patternCount > 0 ? (patternMessages + patternCount - 1) / patternCount : 0)
        }
    }

    /// Which families are subscribed.
    package struct Families: Sendable, Hashable {
        package var classic: Bool
        package var shard: Bool

        package init(classic: Bool, shard: Bool) {
            self.classic = classic
            self.shard = shard
        }
    }

    package private(set) var beginning: ServerCounters?
    package var received = Received()

    package init() {}

    /// All that was published before `counters` were read is received, or accounted for.
    package mutating func begin(_ counters: ServerCounters?, patternCount: Int) {
        beginning = counters
        received = Received()
        received.patternCount = patternCount
    }

    /// What comes now is of that run of the server: what another one counted is of no use.
    package mutating func goOn(in runID: String) {
        if let beginning, beginning.runID != runID { begin(nil, patternCount: received.patternCount) }
    }

    /// At most that many publishes were missed up to `end`; `nil` when it cannot be known.
    package func missed(until end: ServerCounters?, received: Received, _ families: Families) -> Int? {
        guard families.classic || families.shard, let beginning, let end, beginning.continues(in: end),
            beginning.countsAllPublishes, end.countsAllPublishes
        else { return nil }
        let publishes = end.publishes - beginning.publishes - received.publishes
        let shardPublishes = end.shardPublishes - beginning.shardPublishes - received.shardMessages
        // More came than was counted: somebody publishes by other means, and the counts mean nothing.
        guard publishes >= 0, shardPublishes >= 0 else { return nil }
        return (families.classic ? publishes : 0) + (families.shard ? shardPublishes : 0)
    }
}
