/// Bounds how many publishes were missed: the publishes that the server counted since everything was known to be
/// received, minus those that were received. Pure.
///
/// The bound is correct if the first counters were read before the first counted message, and the last counters after
/// the last one, in the order of the server.
package struct LossAccount: Sendable {
    /// Messages since the first counters. One PUBLISH causes at most one message for a channel and one for each
    /// pattern.
    package struct Received: Sendable, Hashable {
        package var channelMessages = 0
        package var patternMessages = 0
        package var shardMessages = 0
        /// The most patterns that were subscribed at a time since then.
        package var patternCount = 0

        package init() {}

        var publishes: Int {
            max(channelMessages, patternCount > 0 ? (patternMessages + patternCount - 1) / patternCount : 0)
        }
    }

    /// The families of names that are subscribed.
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

    /// Begins at `counters`: all earlier publishes are received or accounted for.
    package mutating func begin(_ counters: ServerCounters?, patternCount: Int) {
        beginning = counters
        received = Received()
        received.patternCount = patternCount
    }

    /// Notes that the next messages come from this run of a server. The counters of another run are discarded.
    package mutating func goOn(in runID: String) {
        if let beginning, beginning.runID != runID { begin(nil, patternCount: received.patternCount) }
    }

    /// The most publishes that were missed up to `end`; `nil` when that cannot be known.
    package func missed(until end: ServerCounters?, received: Received, _ families: Families) -> Int? {
        guard families.classic || families.shard, let beginning, let end, beginning.continues(in: end),
            beginning.countsAllPublishes, end.countsAllPublishes
        else { return nil }
        let publishes = end.publishes - beginning.publishes - received.publishes
        let shardPublishes = end.shardPublishes - beginning.shardPublishes - received.shardMessages
        // More messages came than were counted: somebody publishes in other ways, and the counters say nothing.
        guard publishes >= 0, shardPublishes >= 0 else { return nil }
        return (families.classic ? publishes : 0) + (families.shard ? shardPublishes : 0)
    }
}
