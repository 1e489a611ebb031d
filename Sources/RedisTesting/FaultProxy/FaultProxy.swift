/// A TCP proxy between a client and a real server that does to their connections what networks do: cuts,
/// stalls, half-open links, torn and changed bytes.
///
/// ```swift
/// try await withFaultProxy(to: server) { proxy in
///     let pubsub = try PubSub(proxy.url)
///     try await pubsub.subscribe("orders")
///     proxy.cutAll(.reset)
/// }
/// ```
///
/// Faults come from calls (`apply`, `cutAll`, `stall`, …), from a ``FaultScript`` by connection, and from a seeded
/// ``FaultSchedule``. Without any the proxy passes everything on, ends of streams and resets included.
///
/// It listens on a free port of 127.0.0.1 and runs one thread. It holds at most 64 KiB each way of a connection; a side
/// that reads slowly makes the other wait, as it would without the proxy. All members may be called from any thread;
/// those that change something return when it is done, which takes a moment.
public final class FaultProxy: Sendable {
    /// What a running proxy has.
    private struct Running: Sendable {
        var thread: PlainThread
        var calls: EngineCalls
        var reservation: PortReservation
    }

    private enum State {
        case idle
        case running(Running)
        case stopped
    }

    private enum Upstream {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    private let upstream: Upstream
    private let userInformation: String
    private let script: FaultScript
    private let state = Locked<State>(.idle)
    private let portNumber = Locked(0)
    private let countsNow = Locked(FaultProxyCounts())

    /// A proxy for a TCP server, which does not listen yet.
    ///
    /// - Parameters:
    ///   - host: The server's name or address, looked up once, by `start`. Its addresses are tried in turn.
    ///   - port: The server's port.
    ///   - script: What is done to each connection.
    public init(host: String = "127.0.0.1", port: Int, script: FaultScript = .none) {
        upstream = .tcp(host: host, port: port)
        userInformation = ""
        self.script = script
    }

    /// A proxy for a server on a Unix socket, which does not listen yet.
    ///
    /// - Parameters:
    ///   - unixPath: The server's socket.
    ///   - script: What is done to each connection.
    public init(unixPath: String, script: FaultScript = .none) {
        upstream = .unix(path: unixPath)
        userInformation = ""
        self.script = script
    }

    /// A proxy for a server of this package, which does not listen yet.
    ///
    /// - Parameters:
    ///   - server: The server; its TCP port if it has one, else its Unix socket. It may be restarted at will.
    ///   - script: What is done to each connection.
    public init(to server: RedisServer, script: FaultScript = .none) {
        if server.port > 0 {
            upstream = .tcp(host: "127.0.0.1", port: server.port)
        } else {
            upstream = .unix(path: server.socketPath ?? "")
        }
        userInformation = server.userInformation
        self.script = script
    }

    deinit { stop() }

    /// Listens, and passes connections on from now on. A second call does nothing.
    ///
    /// - Throws: ``RedisTestingError/Code/systemCallFailed`` when the socket cannot be had,
    ///   ``RedisTestingError/Code/connectionFailed`` when the host's name cannot be looked up,
    ///   ``RedisTestingError/Code/notRunning`` after ``stop()``.
    public func start() throws(RedisTestingError) {
        try state.withLock { state throws(RedisTestingError) in
            switch state {
            case .running: return
            case .stopped: throw RedisTestingError(.notRunning, "the proxy was stopped")
            case .idle: state = .running(try launch())
            }
        }
    }

    private func launch() throws(RedisTestingError) -> Running {
        let addresses: [SocketAddress] =
            switch upstream {
            case .tcp(let host, let port): try SocketAddress.resolve(host: host, port: port)
            case .unix(let path): [try .unix(path: path)]
            }
        let reservation = try PortReservation()
        let listener = try ListeningSocket(.loopback(port: reservation.port), backlog: FaultEngine.backlog)
        let calls = try EngineCalls()
        let (script, counts) = (script, countsNow)
        let thread = try PlainThread.start {
            let engine = FaultEngine(
                listener: listener,
                addresses: addresses,
                script: script,
                counts: counts,
                calls: calls
            )
            engine.run()
            calls.end(engine)
        }
        portNumber.withLock { $0 = reservation.port }
        return Running(thread: thread, calls: calls, reservation: reservation)
    }

    /// Stops listening, ends all connections in order, and returns when the thread and the sockets are gone. Idempotent
    /// and final.
    public func stop() {
        let running: Running? = state.withLock { state in
            defer { state = .stopped }
            guard case .running(let running) = state else { return nil }
            return running
        }
        guard let running else { return }
        running.calls.stop()
        running.thread.join()
        running.reservation.close()
    }

    /// The TCP port on 127.0.0.1, the same for the proxy's whole life; 0 before ``start()``.
    public var port: Int { portNumber.withLock { $0 } }

    /// Where clients connect: `redis://127.0.0.1:port`, with the password of a ``RedisServer`` that has one; empty
    /// before
    /// ``start()``.
    public var url: String { port == 0 ? "" : "redis://\(userInformation)127.0.0.1:\(port)" }

    /// What the proxy has done so far.
    public var counts: FaultProxyCounts { countsNow.withLock { $0 } }

    /// Has the engine do something, and waits. Without a running engine nothing happens.
    @discardableResult
    func perform<Result: Sendable>(_ body: @escaping @Sendable (FaultEngine) -> Result) -> Result? {
        let calls: EngineCalls? = state.withLock { state in
            guard case .running(let running) = state else { return nil }
            return running.calls
        }
        return calls?.perform(body)
    }
}

/// What a ``FaultProxy`` has done so far.
public struct FaultProxyCounts: Hashable, Sendable {
    /// Connections that clients have made, those included that were closed at once.
    public internal(set) var accepted = 0
    /// Connections that are open now.
    public internal(set) var open = 0
    /// Bytes that have gone out to clients.
    public internal(set) var bytesToClient = 0
    /// Bytes that have gone out to the server.
    public internal(set) var bytesToServer = 0
    /// Bytes that half-open connections have dropped as they came.
    public internal(set) var dropped = 0

    mutating func add(_ count: Int, _ direction: FaultDirections) {
        if direction == .toClient { bytesToClient += count } else { bytesToServer += count }
    }
}

/// Runs `body` with a proxy in front of a server; the proxy is stopped after it, also when it throws.
///
/// - Parameters:
///   - server: The server to stand in front of.
///   - script: What is done to each connection.
///   - body: What to do with the proxy. It runs where the caller runs.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the proxy cannot listen, and what `body` throws.
public func withFaultProxy<Success>(
    to server: RedisServer,
    script: FaultScript = .none,
    _ body: (FaultProxy) async throws -> Success
) async throws -> Success {
    let proxy = FaultProxy(to: server, script: script)
    defer { proxy.stop() }
    try proxy.start()
    return try await body(proxy)
}
