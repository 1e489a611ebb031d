import RedisPOSIX

/// A real redis-server, started for a test and ended with it.
///
/// The server is a child process with a temporary folder of its own, and listens on this machine only. It is ended by
/// ``stop()`` or, at the latest, when the last reference goes; should the test process itself be killed, a guard
/// process ends the server and removes its folder.
///
/// All members may be called from any thread and any task. Those that wait block the calling thread for a bounded
/// time, except where they are `async`; calls that start or end the server are carried out one after the other.
public final class RedisServer: Sendable {
    private struct State {
        var process: ChildProcess
        var isStopped = false
    }

    let options: RedisServerOptions
    private let launcher: ServerLauncher
    private let state: Locked<State>
    /// Keeps the port for a restart.
    private let reservation: PortReservation?
    /// Held for the whole of a start or an end of the process, which may take seconds; ``state`` never is.
    private let lifecycle = Locked<Void>(())

    /// The TCP port, the same for the server's whole life; 0 when it listens on a Unix socket only.
    public let port: Int
    /// The server's temporary folder, which ``stop()`` removes.
    public let directory: String

    private init(_ options: RedisServerOptions) throws(RedisTestingError) {
        let executable = try ServerExecutable.find(options.executable)
        let directory = try FileSystem.makeTemporaryFolder(prefix: options.directoryPrefix)
        var orphanGuard: OrphanGuard?
        do throws(RedisTestingError) {
            let watcher = try OrphanGuard(directory: directory)
            orphanGuard = watcher
            let launcher = ServerLauncher(
                executable: executable,
                options: options,
                directory: directory,
                orphanGuard: watcher
            )
            let launched = try launcher.launch()
            self.options = options
            self.directory = directory
            self.launcher = launcher
            port = launched.port
            reservation = launched.reservation
            state = Locked(State(process: launched.process))
        } catch {
            orphanGuard?.dismiss()
            FileSystem.removeTree(directory)
            throw error
        }
    }

    deinit { stop() }

    // MARK: - Starting

    /// Starts a server and returns when it answers PING. The calling task is suspended meanwhile; cancellation does
    /// not shorten the wait.
    ///
    /// - Parameter options: How to start it.
    /// - Returns: The running server.
    /// - Throws: ``RedisTestingError/Code/executableNotFound`` when there is no server program,
    ///   ``RedisTestingError/Code/startFailed`` (with the tail of its log) when it ended or was not ready in time.
    public static func start(_ options: RedisServerOptions = .init()) async throws(RedisTestingError) -> RedisServer {
        try await PlainThread.run { () throws(RedisTestingError) in try RedisServer(options) }
    }

    /// Starts a server and returns when it answers PING, blocking the calling thread; otherwise like ``start(_:)``.
    ///
    /// - Parameter options: How to start it.
    /// - Returns: The running server.
    /// - Throws: As ``start(_:)``.
    public static func startBlocking(
        _ options: RedisServerOptions = .init()
    ) throws(RedisTestingError) -> RedisServer {
        try RedisServer(options)
    }

    // MARK: - Ending

    /// Ends the server (SIGTERM, and SIGKILL when that does not help in time), waits for its end and removes its
    /// folder. Blocks: usually for a tenth of a second at most. Idempotent, and final: there is no restart after it.
    public func stop() {
        lifecycle.withLock { _ in
            let process: ChildProcess? = state.withLock { state in
                guard !state.isStopped else { return nil }
                state.isStopped = true
                return state.process
            }
            guard let process else { return }
            process.terminate(patience: options.stopTimeout)
            collect(process)
            launcher.orphanGuard.dismiss()
            FileSystem.removeTree(directory)
            reservation?.close()
        }
    }

    /// Like ``stop()``, on a thread of its own while the calling task is suspended.
    func stopSuspending() async {
        do throws(RedisTestingError) {
            try await PlainThread.run { self.stop() }
        } catch {
            stop()  // there was no thread to be had
        }
    }

    /// Ends the server at once (SIGKILL), as a crash would, and waits for its end. The folder stays, so that
    /// ``restart()`` is possible. Idempotent.
    public func kill() {
        lifecycle.withLock { _ in
            let process = state.withLock { $0.process }
            process.killAndWait()
            collect(process)
        }
    }

    /// Frees the process number; the guard must have forgotten it before that.
    private func collect(_ process: ChildProcess) {
        launcher.orphanGuard.forget()
        process.collect()
    }

    // MARK: - Restarting

    /// Ends the process (SIGTERM, as in ``stop()``) unless it has already ended, and starts another one with the same
    /// options on the same port and socket; returns when it answers PING. Data survives only when the options save it.
    /// The calling task is suspended meanwhile; cancellation does not shorten the wait.
    ///
    /// - Throws: ``RedisTestingError/Code/notRunning`` after ``stop()``,
    ///   ``RedisTestingError/Code/startFailed`` as ``start(_:)``.
    public func restart() async throws(RedisTestingError) {
        try await PlainThread.run { () throws(RedisTestingError) in try self.restartBlocking() }
    }

