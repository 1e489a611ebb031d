/// Channels and patterns of a cluster, subscribed on two nodes at once, so that either node may fail without a loss. To
/// the cluster this layer above two links looks like one link.
final class MirrorLinks: PubSubBackend {
    let channelLinks: [Session<PubSubDriver>]
    let loop: RedisEventLoop
    private let held: Locked<MirroredSubscriptions>
    /// Reports to the cluster for both links.
    private let delegate: ClusterLinkDelegate

    /// How long a link is left alone when its first connect has failed while the other link serves.
    private static let pause = Duration.seconds(1)

    init(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        _ topology: ClusterTopology,
        _ context: SharedContext,
        _ reference: WeakCluster
    ) {
        let subscriptions = Locked(MirroredSubscriptions(context.get(), window: cluster.mirrorWindow))
        let discoveries = [topology.discovery(ofAny: cluster.nodes), topology.discovery(ofAny: cluster.nodes)]
        discoveries[0].avoid([discoveries[1]])
        discoveries[1].avoid([discoveries[0]])
        channelLinks = zip(MirrorSide.allCases, discoveries).map { side, discovery in
            // Handlers, callers and dedicated subscriptions belong to the layer.
            let context = PubSubContext(
                handlers: HandlerTable(),
                subscribedNames: SubscribedNames(),
                sink: MirrorSink(subscriptions.withLock { $0 }, side)
            )
            let layer = ClusterLinkDelegate.Layer(
                gaveUp: { error, hasServed in
                    subscriptions.withLock { $0 }.links?.gaveUp(side, error, hasServed: hasServed)
                },
                leftOut: { names, since in subscriptions.withLock { $0 }.leftOut(names, since: since, side) }
            )
            let delegate = ClusterLinkDelegate(.channels, isReplacement: false, cluster: reference, layer: layer)
            return Session(
                pubSub: configuration,
                context,
                discovery: discovery,
                loop: topology.loop,
                clusterDelegate: delegate
            )
        }
        delegate = ClusterLinkDelegate(.channels, isReplacement: false, cluster: reference)
        loop = topology.loop
        held = subscriptions
        self.subscriptions.links = self
    }

    /// Must be used on the loop.
    private var subscriptions: MirroredSubscriptions { held.withLock { $0 } }

    private subscript(side: MirrorSide) -> Session<PubSubDriver> { channelLinks[Int(side.rawValue)] }

    // MARK: Requests

    func handle(_ request: PubSubRequest) {
        switch request {
        case .subscribe(let kind, let names, let handlers, let promise):
            if subscriptions.subscribe(kind, names, handlers, promise) { subscribeBoth(kind, names) }
        case .subscribeDedicated(let kind, let names, let mailbox, let promise):
            subscriptions.subscribeDedicated(kind, names, mailbox, promise)
            subscribeBoth(kind, names)
        case .unsubscribe(let kind, let names, let promise):
            unsubscribeBoth(kind, subscriptions.unsubscribe(kind, names, promise))
        case .removeDedicated(let mailbox, let promise):
            guard let dedicated = subscriptions.context.dedicatedSubscriptions[mailbox] else {
                return promise.complete(.success([]))
            }
            unsubscribeBoth(dedicated.kind, subscriptions.removeDedicated(dedicated, promise))
        case .settle(let promise): promise.complete(.success(()))
        case .requireHandlers(let promise): promise.complete(subscriptions.context.requireHandlers(states))
        case .ping, .adjustReading, .cut, .suspend, .resume, .abandon:
            for link in channelLinks { link.handle(request) }
        case .close:
            for link in channelLinks { link.handle(request) }
            subscriptions.closed()
        }
    }

    private func subscribeBoth(_ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        for side in MirrorSide.allCases { subscribe(side, kind, names) }
    }

    private func subscribe(_ side: MirrorSide, _ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        // A link that has ended for good stays ended: it would not tell its end again.
        if self[side].assumeIsolated({ $0.isClosed }) { return }
        subscriptions.states[side].hasEnded = false
        // The events of a link report what becomes of each of its names, so nobody waits for this promise.
        self[side].handle(.subscribe(kind, names, nil, Promise()))
    }

