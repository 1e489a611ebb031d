/// Accepts connections and runs the script for each; apart from ``ScriptedServer``, so that the threads do not keep
/// that alive.
final class ScriptRunner: Sendable {
    private struct State {
        var isStopping = false
        /// A connection is on its way from the listener to ``running``.
        var isAccepting = false
        var running: [Int: ScriptedConnection] = [:]
        var threads: [PlainThread] = []
    }

    private let listener: ListeningSocket
    private let results: ScriptResults
    private let timeout: Duration
    private let script: @Sendable (ScriptedConnection) throws -> Void
    private let state = Locked(State())

    init(
        _ listener: ListeningSocket,
        _ results: ScriptResults,
        timeout: Duration,
        _ script: @escaping @Sendable (ScriptedConnection) throws -> Void
    ) {
        self.listener = listener
        self.results = results
        self.timeout = timeout
        self.script = script
    }

    /// Accepts until ``stop()``, in one thread only, so that indexes follow the order of the connections.
    func acceptConnections() {
        while listener.waitForConnection() {
            state.withLock { $0.isAccepting = true }
            while let socket = listener.acceptPending() { start(socket) }
            state.withLock { $0.isAccepting = false }
        }
    }

    private func start(_ socket: StreamSocket) {
        let connection = ScriptedConnection(socket, index: results.addConnection(), timeout: timeout)
        let isStopping = state.withLock { state in
            state.running[connection.index] = connection
            return state.isStopping
        }
        if isStopping { connection.interrupt() }
        do throws(RedisTestingError) {
            // Not under the lock, which the new thread may need before this one has let go of it.
            let thread = try PlainThread.start { self.run(connection) }
            state.withLock { $0.threads.append(thread) }
        } catch {
            results.addFailure(error, connection: connection.index)
            connection.close()
            state.withLock { $0.running[connection.index] = nil }
        }
    }

    private func run(_ connection: ScriptedConnection) {
        do {
            try script(connection)
        } catch {
            // Whatever a script throws after it was interrupted says nothing about the client. Recorded before the
            // client can see the end of its connection, fail in turn, and ask for the cause.
            state.withLock { state in
                if !state.isStopping { results.addFailure(error, connection: connection.index) }
            }
        }
        connection.close()
        state.withLock { $0.running[connection.index] = nil }
    }

    /// Waits until no script runs; one that still runs at the deadline counts as failed.
    func waitForScripts(_ deadline: Deadline) {
        var quietLooks = 0
        while true {
            // A client may have come and gone before the accepting thread has seen it. Asked in this order: a
            // connection that has left the listener is being accepted until it is among the running.
            let isPending = listener.hasPendingConnection
            let (indexes, isAccepting) = state.withLock { ($0.running.keys.sorted(), $0.isAccepting) }
            quietLooks = indexes.isEmpty && !isAccepting && !isPending ? quietLooks + 1 : 0
            // A client sees its TCP connection made a moment before the listener does: not quiet at the first look.
            if quietLooks == 10 { return }
            if deadline.hasPassed {
                for index in indexes {
                    results.addFailure(RedisTestingError(.timeout, "the script still runs"), connection: index)
                }
                return
            }
            sleepBlocking(milliseconds: 1)
        }
    }

    /// Accepts no more, and interrupts the scripts that wait.
    func stop() {
        listener.close()
        let connections = state.withLock { state in
            state.isStopping = true
            return Array(state.running.values)
        }
        for connection in connections { connection.interrupt() }
    }

    /// Waits for the threads of all scripts.
    func joinScripts() {
        let threads = state.withLock { state in
            defer { state.threads = [] }
            return state.threads
        }
        for thread in threads { thread.join() }
    }
}

/// What the scripts of a server have come to. Outlives their threads.
final class ScriptResults: Sendable {
    private struct State {
        var connectionCount = 0
        var failures: [(connection: Int, error: any Error)] = []
    }

    private let state = Locked(State())

    var connectionCount: Int { state.withLock { $0.connectionCount } }
    var errors: [any Error] { state.withLock { $0.failures.map { $0.error } } }

    /// Counts a connection and returns its index.
    func addConnection() -> Int {
        state.withLock { state in
            state.connectionCount += 1
            return state.connectionCount - 1
        }
    }

    func addFailure(_ error: any Error, connection: Int) {
        state.withLock { $0.failures.append((connection, error)) }
    }

    /// Throws one error that names all failures.
    func throwFailures() throws(RedisTestingError) {
        let failures = state.withLock { $0.failures }
        guard !failures.isEmpty else { return }
        let texts = failures.map { failure in "connection \(failure.connection): \(failure.error)" }
        throw RedisTestingError(.scriptFailed, texts.joined(separator: "\n"))
    }
}
