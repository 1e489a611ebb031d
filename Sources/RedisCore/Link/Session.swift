internal import Logging
internal import Synchronization

/// The life of one link to one server: connect, handshake, serve, lose, wait, connect again.
///
/// A session is an actor on its event loop. Its lifecycle is one task that reads from top to bottom (`Session+Life`);
/// sockets and timers call in between (`Session+IO`). What the link is used for is the driver's.
package actor Session<Driver: LinkDriver> {
    enum Phase {
        case idle
        case connecting
        /// Connected; TLS is being agreed upon.
        case securing
        case handshaking
        case ready
        case waiting
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
    /// Why the current link ended, once it has.
    var ending: RedisError?
    /// Whether the current link got through its handshake.
    var becameReady = false
    package internal(set) var facts: ServerFacts?
    /// The end of the last link that was ready.
    var loss: LinkLoss?
    var handshake: HandshakeMachine?

    /// What lets the attempt that is under way connect, and counts it until its handshake is over.
    var pass: ConnectGate.Pass?
    var connector: Connector?
    /// When the server was first spoken to: the lookup of its name, before that, is not the server's time.
    var connectBegan = ContinuousClock.Instant.now
    var tlsContext: TLSContext?
    var socket: Socket?
    /// The current link, where a monitor has to know it.
    var ownLink: OwnLink?
    var readable: IOSource?
    var writable: IOSource?
    var input = LinkInput()
    var output = WriteBuffer()
    var isFlushScheduled = false
    var lastReceived = Moment.now()
    /// When a frame came last, or enough of one.
    var lastProgress = ContinuousClock.Instant.now
    /// How many bytes of a frame have come since.
    var bytesOfFrame = 0
    /// Whether anything came over the current link.
    var hasReceived = false
    /// How many bytes came without a pause until now, and whether there is one since.
    var backlog = 0
    var isDrained = true
    /// The driver does not want more at the moment.
    package var isReadingPaused = false
    /// When reading last went on after a pause.
    var countsFrom = ContinuousClock.Instant.now
    /// Who wants there to be no link now.
    var holds: Set<LinkHold> = []
    /// Whether somebody has wanted that since the last attempt began.
    var wasHeld = false
    /// Whether that was because the server is another.
    var wasRelocated = false
    /// Whether the link was ended for good by this side.
    var isAbandoned = false

    var credentialsSubscription: RedisCredentialsSubscription?
    /// Came while the link could not take them yet.
    var newCredentials: RedisCredentials?
    var isAuthenticating = false
    /// What the link is authenticated with, or tries to be.
    var linkCredentials: RedisCredentials?
    /// What a server wanted none of.
    var unwantedCredentials: RedisCredentials?

    var heartbeat: Heartbeat?
    var heartbeatTimer: TimerSource?
    var timer: TimerSource?
    var timerHasFired = false
    private var life: Task<Void, Never>?
    /// Something happened while the lifecycle did not wait.
    private var hasNews = false
    private var waiter: CheckedContinuation<Void, Never>?

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
        phase = .connecting
        discovery?.attach { [loop] error in loop.execute { self.assumeIsolated { $0.relocate(error) } } }
        life = Task { await self.live() }
    }

    /// Ends the link for good and returns when no socket, timer or task of it is left.
    package func close() async {
        closeNow()
        await life?.value
    }

    /// Ends the link for good.
    package func closeNow() {
        guard phase != .closed else { return }
        phase = .closed
        tearDown()
        wake()
    }

    /// Cuts the link as if the network had; it comes back by the policy. For tests and demonstrations of reconnects.
    package func cut(_ error: RedisError = RedisError(.connectionLost, "cut on request")) {
        if phase == .ready { lose(error) }
    }

    /// Throws on the loop's thread: a blocking call there, in an inline handler for instance, would wait for itself.
    package nonisolated func refuseOnLoop() throws(RedisError) {
        if loop.isCurrent {
            throw RedisError(.invalidCommand, "a blocking call on the event loop would wait for itself")
        }
    }

    /// Whether the session was ended for good.
    package var isClosed: Bool { phase == .closed }

    /// Gives `body` the driver, and the buffer of what goes out. What it appends is written at the end of the loop's turn.
    package func perform<Result>(_ body: (Driver, inout WriteBuffer) -> Result) -> Result {
        let result = body(driver, &output)
        if !output.isEmpty { scheduleFlush() }
        // What the user does may have to be read for.
        if isReadingPaused { adjustReading() }
        return result
    }

    /// Suspends the lifecycle until something happened since the last wait. It looks at the state in a loop.
    func wait() async {
        await withCheckedContinuation { continuation in
            if hasNews { continuation.resume() } else { waiter = continuation }
            hasNews = false
        }
    }

    /// Something happened: lets the lifecycle look.
    func wake() {
        guard let waiting = waiter.take() else {
            hasNews = true
            return
        }
        waiting.resume()
    }

    func lifeEnded() {
        life = nil
        timer = nil
        pass = nil
        connector = nil
        credentialsSubscription = nil
        newCredentials = nil
    }
}

/// Tells links apart in the log.
private enum LinkNumber {
    private static let counter = Atomic<Int>(0)

    static func next() -> Int { counter.add(1, ordering: .relaxed).newValue }
}
