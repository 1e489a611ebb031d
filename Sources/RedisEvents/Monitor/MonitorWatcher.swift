/// The watch of one server for a `Monitor`: a link, and the guard that looks after it.
final class MonitorWatcher: ShardWatcher {
    private let session: Session<MonitorDriver>
    private let guardian: MonitorGuardian?

    /// `discovery` finds the server; by default it is at the configuration's endpoint.
    init(
        _ configuration: RedisConfiguration,
        guard protection: Monitor.Guard?,
        discovery: (any ServerDiscovery)? = nil,
        loop: RedisEventLoop,
        sink: sending any MonitorSink
    ) {
        let own = configuration.ownLinks ?? OwnLinks()
        var configuration = configuration
        configuration.ownLinks = own
        let guardian = protection.map { MonitorGuardian($0, configuration, loop: loop) }
        let driver = MonitorDriver(endpoint: configuration.endpoint, sink: sink, own: own, guardian: guardian)
        let session = Session(configuration: configuration, loop: loop, discovery: discovery, driver: driver)
        if let guardian { loop.execute { guardian.assumeIsolated { $0.attach(session) } } }
        self.guardian = guardian
        self.session = session
    }

    var loop: RedisEventLoop { session.loop }

    func start(_ answer: Promise<Void>) {
        loop.execute { [session] in session.assumeIsolated { $0.startMonitoring(answer) } }
    }

    func expect(_ cause: RedisDisconnect, since: Moment) {
        session.assumeIsolated { session in
            session.perform { driver, _ in driver.expect(cause, since: since) }
            session.start()
        }
    }

    func verified(_ server: RedisEndpoint, at moment: Moment) {
        session.assumeIsolated { $0.perform { driver, _ in driver.verified(server, at: moment) } }
    }

    func retire(_ error: RedisError) {
        session.assumeIsolated { session in
            session.hold(.relocation, error)
            session.perform { driver, _ in driver.retire() }
        }
    }

    func close() async {
        await session.monitorClosed()
        await guardian?.stop()
    }

    func closeNow() {
        loop.execute { [session] in session.assumeIsolated { $0.monitorClosedNow() } }
    }

    func cut() async { await session.cut() }

    func hold(_ error: RedisError) async { await session.hold(.suspension, error) }

    func holdNow(_ error: RedisError) { session.assumeIsolated { $0.hold(.suspension, error) } }

    func release() async { await session.release(.suspension) }

    func endTurn() {
        loop.execute { [session] in
            session.assumeIsolated { $0.perform { driver, _ in driver.readEnded(isDrained: true) } }
        }
    }
}

extension Session<MonitorDriver> {
    fileprivate func startMonitoring(_ answer: Promise<Void>) {
        guard !isClosed else { return answer.complete(.failure(.closed)) }
        perform { driver, _ in driver.started(answer) }
        start()
    }

    fileprivate func monitorClosed() async {
        monitorClosedNow()
        await close()
    }

    fileprivate func monitorClosedNow() {
        closeNow()
        perform { driver, _ in driver.closed() }
    }
}
