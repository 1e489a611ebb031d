/// Channels and patterns of a cluster on two nodes at once, each of which may fail without a loss: a layer above two links, which the
/// cluster takes for one.
final class MirrorLinks: PubSubBackend {
    let channelLinks: [Session<PubSubDriver>]
    let loop: RedisEventLoop
    private let held: Locked<MirrorFront>
    /// What the cluster hears of both.
    private let delegate: ClusterLinkDelegate

    /// How long a link that could not be opened at first is left alone, while the other serves.
    private static let pause = Duration.seconds(1)

    init(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        _ topology: ClusterTopology,
        _ context: SharedContext,
        _ reference: WeakCluster
    ) {
        let front = Locked(MirrorFront(context.get(), window: cluster.mirrorWindow))
        let discoveries = [topology.discovery(ofAny: cluster.nodes), topology.discovery(ofAny: cluster.nodes)]
        discoveries[0].avoid([discoveries[1]])
        discoveries[1].avoid([discoveries[0]])
        channelLinks = zip(MirrorSide.allCases, discoveries).map { side, discovery in
            // Handlers, callers and dedicated subscriptions are the front's.
            let context = PubSubContext(
                handlers: HandlerTable(),
                subscribedNames: SubscribedNames(),
                sink: MirrorSink(front.withLock { $0 }, side)
            )
            let delegate = ClusterLinkDelegate(.channels, isReplacement: false, cluster: reference) {
                error,
                hasServed in
                front.withLock { $0 }.links?.gaveUp(side, error, hasServed: hasServed)
            }
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
        held = front
        self.front.links = self
    }

    /// Must be used on the loop.
    private var front: MirrorFront { held.withLock { $0 } }

    private subscript(side: MirrorSide) -> Session<PubSubDriver> { channelLinks[Int(side.rawValue)] }

    // MARK: Requests

    func handle(_ request: PubSubRequest) {
        switch request {
        case .subscribe(let kind, let names, let handlers, let promise):
            if front.subscribe(kind, names, handlers, promise) { subscribeBoth(kind, names) }
        case .subscribeDedicated(let kind, let names, let mailbox, let promise):
            front.subscribeDedicated(kind, names, mailbox, promise)
            subscribeBoth(kind, names)
        case .unsubscribe(let kind, let names, let promise):
            unsubscribeBoth(kind, front.unsubscribe(kind, names, promise))
        case .removeDedicated(let mailbox, let promise):
            guard let dedicated = front.context.dedicatedSubscriptions[mailbox] else {
                return promise.complete(.success([]))
            }
            unsubscribeBoth(dedicated.kind, front.remove(dedicated, promise))
        case .settle(let promise): promise.complete(.success(()))
        case .requireHandlers(let promise): promise.complete(front.context.requireHandlers(states))
        case .ping, .adjustReading, .cut, .suspend, .resume, .abandon:
            for link in channelLinks { link.handle(request) }
        case .close:
            for link in channelLinks { link.handle(request) }
            front.closed()
        }
    }

    private func subscribeBoth(_ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        for side in MirrorSide.allCases { subscribe(side, kind, names) }
    }

    private func subscribe(_ side: MirrorSide, _ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        front.hasEnded[side] = false
        // What becomes of each name its link tells as an event.
        self[side].handle(.subscribe(kind, names, nil, Promise()))
    }

    private func unsubscribeBoth(_ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        guard !names.isEmpty else { return }
        for side in MirrorSide.allCases {
            let answer = Promise<[PubSub.SubscriptionResult]> { [loop, held] result in
                // Later: the link is amid its work.
                loop.execute { held.withLock { $0 }.unsubscribed(kind, names, side, result) }
            }
            self[side].handle(.unsubscribe(kind, names, answer))
        }
    }

    // MARK: Questions

    var states: [PubSub.SubscriptionState] { front.states }

    var dedicatedMailboxes: [Mailbox<PubSubControl>] { front.context.dedicatedMailboxes }

    /// Whether each of the two nodes may fail now without a loss.
    var isFull: Bool { front.machine.isFull }

    // MARK: The end

    func close(discarding: Bool) async {
        await onLoop { $0.handle(.close(discarding: discarding)) }
        for link in channelLinks { await link.close() }
    }

    /// A link will not come back by itself.
    private func gaveUp(_ side: MirrorSide, _ error: RedisError, hasServed: Bool) {
        // Later: the link is amid its work.
        loop.execute { self.ended(side, error, hasServed: hasServed) }
    }

    private func ended(_ side: MirrorSide, _ error: RedisError, hasServed: Bool) {
        let isTooSlow = front.context.sink.pressure == .failed
        let isLast = front.gaveUp(side, error)
        if hasServed && (isLast || isTooSlow) { return delegate.gaveUp(error, hasServed: true) }
        guard !isLast, !hasServed else { return }
        _ = ScheduledCall(after: Self.pause, on: loop) { [weak self] in self?.subscribeAgain(side) }
    }

    private func subscribeAgain(_ side: MirrorSide) {
        guard front.hasEnded[side], !front.hasEnded[side.other] else { return }
        for (kind, names) in front.wanted() where !names.isEmpty { subscribe(side, kind, names) }
    }

    // MARK: For the front

    /// Sends a PING on one link, and tells the front of the answer.
    func ask(_ side: MirrorSide, _ question: MirrorMachine<PubSub.Message>.Question) {
        let answer = Promise<Void> { [loop, held] result in
            if case .failure(let error) = result, error.serverMessage == nil { return }
            loop.execute { held.withLock { $0 }.answered(question) }
        }
        // Later: the link is amid its work.
        self[side].enqueue(.ping(nil, answer))
    }

    /// Lets the front look at what is due.
    func call(after pause: Duration) {
        _ = ScheduledCall(after: max(pause, .milliseconds(10)), on: loop) { [weak self] in self?.front.timerFired() }
    }
}

extension PubSub {
    /// Whether channels and patterns are on two nodes of a cluster, each of which may fail now without a loss
    /// (`RedisClusterConfiguration.mirrorsChannels`).
    public func isMirrored() async -> Bool {
        guard let links = (engine as? PubSubCluster)?.channels as? MirrorLinks else { return false }
        return await links.onLoop { _ in links.isFull }
    }
}