    private func unsubscribeBoth(_ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        guard !names.isEmpty else { return }
        for side in MirrorSide.allCases {
            let promise = Promise<[PubSub.SubscriptionResult]> { [loop, held] result in
                // Deferred, because the link is in the middle of its own work.
                loop.execute { held.withLock { $0 }.unsubscribed(kind, names, side, result) }
            }
            self[side].handle(.unsubscribe(kind, names, promise))
        }
    }

    // MARK: Questions

    var states: [PubSub.SubscriptionState] { subscriptions.subscriptionStates }

    var dedicatedMailboxes: [Mailbox<PubSubControl>] { subscriptions.context.dedicatedMailboxes }

    /// Whether either of the two nodes may fail now without a loss.
    var isFull: Bool { subscriptions.machine.isFull }

    // MARK: The end

    func close(discarding: Bool) async {
        await onLoop { $0.handle(.close(discarding: discarding)) }
        for link in channelLinks { await link.close() }
    }

    /// Called when a link will not be opened again.
    private func gaveUp(_ side: MirrorSide, _ error: RedisError, hasServed: Bool) {
        // Deferred, because the link is in the middle of its own work.
        loop.execute { self.ended(side, error, hasServed: hasServed) }
    }

    private func ended(_ side: MirrorSide, _ error: RedisError, hasServed: Bool) {
        let isTooSlow = subscriptions.context.sink.pressure == .failed
        if hasServed { subscriptions.states[side].hasServed = true }
        let isLast = subscriptions.gaveUp(side, error)
        // The last link may be one that never served, while the other had.
        let eitherServed = hasServed || subscriptions.states[side.other].hasServed
        if eitherServed && (isLast || isTooSlow) { return delegate.gaveUp(error, hasServed: true) }
        guard !isLast, !hasServed else { return }
        _ = ScheduledCall(after: Self.pause, on: loop) { [weak self] in self?.subscribeAgain(side) }
    }

    private func subscribeAgain(_ side: MirrorSide) {
        guard subscriptions.states[side].hasEnded, !subscriptions.states[side.other].hasEnded else { return }
        for (kind, names) in subscriptions.wanted() where !names.isEmpty { subscribe(side, kind, names) }
    }

    // MARK: For the layer

    /// Sends a PING on one link, and reports the reply to the layer.
    func ping(_ side: MirrorSide, _ ping: MirrorMachine<PubSub.Message>.Ping) {
        let promise = Promise<Void> { [loop, held] result in
            if case .failure(let error) = result, error.serverMessage == nil { return }
            loop.execute { held.withLock { $0 }.answered(ping) }
        }
        // Deferred, because the link is in the middle of its own work.
        self[side].enqueue(.ping(nil, promise))
    }

    /// Calls `timerFired` after a pause.
    func call(after pause: Duration) {
        _ = ScheduledCall(after: max(pause, .milliseconds(10)), on: loop) { [weak self] in
            self?.subscriptions.timerFired()
        }
    }
}

/// Receives the events of one of the two links.
final class MirrorSink: PubSubSink {
    private let subscriptions: MirroredSubscriptions
    private let side: MirrorSide

    init(_ subscriptions: MirroredSubscriptions, _ side: MirrorSide) {
        self.subscriptions = subscriptions
        self.side = side
    }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) { subscriptions.received(view, side) }
    func event(_ event: PubSub.Event) { subscriptions.received(event, side) }
    var roomForPushes: Int { subscriptions.context.sink.roomForPushes }
    func refusedForNow(_ error: RedisError) { subscriptions.context.sink.refusedForNow(error) }
    func release(_ handler: UInt32) {}
    func readBegan(at now: ContinuousClock.Instant) { subscriptions.readBegan(at: now, side) }
    func turnEnded(isDrained: Bool) { subscriptions.turnEnded(isDrained: isDrained) }
    func ended(_ error: RedisError?) {}
    var pressure: MailboxPressure { subscriptions.context.sink.pressure }
    var failure: RedisError? { subscriptions.context.sink.failure }
    func readingPaused(_ isPaused: Bool) { subscriptions.readingPaused(isPaused, side) }
}

extension PubSub {
    /// Whether channels and patterns are subscribed on two nodes of a cluster, so that either node may fail now without
    /// a loss (`RedisClusterConfiguration.mirrorsChannels`).
    public func isMirrored() async -> Bool {
        guard let links = (backend as? PubSubCluster)?.channels as? MirrorLinks else { return false }
        return await links.onLoop { _ in links.isFull }
    }
}
