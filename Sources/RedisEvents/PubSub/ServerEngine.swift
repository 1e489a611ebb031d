/// The engine of a `PubSub` that has one link.
final class ServerEngine: PubSubEngine {
    let classic: Session<PubSubDriver>

    var loop: EventLoop { classic.loop }

    init(
        _ configuration: RedisConfiguration,
        _ context: sending PubSubContext,
        discovery: (any ServerDiscovery)?,
        loop: EventLoop
    ) {
        let requests = DriverRequests(configuration)
        classic = Session(
            configuration: configuration,
            loop: loop,
            discovery: discovery,
            driver: PubSubDriver(configuration: configuration, context: context, requests: requests)
        )
        requests.session = classic
    }

    func subscribe(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Answer<[SubscriptionResult]>
    ) {
        onLoop { $0.subscribe(kind, names, handlers, answer) }
    }

    func unsubscribe(_ kind: SubscriptionKind, _ names: [RedisBytes], _ answer: Answer<[SubscriptionResult]>) {
        onLoop { $0.unsubscribe(kind, names, answer) }
    }

    func subscribe(
        _ kind: SubscriptionKind,
        _ names: [RedisBytes],
        into mailbox: Mailbox<PubSubControl>,
        _ answer: Answer<[SubscriptionResult]>
    ) {
        onLoop { $0.subscribe(kind, names, into: mailbox, answer) }
    }

    func removeOutlet(of mailbox: Mailbox<PubSubControl>, _ answer: Answer<[SubscriptionResult]>) {
        onLoop { $0.removeOutlet(of: mailbox, answer) }
    }

    func ping(_ message: RedisBytes?, _ answer: Answer<Void>) { onLoop { $0.ping(message, answer) } }

    func settle(_ answer: Answer<Void>) { onLoop { _ in answer.give(.success(())) } }

    func requireHandlers(_ answer: Answer<Void>) {
        onLoop { session in answer.give(Result { () throws(RedisError) in try session.requireHandlers() }) }
    }

    func states() async -> [SubscriptionState] { await classic.states }

    func privateMailboxes() async -> [Mailbox<PubSubControl>] { await classic.privateMailboxes }

    func adjustReading() { onLoop { $0.adjustReading() } }

    func close(discarding: Bool) async { await classic.closed(discarding: discarding) }

    func closeNow(discarding: Bool) { onLoop { $0.closedNow(discarding: discarding) } }

    func abandon() { onLoop { $0.closeNow() } }

    func cut() async { await classic.cut() }

    func suspend() async { await classic.hold(.suspension, .suspension) }

    func resume() async { await classic.release(.suspension) }

    private func onLoop(_ body: @escaping @Sendable (isolated Session<PubSubDriver>) -> Void) {
        classic.loop.execute { [classic] in classic.assumeIsolated { body($0) } }
    }
}