    /// Like ``restart()``, blocking the calling thread.
    ///
    /// - Throws: As ``restart()``.
    public func restartBlocking() throws(RedisTestingError) {
        try lifecycle.withLock { _ throws(RedisTestingError) in
            let (old, isStopped) = state.withLock { ($0.process, $0.isStopped) }
            guard !isStopped else { throw Self.stopped }
            old.terminate(patience: options.stopTimeout)
            collect(old)
            let new = try launcher.launch(restartOn: port).process
            state.withLock { $0.process = new }
        }
    }

    // MARK: - Pausing

    /// Stops the process (SIGSTOP): its connections stay open, and nothing is answered until ``resume()``. Returns
    /// when the process has really stopped. Idempotent.
    ///
    /// - Throws: ``RedisTestingError/Code/notRunning`` when there is no process.
    public func pause() throws(RedisTestingError) { try signal(SIGSTOP, until: .stopped) }

    /// Lets a paused process run on (SIGCONT); returns when it does. Idempotent.
    ///
    /// - Throws: ``RedisTestingError/Code/notRunning`` when there is no process.
    public func resume() throws(RedisTestingError) { try signal(SIGCONT, until: .alive) }

    private func signal(_ number: Int32, until wanted: ProcessStatus) throws(RedisTestingError) {
        try lifecycle.withLock { _ throws(RedisTestingError) in
            let (process, isStopped) = state.withLock { ($0.process, $0.isStopped) }
            guard !isStopped, !process.hasEnded else { throw Self.stopped }
            process.signal(number)
            let deadline = Deadline(after: .seconds(5))
            while ProcessStatus.of(process.id) != wanted {
                if process.hasEnded { throw Self.stopped }
                if deadline.hasPassed { throw RedisTestingError(.timeout, "process \(process.id) is not \(wanted)") }
                sleepBlocking(milliseconds: 1)
            }
        }
    }

    private static var stopped: RedisTestingError {
        RedisTestingError(.notRunning, "the server was stopped or has ended")
    }

    // MARK: - What there is to know

    /// The number of the server's process: the current one or, when it has ended, the last.
    public var processID: Int32 { state.withLock { $0.process.id } }

    /// Whether the process exists and has not ended; a paused one is running.
    public var isRunning: Bool { !state.withLock { $0.process }.hasEnded }

    // MARK: - Hooks of this package's own tests

    /// Lets the guard believe that this process was killed.
    package func abandonGuard() { launcher.orphanGuard.abandon() }

    /// The number of the guard's process.
    package var guardProcessID: Int32 { launcher.orphanGuard.processID }
}

extension RedisServer {
    /// The path of the server's Unix socket; `nil` when it listens on TCP only.
    public var socketPath: String? {
        !options.listensOnSocket ? nil : ServerConfiguration.socketPath(directory)
    }

    /// What the server has logged so far, over all its restarts; empty after ``stop()``.
    public var log: String { FileSystem.readText(ServerConfiguration.logPath(directory)) }

    /// Where clients connect: ``tcpURL``, or ``unixURL`` when the server listens on a Unix socket only. Contains the
    /// password when there is one.
    public var url: String { tcpURL ?? unixURL ?? "" }

    /// `redis://127.0.0.1:6379`, with a password `redis://:secret@127.0.0.1:6379` (percent-encoded); with TLS the
    /// scheme is `rediss` and the host `localhost`; `nil` when the server listens on a Unix socket only.
    public var tcpURL: String? {
        guard options.transport != .unix else { return nil }
        let start = options.tls == nil ? "redis://\(userInformation)127.0.0.1" : "rediss://\(userInformation)localhost"
        return "\(start):\(port)"
    }

    /// `redis+unix:///path/to/redis.sock`, with a password `redis+unix://:secret@/path/to/redis.sock`
    /// (percent-encoded); `nil` when the server listens on TCP only.
    public var unixURL: String? {
        socketPath.map { "redis+unix://\(userInformation)\($0.percentEncoded(allowing: "/"))" }
    }

    var userInformation: String {
        options.password.map { ":\($0.percentEncoded())@" } ?? ""
    }
}

/// Runs `body` with a server that is started before it and stopped after it, also when it throws.
///
/// `body` runs where the caller runs; the server is started and stopped on threads of its own.
///
/// - Parameters:
///   - options: How to start the server.
///   - body: What to do with it. The server is stopped when it returns, whoever else holds a reference.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the server does not start, and what `body` throws.
public func withRedisServer<Success>(
    _ options: RedisServerOptions = .init(),
    _ body: (RedisServer) async throws -> Success
) async throws -> Success {
    let server = try await RedisServer.start(options)
    do {
        let result = try await body(server)
        await server.stopSuspending()
        return result
    } catch {
        await server.stopSuspending()
        throw error
    }
}
