/// The gaps of the readers of one `PubSub` link. Each of these begins here: with a lost link (`linkLost`), with names
/// that the server takes away (`namesRevoked`), with names that come from another link (`takeOver`), and with messages
/// that were left out (`addEndedLoss`).
///
/// As a filter it puts the record of an open gap before the first message that comes after the loss.
final class GapFilter {
    private var tracker = GapTracker()
    private let router: MessageRouter
    private let losses: LossCounters
    private let clusterDelegate: ClusterLinkDelegate?
    private let active: ActiveFilters
    /// The dedicated subscriptions that had something to lose when the gap began. Kept until the whole gap is reported.
    private var affected: [ObjectIdentifier: DedicatedSubscription] = [:]
    private var lostAt: Moment?
    /// The time of the read that brought the last message.
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

    /// The link is lost, together with these names. Its last bytes came at `lastReceived`.
    func linkLost(_ cause: RedisDisconnect, lastReceived: Moment, at now: Moment, _ names: [RedisGap.Name]) {
        lostAt = now
        beginGap(loss(cause, lastReceived, names), affecting: clusterDelegate == nil ? nil : tracker.names + names)
    }

    /// The server has taken names away.
    func namesRevoked(_ names: [RedisGap.Name], by server: RedisEndpoint, at now: Moment) {
        let text =
            clusterDelegate == nil ? "the server revoked a subscription" : "the server let go of a slot, or of its part"
        var cause = RedisDisconnect(clusterDelegate == nil ? .refused : .relocated, text)
        cause.node = server
        losses.namesRevoked()
        beginGap(loss(cause, now, names), affecting: names)
    }

    /// Takes over names that another link has lost, with their loss.
    func takeOver(_ loss: GapTracker.Loss) { beginGap(loss, affecting: loss.names) }

    /// Adds a loss that is over: messages of these names may have been left out between `since` and now. The loss
    /// becomes part of the gap that is open; if there is none, it is reported at once.
    func addEndedLoss(_ cause: RedisDisconnect, since: Moment, _ names: [RedisGap.Name]) {
        let loss = GapTracker.Loss(cause: cause, lastReceived: since, lastEvent: lastEvent, names: names)
        if isOpen { return beginGap(loss, affecting: names) }
        var closed = GapTracker()
        closed.linkLost(loss)
        affect(names)
        tell(closed.allRestored(at: .now()))
        router.endTurn(isDrained: true)
    }

    private func beginGap(_ loss: GapTracker.Loss, affecting names: [RedisGap.Name]?) {
        tracker.linkLost(loss)
        active.set(.gap, true)
        affect(names)
    }

    private func loss(_ cause: RedisDisconnect, _ lastReceived: Moment, _ names: [RedisGap.Name]) -> GapTracker.Loss {
        var lastReceived = lastReceived
        // Another node had the slots for a while before this node or the topology said so.
        if let clusterDelegate, cause.reason == .relocated, let right = clusterDelegate.lastKnownRight,
            right.monotonic < lastReceived.monotonic
        {
            lastReceived = right
        }
        return GapTracker.Loss(cause: cause, lastReceived: lastReceived, lastEvent: lastEvent, names: names)
    }

    /// From now on, dedicated subscriptions with some of these names may miss messages; without names, all may.
    private func affect(_ names: [RedisGap.Name]?) {
        for subscription in router.subscriptions(to: names) where subscription.isLive {
            affected[ObjectIdentifier(subscription)] = subscription
        }
    }

    // MARK: Meanwhile

    /// Notes that the next link is ready.
    func linkReady(_ endpoint: RedisEndpoint, at now: Moment) {
        if tracker.trustedUntil != nil { tracker.trustedUntil = now }
        guard let lostAt = lostAt.take() else { return }
        broadcast(.link(.restored(after: lostAt.monotonic.duration(to: now.monotonic), at: endpoint)))
    }

    /// Notes that the link goes to another server than the lost link.
    func serverChanged() { tracker.serverChanged() }

    /// Notes that the server was the right one at that moment.
    func trust(until moment: Moment) { tracker.trust(until: moment) }

    func explain(_ explanation: (RedisDisconnect) -> RedisDisconnect) { tracker.explain(explanation) }

    /// Returns the gaps to report before the current message and the messages of its names behind it.
    func willDeliver(_ run: borrowing MessageRun, at now: Moment) -> [RedisGap] {
        // Where slots move one by one, most messages do not belong to the names of the gap.
        if clusterDelegate != nil, run.view.kind == .smessage,
            !tracker.touches(RedisGap.Name(kind: .shardChannel, name: RedisBytes(copying: run.view.channel)))
        {
            return []
        }
        // One record before the messages is enough until more is lost.
        active.set(.gap, false)
        return tracker.willDeliver(at: now)
    }

    /// Releases names that leave the link. Names that were not missed yet are missed from now on, because the server
    /// says only now that another node has them. Returns the part of the loss that belongs to these names.
    func release(_ names: [RedisGap.Name], by server: RedisEndpoint, at now: Moment) -> GapTracker.Loss? {
        let others = names.filter { !tracker.touches($0) }
        if !others.isEmpty { namesRevoked(others, by: server, at: now) }
        defer { if !isOpen { close() } }
        return tracker.release(names)
    }

    // MARK: The end

    /// Ends the gap: everything was restored at that moment, and at most `missed` publishes were missed.
    func end(at moment: Moment, missed: Int?) { tell(tracker.allRestored(at: moment, missed: missed)) }

    /// Ends the stream.
    func streamEnded() {
        for gap in tracker.ended(at: .now()) { broadcast(.gap(gap)) }
        active.set(.gap, false)
    }

    private func close() {
        affected = [:]
        active.set(.gap, false)
    }

    // MARK: Telling

    /// Reports gaps to every stream that missed something.
    func tell(_ gaps: [RedisGap]) {
        for gap in gaps { broadcast(.gap(gap)) }
        if gaps.contains(where: \.isComplete) { close() }
    }

    /// Puts an event of the link into every stream that had something to lose. In a cluster, the event of one link
    /// concerns only streams that have some of its names.
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
