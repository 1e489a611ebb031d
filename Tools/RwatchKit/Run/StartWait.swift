package import RedisCore
import RedisReactor

/// The rule for the start of all watches: a server that is down or not ready at the start (it loads its data, or
/// executes a script) is waited for as long as the user wants, and a notice says so.
final class StartWait: Sendable {
    private struct State {
        /// The longest wait; `nil` when there is no further wait.
        var patience: Duration?
        /// The server, if it is one.
        var place: RedisEndpoint?
        var deadline = ContinuousClock.now
        /// The notices that were written.
        var told: Set<String> = []
    }

    private let notices: NoticeWriter
    private let state = Locked(State())

    init(_ notices: NoticeWriter) { self.notices = notices }

    /// Calls `attempt` to start the watch of one server or cluster, again and again while that may help. Throws the
    /// last error.
    func begin(
        within patience: Duration,
        at place: RedisEndpoint?,
        _ attempt: () async throws(RedisError) -> Void
    ) async throws(RedisError) {
        state.withLock { $0 = State(patience: patience, place: place, deadline: .now.advanced(by: patience)) }
        defer { state.withLock { $0.patience = nil } }
        var backoff = Backoff(RedisReconnectPolicy(maximumDelay: .seconds(1)))
        while true {
            do throws(RedisError) { return try await attempt() } catch {
                guard error.isOutage, isWithinPatience(error) else { throw error }
                try? await Task.sleep(for: backoff.delay(random: .random(in: 0..<1)))
                if Task.isCancelled { throw error }
            }
        }
    }

    /// Whether to wait for a server that is not ready. Always if its watch has started, because a link is opened again
    /// by itself.
    func mayWait(for error: RedisError) -> Bool {
        let stands = state.withLock { state in
            guard let place = state.place, let server = error.endpoint else { return false }
            return server != place
        }
        return stands || isWithinPatience(error)
    }

    private func isWithinPatience(_ error: RedisError) -> Bool {
        let (mayWait, text) = state.withLock { state -> (Bool, String?) in
            guard let patience = state.patience else { return (true, nil) }
            guard ContinuousClock.now < state.deadline else { return (false, nil) }
            guard state.told.insert(error.serverPrefix ?? "\(error.code)").inserted else { return (true, nil) }
            return (true, "waiting up to \(Notices.seconds(patience)) for \(error)")
        }
        if let text { notices.tell(text) }
        return mayWait
    }
}

extension WatchRun {
    /// Starts a watch, and writes a notice when it has started.
    ///
    /// - Parameters:
    ///   - configuration: The server, and how long it may be waited for. The link itself need not wait then.
    ///   - what: What is watched, in words.
    ///   - attempt: Begins the watch once.
    /// - Throws: Why the watch cannot begin, when it is not to be tried again.
    package func begin(
        _ configuration: RedisConfiguration,
        watching what: String,
        _ attempt: () async throws(RedisError) -> Void
    ) async throws(RedisError) {
        let place = configuration.isAmongSeveral ? nil : configuration.endpoint
        // Without this notice, a server that keeps refusing temporarily would be waited for in silence, because the
        // link retries.
        let hint = ScheduledCall(after: .seconds(5), on: loop) { [notices] in
            notices.tell("still waiting to watch \(what) \(configuration.place)")
        }
        defer { hint.cancel() }
        try await waiting.begin(within: configuration.reconnect.initialPatience, at: place, attempt)
        notices.tell("watching \(what) \(configuration.place)")
    }

    /// Notes that the server refuses a subscription for now. The link retries.
    package func refusedForNow(_ error: RedisError) {
        if !waiting.mayWait(for: error) { end(.failed(error)) }
    }
}

extension RedisConfiguration {
    /// The configuration for a watch of `run`: the run waits for the server, so the links need not, and the run knows
    /// all links.
    package func within(_ run: WatchRun) -> RedisConfiguration {
        var configuration = warning(by: run.notices)
        configuration.reconnect.initialPatience = .zero
        configuration.ownLinks = run.ownLinks
        return configuration
    }

    /// The name of the server in a sentence.
    package var place: String {
        func list(_ endpoints: [RedisEndpoint]) -> String { endpoints.map(\.description).joined(separator: ", ") }
        if let cluster { return "in the cluster of \(list(cluster.seeds))" }
        if let sentinel { return "at \(sentinel.name), as the Sentinels at \(list(sentinel.sentinels)) say" }
        return "at \(endpoint)"
    }
}
