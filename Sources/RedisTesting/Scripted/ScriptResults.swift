/// What the scripts of a server have come to. Outlives their threads.
final class ScriptResults: Sendable {
    private struct State {
        var connectionCount = 0
        var failures: [(connection: Int, error: any Error)] = []
    }

    private let state = Lock(State())

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
