internal import Logging
internal import Synchronization

/// The life of one link to one server: find the server, connect, serve, lose the connection, wait, connect again.
///
/// A session is an actor on its event loop. Its lifecycle is one task that reads from top to bottom (`Session+Life`).
/// Each connection that the lifecycle opens is a `Connection`. What the link is used for is the driver's.
package actor Session<Driver: LinkDriver> {
    enum Phase {
        case idle
        case running
        /// This side ends the link for good, but the driver is still told the end as a loss.
        case abandoned
        case closed
    }

    package nonisolated let loop: RedisEventLoop
    package nonisolated let configuration: RedisConfiguration
    package let driver: Driver
    let logger: Logger
    let discovery: (any ServerDiscovery)?
    /// Where the link goes, or the last attempt went.
    package internal(set) var endpoint: RedisEndpoint

    var phase = Phase.idle
    /// Lets the attempt that is under way connect, and counts the attempt until its handshake is over.
    var pass: ConnectGate.Pass?
    var connector: Connector?
    private(set) var connection: Connection<Driver>?
    /// The end of the last connection that was ready.
    private(set) var loss: LinkLoss?
    var holds = LinkHolds()
    var credentials = LinkCredentials()
    var credentialsSubscription: RedisCredentialsSubscription?
    let waiter = LoopWaiter()
    private var life: Task<Void, Never>?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// `discovery` finds the server; by default it is where the configuration's Sentinels say, or at its endpoint.
    package init(
        configuration: RedisConfiguration,
        loop: RedisEventLoop,
        discovery: (any ServerDiscovery)? = nil,
        driver: sending Driver
    ) {
        self.configuration = configuration
        self.discovery =
            discovery ?? configuration.sentinel.map { SentinelDiscovery(configuration, $0, loop: loop) }
        endpoint = configuration.endpoint
        self.loop = loop
        self.driver = driver
        var logger = configuration.logger
        logger[metadataKey: "link"] = "\(LinkNumber.next())"
        self.logger = logger
    }

    /// Begins to connect, if nothing is under way.
    package func start() {
        guard phase == .idle else { return }
        phase = .running
        discovery?.attach { [loop] error in loop.execute { self.assumeIsolated { $0.relocate(error) } } }
        life = Task { await self.live() }
    }

    /// Ends the link for good and returns when no socket, timer or task of the link is left.
    package func close() async {
        closeNow()
        await life?.value
    }

    /// Ends the link for good.
    package func closeNow() {
        guard phase != .closed else { return }
        phase = .closed
        tearDown()
        waiter.wake()
    }

    /// Cuts the connection as if the network had; the link comes back by the policy. For tests and demonstrations of
    /// reconnects.
    package func cut(_ error: RedisError = RedisError(.connectionLost, "cut on request")) {
        if let connection, connection.isReady { connection.lose(error) }
    }

    /// Whether the session was ended for good.
    package var isClosed: Bool { phase == .closed }

    /// Gives `body` the driver, and the buffer of what goes out. What it appends is written at the end of the loop's
    /// turn, and is discarded where there is no connection.
    package func perform<Result>(_ body: (Driver, inout WriteBuffer) -> Result) -> Result {
        if let connection { return connection.perform(body) }
        var discarded = WriteBuffer()
        return body(driver, &discarded)
    }

    /// Reads on or stops reading, as the driver wants it. Must be called when the driver's readers have room again.
    package func adjustReading() { connection?.adjustReading() }

    func lifeEnded() {
        life = nil
        waiter.removeTimer()
        pass = nil
        connector = nil
        credentialsSubscription = nil
        credentials.forgetNext()
    }
}

// MARK: - The connection

extension Session {
    /// Takes over a connected socket, and begins its handshake.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - plan: What is wanted of the handshake.
    ///   - began: When the server was first spoken to: the lookup of its name, before that, is not the server's time.
    /// - Returns: The connection, which is not ready yet.
    /// - Throws: `.systemFailure` when there is no memory for the events of the socket.
    func open(
        _ socket: consuming Socket,
        _ plan: HandshakeMachine.Plan,
        connectBegan began: ContinuousClock.Instant
    ) throws(RedisError) -> Connection<Driver> {
        let connection = try Connection(
            socket,
            to: endpoint,
            loop: loop,
            configuration: configuration,
            driver: driver,
            plan: plan,
            owner: Connection.Owner(
                refusal: { [discovery] in discovery?.refusal(of: $0) },
                becameReady: { facts, complaint in
                    var facts = facts
                    facts.answerTime = began.duration(to: .now)
                    self.becameReady(facts, complaint)
                },
                wasLost: { self.wasLost($0, $1) },
                wasStopped: { error in
                    self.closeNow()
                    self.driver.gaveUp(error)
                },
                withConnection: { body in self.assumeIsolated { if let connection = $0.connection { body(connection) } }
                }
            )
        )
        self.connection = connection
        connection.start()
        return connection
    }

