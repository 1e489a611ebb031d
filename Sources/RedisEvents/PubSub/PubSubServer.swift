/// The engine of a `PubSub` that has one link.
final class PubSubServer: PubSubBackend {
    let classic: Session<PubSubDriver>

    var loop: RedisEventLoop { classic.loop }

    init(
        _ configuration: RedisConfiguration,
        _ context: sending PubSubContext,
        discovery: (any ServerDiscovery)?,
        loop: RedisEventLoop
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
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ handlers: RequestedHandlers,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        onLoop { $0.subscribe(kind, names, handlers, answer) }
    }

    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        onLoop { $0.unsubscribe(kind, names, answer) }
    }

    func subscribe(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        into mailbox: Mailbox<PubSubControl>,
        _ answer: Promise<[PubSub.SubscriptionResult]>
    ) {
        onLoop { $0.subscribe(kind, names, into: mailbox, answer) }
    }

    func removeDedicated(of mailbox: Mailbox<PubSubControl>, _ answer: Promise<[PubSub.SubscriptionResult]>) {
        onLoop { $0.removeDedicated(of: mailbox, answer) }
    }

    func ping(_ message: RedisBytes?, _ answer: Promise<Void>) { onLoop { $0.ping(message, answer) } }

    func settle(_ answer: Promise<Void>) { onLoop { _ in answer.complete(.success(())) } }

    func requireHandlers(_ answer: Promise<Void>) {
        onLoop { session in answer.complete(Result { () throws(RedisError) in try session.requireHandlers() }) }
    }

    func states() async -> [PubSub.SubscriptionState] { await classic.states }

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
