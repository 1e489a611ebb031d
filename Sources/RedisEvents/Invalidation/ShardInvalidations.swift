/// Which shards of a cluster report changes.
final class TrackedShards: Sendable {
    /// The inputs of the shards whose link is lost.
    private let lost = Locked<Set<Int>>([])

    func markLost(_ input: Int) { _ = lost.withLock { $0.insert(input) } }

    /// Notes that a shard reports changes again, or is not part of the cluster any more. Returns whether all others do,
    /// and this one did not before.
    func markTracked(_ input: Int) -> Bool { lost.withLock { $0.remove(input) != nil && $0.isEmpty } }
}

/// Takes the invalidations of one shard on their way to the merged stream. There, `.trackingResumed` means that all
/// shards report changes: a cache that filled itself while one shard does not would keep what changes there.
final class ShardInvalidations: InvalidationSink {
    private let input: Int
    private let shards: TrackedShards
    private let next: MergeInput<Invalidations.Event>

    init(_ input: Int, _ shards: TrackedShards, _ next: MergeInput<Invalidations.Event>) {
        self.input = input
        self.shards = shards
        self.next = next
    }

    func keys(_ list: RawSpan) { next.keys(list) }

    func event(_ event: Invalidations.Event) {
        switch event {
        case .flushAll(.linkLost): shards.markLost(input)
        case .flushAll(.trackingResumed): if !shards.markTracked(input) { return }
        default: break
        }
        next.event(event)
    }

    var roomForPushes: Int { next.roomForPushes }

    func take(_ segment: inout Segment<Invalidations.Event>) { next.take(&segment) }

    func turnEnded(isDrained: Bool) { next.turnEnded(isDrained: isDrained) }

    func ended(_ error: RedisError?) {
        if shards.markTracked(input) { next.event(.flushAll(.trackingResumed)) }
        next.ended(error)
    }

    func refusedForNow(_ error: RedisError) { next.refusedForNow(error) }

    var failure: RedisError? { next.failure }
}
