import RedisCore
import RedisReactor

/// One rule for all that watches: a server that is away or not ready at the start (it loads its data, or executes a script) is
/// waited for as long as the user wants, and what is waited for is said.
final class StartWait: Sendable {
    private struct State {
        /// How long may be waited; nothing is waited for any more without one.
        var patience: Duration?
        /// The server, where it is one.
        var place: RedisEndpoint?
        var deadline = ContinuousClock.now
        /// What was said.
        var told: Set<String> = []
    }

    private let notices: NoticeWriter
    private let state = Locked(State())

    init(_ notices: NoticeWriter) { self.notices = notices }

    /// Has `attempt` begin the watch of one server or cluster, again and again while that may help. Throws the last error.
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

    /// Whether to wait for what a server is not ready for. Always, when its watch stands already: a link comes back by itself.
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
    /// Begins a watch, and says so when it stands.
    ///
    /// - Parameters:
    ///   - configuration: Where, and how long it may be waited for; the link itself need not be patient then.
    ///   - what: What is watched, in words.
    ///   - attempt: Begins the watch once.
    /// - Throws: Why the watch cannot begin, when it is not to be tried again.
    func begin(
        _ configuration: RedisConfiguration,
        watching what: String,
        _ attempt: () async throws(RedisError) -> Void
    ) async throws(RedisError) {
        let place = configuration.isAmongSeveral ? nil : configuration.endpoint
        // A server that keeps saying "later" in ways that the link makes up for would be waited for in silence.
        let hint = ScheduledCall(after: .seconds(5), on: loop) { [notices] in
            notices.tell("still waiting to watch \(what) \(configuration.place)")
        }
        defer { hint.cancel() }
        try await waiting.begin(within: configuration.reconnect.initialPatience, at: place, attempt)
        notices.tell("watching \(what) \(configuration.place)")
    }

    /// The server does not take a subscription now; the link asks again.
    func isRefused(for now: RedisError) {
        if !waiting.mayWait(for: now) { end(.failed(now)) }
    }
}

extension RedisConfiguration {
    /// The same for a watch of `run`, which has the patience that the links need not have then, and knows them all.
    func within(_ run: WatchRun) -> RedisConfiguration {
        var configuration = warning(by: run.notices)
        configuration.reconnect.initialPatience = .zero
        configuration.ownLinks = run.ownLinks
        return configuration
    }

    /// Where it is, for a sentence.
    var place: String {
        func list(_ endpoints: [RedisEndpoint]) -> String { endpoints.map(\.description).joined(separator: ", ") }
        if let cluster { return "in the cluster of \(list(cluster.seeds))" }
        if let sentinel { return "at \(sentinel.name), as the Sentinels at \(list(sentinel.sentinels)) say" }
        return "at \(endpoint)"
    }
}
