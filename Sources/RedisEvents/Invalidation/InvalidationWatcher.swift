/// The watch of one server for an `Invalidations`: a link on which the server reports changed keys.
final class InvalidationWatcher: ShardWatcher {
    private let session: Session<TrackingDriver>

    /// `discovery` finds the server; by default it is at the configuration's endpoint. `lease` is told when the link
    /// was heard.
    init(
        _ configuration: RedisConfiguration,
        prefixes: [RedisBytes],
        discovery: (any ServerDiscovery)? = nil,
        loop: RedisEventLoop,
        lease: TrackingLease?,
        sink: sending any InvalidationSink
    ) {
        let driver = TrackingDriver(
            endpoint: configuration.endpoint,
            prefixes: prefixes,
            lease: lease,
            sink: sink
        )
        session = Session(configuration: configuration, loop: loop, discovery: discovery, driver: driver)
    }

    var loop: RedisEventLoop { session.loop }

    func start(_ promise: Promise<Void>) {
        loop.execute { [session] in session.assumeIsolated { $0.startTracking(promise) } }
    }

    func expect(_ cause: RedisDisconnect, since: Moment) {
        session.assumeIsolated { session in
            session.perform { driver, _ in driver.expect(cause, since: since) }
            session.start()
        }
    }

    /// A server that leaves its shard ends the link, and everything becomes invalid then.
    func verified(_ server: RedisEndpoint, at moment: Moment) {}

    func retire(_ error: RedisError) { session.assumeIsolated { $0.hold(.relocation, error) } }

    func close() async { await session.trackingClosed() }

    func closeNow() {
        loop.execute { [session] in session.assumeIsolated { $0.trackingClosedNow() } }
    }

    func cut() async { await session.cut() }

    func hold(_ error: RedisError) async { await session.hold(.suspension, error) }

    func holdNow(_ error: RedisError) { session.assumeIsolated { $0.hold(.suspension, error) } }

    func release() async { await session.release(.suspension) }
}

extension Session<TrackingDriver> {
    fileprivate func startTracking(_ promise: Promise<Void>) {
        guard !isClosed else { return promise.complete(.failure(.closed)) }
        perform { driver, _ in driver.started(promise) }
        start()
    }

    fileprivate func trackingClosed() async {
        trackingClosedNow()
        await close()
    }

    fileprivate func trackingClosedNow() {
        closeNow()
        perform { driver, _ in driver.closed() }
    }
}
