internal import Logging
internal import Synchronization

/// The life of one link: locate the server, connect, serve, lose the connection, wait, connect again.
///
/// A session is an actor on its event loop. Its lifecycle is one task that reads from top to bottom (`Session+Life`).
/// Each connection that the lifecycle opens is a `Connection`. The driver decides what the link is used for.
package actor Session<Driver: LinkDriver> {
    enum Phase {
        case idle
        case running
        /// This side has ended the link for good, but the driver still gets the end as a loss.
        case abandoned
        case closed
    }

    package nonisolated let loop: RedisEventLoop
    package nonisolated let configuration: RedisConfiguration
    package let driver: Driver
    let logger: Logger
    package nonisolated let discovery: (any ServerDiscovery)?
    /// The server of the link or of the last attempt.
    package internal(set) var endpoint: RedisEndpoint

    var phase = Phase.idle
    /// Admits the current attempt, and counts it until its handshake is over.
    var pass: ConnectGate.Pass?
    var connector: Connector?
    private(set) var connection: Connection<Driver>?
    /// What the last attempt to open a connection has come to, until `live` takes it.
    var attempt: Result<Connection<Driver>, RedisError>?
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

    /// Cuts the connection as if the network had failed. The link is opened again by the policy. For tests and
    /// demonstrations of reconnects.
    package func cut(_ error: RedisError = RedisError(.connectionLost, "cut on request")) {
        if let connection, connection.isReady { connection.lose(error) }
    }

    /// Whether the session was ended for good.
    package var isClosed: Bool { phase == .closed }

    /// Calls `body` with the driver and the output buffer. The appended commands are written at the end of the loop's
    /// turn, and are discarded if there is no connection.
    package func perform<Result>(_ body: (Driver, inout WriteBuffer) -> Result) -> Result {
        if let connection { return connection.perform(body) }
        var discarded = WriteBuffer()
        return body(driver, &discarded)
    }

    /// Resumes or stops reading, as the driver demands. Must be called when the driver's readers have room again.
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
    ///   - plan: What the link needs from the handshake.
    ///   - began: When the connect began, after the lookup of the server's name.
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

    /// Explains the end of the last connection by the new one.
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

    /// Handles the end of the connection. There is a cause if it was ready.
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

    /// Ends the connection, or the current attempt, without telling the driver.
    func tearDown() {
        connection.take()?.close()
        pass.take()?.end()
        if let connector = connector.take() { Task { await connector.cancel() } }
    }
}

// MARK: - Holds

extension Session {
    /// Closes the connection, or ends the current attempt, until the last hold is released. When this returns, the
    /// socket is closed. The driver gets the loss of a ready connection with `error`. The link is opened again whatever
    /// the reconnect policy says, because that is for unintended losses; but not if it `endsWithConnection`.
    package func hold(_ hold: LinkHold, _ error: RedisError) {
        guard phase != .closed, holds.hold(hold) else { return }
        // Bytes that have arrived already are not missed. They are not read if the server has to be relieved, because
        // more would come.
        if hold != .protection, let connection, connection.isReady { connection.becameReadable() }
        connection?.lose(error)
        tearDown()
        waiter.wake()
    }

    /// Ends a hold. If it was the last one, the link is opened again.
    package func release(_ hold: LinkHold) {
        if holds.release(hold) { waiter.wake() }
    }

    /// Locates the server again: ends the connection, or the current attempt, because of `error`, and begins the next
    /// attempt at once. If no connection was up for a second since the last relocation, a growing pause comes first,
    /// because the servers that are asked may contradict one another or may want this process to connect to others.
    package func relocate(_ error: RedisError) {
        holds.relocate()
        hold(.relocation, error)
        release(.relocation)
    }

    /// Closes the connection because of `error`, and begins the next attempt at once. Only for reasons of this side,
    /// which no server can cause again and again.
    package func reopen(_ error: RedisError) {
        hold(.renewal, error)
        release(.renewal)
    }

    /// Ends the link for good because of `error`. The driver gets it as the end of everything.
    package func abandon(_ error: RedisError) {
        guard phase == .running, let connection, connection.isReady else { return }
        phase = .abandoned
        connection.lose(error)
    }
}

/// Distinguishes links in the log.
private enum LinkNumber {
    private static let counter = Atomic<Int>(0)

    static func next() -> Int { counter.add(1, ordering: .relaxed).newValue }
}
