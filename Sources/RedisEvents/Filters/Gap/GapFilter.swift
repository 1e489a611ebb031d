/// What the readers of a link may miss. Here each gap begins, however it comes about: a lost link (`linkLost`), names that the server
/// takes away (`namesRevoked`), names that come from another link (`takeOver`), messages that were left out (`record`).
///
/// As a filter it puts the record of an open gap in front of the first message that comes after the loss.
final class GapAccount {
    private var tracker = GapTracker()
    private let router: MessageRouter
    private let losses: LossCounters
    private let clusterDelegate: ClusterLinkDelegate?
    private let active: ActiveFilters
    /// The dedicated subscriptions that had something to lose when the gap began, until it is told in full.
    private var affected: [ObjectIdentifier: DedicatedSubscription] = [:]
    private var lostAt: Moment?
    /// The read that brought the last message.
    var lastEvent: Moment?

    init(
        _ router: MessageRouter,
        _ losses: LossCounters,
        _ clusterDelegate: ClusterLinkDelegate?,
        _ active: ActiveFilters
    ) {
        self.router = router
        self.losses = losses
        self.clusterDelegate = clusterDelegate
        self.active = active
    }

    var isOpen: Bool { tracker.isOpen }

    /// The names that the open gap is about.
    var names: [RedisGap.Name] { tracker.names }

    // MARK: The beginning

    /// The link is lost, over which the last bytes came at `lastReceived`, and with it these names.
    func linkLost(_ cause: RedisDisconnect, lastReceived: Moment, at now: Moment, _ names: [RedisGap.Name]) {
        lostAt = now
        begin(loss(cause, lastReceived, names), affecting: clusterDelegate == nil ? nil : tracker.names + names)
    }

    /// The server has taken names away.
    func namesRevoked(_ names: [RedisGap.Name], by server: RedisEndpoint, at now: Moment) {
        let text =
            clusterDelegate == nil ? "the server revoked a subscription" : "the server let go of a slot, or of its part"
        var cause = RedisDisconnect(clusterDelegate == nil ? .refused : .relocated, text)
        cause.node = server
        losses.namesRevoked()
        begin(loss(cause, now, names), affecting: names)
    }

    /// Names have come from another link that lost them.
    func takeOver(_ loss: GapTracker.Loss) { begin(loss, affecting: loss.names) }

    /// Messages of these names may have been left out since then, and none is from now on. What is missed anyway is told of
    /// together.
    func record(_ cause: RedisDisconnect, since: Moment, _ names: [RedisGap.Name]) {
        let loss = GapTracker.Loss(cause: cause, lastReceived: since, lastEvent: lastEvent, names: names)
        if isOpen {
            tracker.linkLost(loss)
            active.set(.gap, true)
            return
        }
        var closed = GapTracker()
        closed.linkLost(loss)
        affect(names)
        tell(closed.allRestored(at: .now()))
        router.endTurn(isDrained: true)
    }

    private func begin(_ loss: GapTracker.Loss, affecting names: [RedisGap.Name]?) {
        tracker.linkLost(loss)
        active.set(.gap, true)
        affect(names)
    }

    private func loss(_ cause: RedisDisconnect, _ lastReceived: Moment, _ names: [RedisGap.Name]) -> GapTracker.Loss {
        var lastReceived = lastReceived
        // Another node had the slots for a while before this one, or the topology, said so.
        if let clusterDelegate, cause.reason == .relocated, let right = clusterDelegate.lastKnownRight,
            right.monotonic < lastReceived.monotonic
        {
            lastReceived = right
        }
        return GapTracker.Loss(cause: cause, lastReceived: lastReceived, lastEvent: lastEvent, names: names)
    }

    /// From here on dedicated subscriptions with some of these names may miss messages; without names all may.
    private func affect(_ names: [RedisGap.Name]?) {
        for subscription in router.subscriptions(to: names) where subscription.isLive {
            affected[ObjectIdentifier(subscription)] = subscription
        }
    }

    // MARK: Meanwhile

    /// The link stands that goes on from the lost one.
    func linkReady(_ endpoint: RedisEndpoint, at now: Moment) {
        if tracker.trustedUntil != nil { tracker.trustedUntil = now }
        guard let lostAt = lostAt.take() else { return }
        broadcast(.link(.restored(after: lostAt.monotonic.duration(to: now.monotonic), at: endpoint)))
    }

    /// The link that stands goes to another server than the one that was lost.
    func serverChanged() { tracker.serverChanged() }

    /// The server was the right one at that moment.
    func trust(until moment: Moment) { tracker.trust(until: moment) }

    func explain(_ explanation: (RedisDisconnect) -> RedisDisconnect) { tracker.explain(explanation) }

    /// A message is about to be delivered, and others of its names behind it. Returns what has to be told before.
    func willDeliver(_ run: borrowing MessageRun, at now: Moment) -> [RedisGap] {
        // Where slots move one by one, most messages are none of those that the gap may hold.
        if clusterDelegate != nil, run.kind == .smessage,
            !tracker.touches(RedisGap.Name(kind: .shardChannel, name: RedisBytes(copying: run.channel)))
        {
            return []
        }
        // One record goes ahead of the messages, until more is lost.
        active.set(.gap, false)
        return tracker.willDeliver(at: now)
    }

    /// Names leave the link. Those that were not missed yet are missed from now on: the server says only now that another node has
    /// them. Returns what is not accounted for of them.
    func release(_ names: [RedisGap.Name], by server: RedisEndpoint, at now: Moment) -> GapTracker.Loss? {
        let others = names.filter { !tracker.touches($0) }
        if !others.isEmpty { namesRevoked(others, by: server, at: now) }
        defer { if !isOpen { close() } }
        return tracker.release(names)
    }

    // MARK: The end

    /// Everything was restored then, and at most `missed` publishes were missed.
    func end(at moment: Moment, missed: Int?) { tell(tracker.allRestored(at: moment, missed: missed)) }

    /// Nothing will come any more.
    func streamEnded() {
        for gap in tracker.ended(at: .now()) { broadcast(.gap(gap)) }
        active.set(.gap, false)
    }

    private func close() {
        affected = [:]
        active.set(.gap, false)
    }

    // MARK: Telling

    /// Puts gaps here, for all who missed something.
    func tell(_ gaps: [RedisGap]) {
        for gap in gaps { broadcast(.gap(gap)) }
        if gaps.contains(where: \.isComplete) { close() }
    }

    /// Tells what concerns the link to all who had something to lose. One link of several concerns who misses some of its names.
    func broadcast(_ event: PubSub.Event) {
        router.sink.event(event)
        if affected.isEmpty { return }
        var concerned = Array(affected.values)
        if clusterDelegate != nil {
            let names = if case .gap(let gap) = event { gap.names } else { tracker.names }
            concerned = router.subscriptions(to: names).filter { affected[ObjectIdentifier($0)] != nil }
        }
        for subscription in concerned { router.put(event, into: subscription) }
    }
}
