// A `PubSub` over one server needs only one link, which is its backend.
extension Session: PubSubBackend where Driver == PubSubDriver {
    /// A link for a `PubSub` or for a part of one. The first subscribe opens it.
    init(
        pubSub configuration: RedisConfiguration,
        _ context: sending PubSubContext,
        discovery: (any ServerDiscovery)?,
        loop: RedisEventLoop,
        clusterDelegate: ClusterLinkDelegate? = nil
    ) {
        let requests = DriverRequests(configuration)
        self.init(
            configuration: configuration,
            loop: loop,
            discovery: discovery,
            driver: PubSubDriver(
                configuration: configuration,
                context: context,
                requests: requests,
                clusterDelegate: clusterDelegate
            )
        )
        requests.session = self
    }

    nonisolated var channelLinks: [Session<PubSubDriver>] { [self] }

    nonisolated func handle(_ request: PubSubRequest) {
        assumeIsolated { session in
            if session.isClosed, request.isForServer { return request.fail(.closed) }
            switch request {
            case .subscribe(let kind, let names, let handlers, let promise):
                session.perform { driver, output in driver.subscribe(kind, names, handlers, promise, &output) }
                session.start()
            case .unsubscribe(let kind, let names, let promise):
                session.perform { driver, output in driver.unsubscribe(kind, names, promise, &output) }
            case .subscribeDedicated(let kind, let names, let mailbox, let promise):
                session.perform { driver, output in driver.subscribeDedicated(kind, names, mailbox, promise, &output) }
                session.start()
            case .removeDedicated(let mailbox, let promise):
                session.perform { driver, output in driver.removeDedicated(of: mailbox, promise, &output) }
            case .ping(let message, let promise):
                session.perform { driver, output in driver.ping(message, promise, &output) }
            case .settle(let promise): promise.complete(.success(()))
            case .requireHandlers(let promise):
                promise.complete(session.driver.context.requireHandlers(session.driver.states))
            case .adjustReading: session.adjustReading()
            case .cut: session.cut()
            case .suspend: session.hold(.suspension, .suspension)
            case .resume: session.release(.suspension)
            case .close(let discarding):
                // This also happens after the end of a link that will not be opened again, because it still holds the
                // handlers.
                session.closeNow()
                session.perform { driver, _ in driver.closed(discarding: discarding) }
            case .abandon: session.closeNow()
            }
        }
    }

    nonisolated var states: [PubSub.SubscriptionState] { assumeIsolated { $0.driver.states } }

    nonisolated var dedicatedMailboxes: [Mailbox<PubSubControl>] {
        assumeIsolated { $0.driver.context.dedicatedMailboxes }
    }

    func close(discarding: Bool) async {
        handle(.close(discarding: discarding))
        await close()
    }
}