    private func becameReady(_ facts: ServerFacts, _ complaintOfPassword: String?) {
        pass.take()?.end()
        logger.debug("link ready", metadata: ["protocol": "\(facts.protocolVersion)"])
        if let complaintOfPassword { passwordIsUnwanted(complaintOfPassword) }
        if let loss { explain(loss, facts) }
        connection?.perform { driver, output in driver.linkIsReady(facts, output: &output) }
        authenticateAgain()
        waiter.wake()
    }

    /// The new connection shows something of the end of the last one.
    private func explain(_ loss: LinkLoss, _ facts: ServerFacts) {
        let explanation = loss.explanation(by: facts, at: endpoint, of: driver)
        driver.lossIsExplained(explanation)
        let cause = explanation(loss.cause)
        logger.log(
            level: configuration.linkLogLevel,
            "link back",
            metadata: [
                "server": "\(endpoint)", "after": "\(loss.at.duration(to: .now).inSeconds)",
                "reason": "\(cause.reason)", "confidence": "\(cause.confidence)", "cause": "\(cause)",
            ]
        )
    }

    /// The connection has ended. The cause is there when it was ready.
    private func wasLost(_ error: RedisError, _ cause: RedisDisconnect?) {
        guard let connection else { return }
        tearDown()
        if let cause {
            logger.log(
                level: configuration.linkLogLevel,
                "link lost",
                metadata: [
                    "server": "\(endpoint)", "reason": "\(cause.reason)", "confidence": "\(cause.confidence)",
                    "cause": "\(cause)",
                ]
            )
            loss = LinkLoss(
                cause: cause,
                at: .now,
                runID: connection.facts?.runID,
                endpoint: endpoint,
                stats: connection.facts?.stats,
                queueSeen: driver.queueSeen
            )
            driver.linkWasLost(cause, lastReceived: connection.activity.lastReceived)
        } else {
            logger.debug("link not opened", metadata: ["reason": "\(error.code)"])
        }
        waiter.wake()
    }

    /// Ends the connection, or the attempt to open one, without a word to the driver.
    func tearDown() {
        connection.take()?.close()
        pass.take()?.end()
        if let connector = connector.take() { Task { await connector.cancel() } }
    }
}

// MARK: - Holds

extension Session {
    /// Gives up the connection, or the attempt to open one, until the last hold is released. When this returns, the
    /// socket is closed. The driver hears of a connection that was ready that it was lost to `error`; that the link
    /// comes back is not a matter of the reconnect policy, which is for connections that are lost against everybody's
    /// will.
    package func hold(_ hold: LinkHold, _ error: RedisError) {
        guard phase != .closed, holds.hold(hold) else { return }
        // What has arrived already is not missed. When the server has to be relieved, there is no end of it.
        if hold != .protection, let connection, connection.isReady { connection.becameReadable() }
        connection?.lose(error)
        tearDown()
        waiter.wake()
    }

    /// Ends a hold. The link is opened again when it was the last.
    package func release(_ hold: LinkHold) {
        if holds.release(hold) { waiter.wake() }
    }

    /// The server has to be looked for anew: gives up the connection, or the attempt to open one, because of `error`,
    /// and begins the next attempt at once; or after a pause that grows, when no connection has lived for a second
    /// since the last time: those who tell where the server is may contradict one another, or mean to have this process
    /// call others.
    package func relocate(_ error: RedisError) {
        holds.relocate()
        hold(.relocation, error)
        release(.relocation)
    }

    /// Gives up the connection because of `error`, and begins the next attempt at once: for what this side wants, which
    /// no server can bring about again and again.
    package func reopen(_ error: RedisError) {
        hold(.renewal, error)
        release(.renewal)
    }

    /// Ends the link for good because of `error`, which the driver gets as the end of everything.
    package func abandon(_ error: RedisError) {
        guard phase == .running, let connection, connection.isReady else { return }
        phase = .abandoned
        connection.lose(error)
    }
}

/// Tells links apart in the log.
private enum LinkNumber {
    private static let counter = Atomic<Int>(0)

    static func next() -> Int { counter.add(1, ordering: .relaxed).newValue }
}
