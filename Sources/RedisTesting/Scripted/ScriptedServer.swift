/// A server that does to each connection exactly what a script says, byte by byte: for the corners of a protocol that
/// a real server does not show on demand.
///
/// Each accepted connection runs the script on a thread of its own, so a script may block. A script that returns or
/// throws has its connection closed (FIN). Errors of scripts are collected, and thrown by ``finish(within:)`` and
/// ``stop()``. All members may be called from any thread.
public final class ScriptedServer: Sendable {
    /// Where the server listens.
    public enum Transport: Hashable, Sendable {
        /// On a free port of 127.0.0.1.
        case tcp
        /// On a socket in a temporary folder of its own.
        case unix
    }

    /// What a running server has.
    private struct Running: Sendable {
        var runner: ScriptRunner
        var acceptor: PlainThread
        var folder: String?
    }

    private enum State {
        case idle
        case running(Running)
        case stopped
    }

    private struct Address {
        var port = 0
        var url = ""
    }

    private let transport: Transport
    private let timeout: Duration
    private let script: @Sendable (ScriptedConnection) throws -> Void
    private let state = Locked<State>(.idle)
    private let address = Locked(Address())
    private let results = ScriptResults()

    /// A server that does not yet listen.
    ///
    /// - Parameters:
    ///   - transport: Where it is to listen.
    ///   - timeout: How long each wait of a connection may take.
    ///   - script: What to do with each connection; ``ScriptedConnection/index`` tells which one it is.
    public init(
        transport: Transport = .tcp,
        timeout: Duration = .seconds(5),
        _ script: @escaping @Sendable (ScriptedConnection) throws -> Void
    ) {
        self.transport = transport
        self.timeout = timeout
        self.script = script
    }

    deinit { try? stop() }

    /// Listens, and accepts connections from now on. A second call does nothing.
    ///
    /// - Throws: ``RedisTestingError/Code/systemCallFailed`` when the socket cannot be had,
    ///   ``RedisTestingError/Code/notRunning`` after ``stop()``.
    public func start() throws(RedisTestingError) {
        try state.withLock { state throws(RedisTestingError) in
            switch state {
            case .running: return
            case .stopped: throw RedisTestingError(.notRunning, "the scripted server was stopped")
            case .idle: state = .running(try listen())
            }
        }
    }

    private func listen() throws(RedisTestingError) -> Running {
        let folder = transport == .unix ? try FileSystem.makeTemporaryFolder(prefix: "redis-scripted-") : nil
        do throws(RedisTestingError) {
            let path = folder.map { "\($0)/redis.sock" }
            let listener = try ListeningSocket(try .local(path: path, port: 0))
            let runner = ScriptRunner(listener, results, timeout: timeout, script)
            let acceptor = try PlainThread.start { runner.acceptConnections() }
            address.withLock { address in
                address.port = listener.port
                address.url =
                    path.map { "redis+unix://\($0.percentEncoded(allowing: "/"))" }
                    ?? "redis://127.0.0.1:\(listener.port)"
            }
            return Running(runner: runner, acceptor: acceptor, folder: folder)
        } catch {
            if let folder { FileSystem.removeTree(folder) }
            throw error
        }
    }

    /// The TCP port; 0 before ``start()`` and for a Unix socket.
    public var port: Int { address.withLock { $0.port } }

    /// Where clients connect: `redis://127.0.0.1:port` or `redis+unix:///path`; empty before ``start()``.
    public var url: String { address.withLock { $0.url } }

    /// The number of connections accepted so far.
    public var connectionCount: Int { results.connectionCount }

    /// The errors that scripts have thrown so far, in the order in which they were thrown.
    public var scriptErrors: [any Error] { results.errors }

    /// Waits for the scripts of all connections made so far to end by themselves, then stops. The calling task is
    /// suspended meanwhile; cancellation does not shorten the wait.
    ///
    /// - Parameter limit: How long to wait; a script that still runs then is an error, and is interrupted.
    /// - Throws: ``RedisTestingError/Code/scriptFailed`` with the errors of all scripts.
    public func finish(within limit: Duration = .seconds(10)) async throws(RedisTestingError) {
        try await PlainThread.run { () throws(RedisTestingError) in try self.finishBlocking(within: limit) }
    }

    /// Like ``finish(within:)``, blocking the calling thread. Not to be called from a script, which would wait for
    /// itself.
    ///
    /// - Parameter limit: How long to wait.
    /// - Throws: As ``finish(within:)``.
    public func finishBlocking(within limit: Duration = .seconds(10)) throws(RedisTestingError) {
        let runner: ScriptRunner? = state.withLock { state in
            guard case .running(let running) = state else { return nil }
            return running.runner
        }
        runner?.waitForScripts(Deadline(after: limit))
        try stop()
    }

    /// Stops at once: closes all connections, which ends the scripts that wait for something (without counting that
    /// as an error), and waits for their threads. Idempotent; the errors are thrown again by each call.
    ///
    /// - Throws: ``RedisTestingError/Code/scriptFailed`` with the errors that scripts have thrown before.
    public func stop() throws(RedisTestingError) {
        let running: Running? = state.withLock { state in
            defer { state = .stopped }
            guard case .running(let running) = state else { return nil }
            return running
        }
        if let running {
            running.runner.stop()
            running.acceptor.join()
            running.runner.joinScripts()
            if let folder = running.folder { FileSystem.removeTree(folder) }
        }
        try results.throwFailures()
    }
}

/// Runs `client` against a scripted server, then waits for the scripts to end and reports their errors.
///
/// `client` runs where the caller runs. When it throws, the scripts are interrupted; if one of them had failed before,
/// that is the more likely cause, and is what is thrown, with the client's error in the text.
///
/// - Parameters:
///   - transport: Where the server listens.
///   - timeout: How long each wait of a connection may take.
///   - script: What to do with each connection.
///   - client: What to do with the server, whose URL it is given.
/// - Returns: What `client` returns.
/// - Throws: ``RedisTestingError`` with ``RedisTestingError/Code/scriptFailed``, and what `client` throws.
public func withScriptedServer<Success>(
    transport: ScriptedServer.Transport = .tcp,
    timeout: Duration = .seconds(5),
    script: @escaping @Sendable (ScriptedConnection) throws -> Void,
    client: (_ url: String) async throws -> Success
) async throws -> Success {
    let server = ScriptedServer(transport: transport, timeout: timeout, script)
    try server.start()
    let result: Success
    do {
        result = try await client(server.url)
    } catch let clientError {
        do throws(RedisTestingError) {
            try server.stop()
        } catch {
            throw RedisTestingError(error.code, "\(error.message)\nand the client: \(clientError)")
        }
        throw clientError
    }
    try await server.finish()
    return result
}
