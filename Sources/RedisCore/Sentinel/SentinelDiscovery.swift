/// Finds the primary, or one of its replicas, by asking Sentinels. Each session has one.
/// (https://redis.io/docs/latest/develop/reference/sentinel-clients/)
///
/// Before each attempt all Sentinels are asked at once, and the server itself has to confirm its role. While the link
/// is up, `SentinelWatch` decides when they are asked again. When they name another server, the session goes there.
package final class SentinelDiscovery: ServerDiscovery {
    /// A decision of the watch is used for the attempt that it causes, and for no later one.
    private static let freshness = Duration.seconds(1)

    private struct State {
        var group: SentinelGroup
        var known = KnownPrimary()
        /// The server that the session was sent to last.
        var current: RedisEndpoint?
        var failed: RedisEndpoint?
        /// How many attempts wait for a decision.
        var locating = 0
        var found: (endpoint: RedisEndpoint, at: ContinuousClock.Instant)?
        var relocate: (@Sendable (RedisError) -> Void)?
    }

    private let sentinel: RedisSentinelConfiguration
    private let query: SentinelQuery
    private let watch: SentinelWatch
    private let state: Locked<State>

    package init(_ configuration: RedisConfiguration, _ sentinel: RedisSentinelConfiguration, loop: RedisEventLoop) {
        self.sentinel = sentinel
        query = SentinelQuery(configuration, sentinel, loop: loop)
        watch = SentinelWatch(configuration, sentinel, loop: loop)
        state = Locked(State(group: SentinelGroup(seeds: sentinel.sentinels)))
    }

    /// The Sentinels that are asked.
    package var sentinels: [RedisEndpoint] { state.withLock { $0.group.members } }

    // MARK: Before an attempt

    package func locate() async throws(RedisError) -> RedisEndpoint {
        let found = state.withLock { state -> RedisEndpoint? in
            guard let found = state.found.take(), found.at.duration(to: .now) < Self.freshness else {
                state.locating += 1
                return nil
            }
            state.current = found.endpoint
            return found.endpoint
        }
        if let found { return found }
        defer { state.withLock { $0.locating -= 1 } }
        let (primary, decision) = try await ask(isLost: true)
        return state.withLock { state in
            let endpoint = target(primary, decision, avoiding: state.failed)
            state.current = endpoint
            return endpoint
        }
    }

    /// Asks in a round which server is the primary, and which of its replicas are healthy.
    private func ask(isLost: Bool) async throws(RedisError) -> (
        primary: RedisEndpoint, decision: SentinelConsensus.Decision
    ) {
        var (group, round) = state.withLock { ($0.group, $0.known.roundBegan()) }
        let consensus = await query.askAll(&group)
        if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled", phase: .connect) }
        let result = state.withLock { [group] state -> (RedisEndpoint, SentinelConsensus.Decision)? in
            state.group = group
            guard let decision = consensus.decision(preferring: state.known.primary) else { return nil }
            return (state.known.primary(by: decision, ofRound: round, isLost: isLost), decision)
        }
        await watch.follow(group.members)
        guard let result else { throw consensus.failure(name: sentinel.name) }
        return result
    }

    private func target(
        _ primary: RedisEndpoint,
        _ decision: SentinelConsensus.Decision,
        avoiding failed: RedisEndpoint?
    )
        -> RedisEndpoint
    {
        // Nothing is known about the replicas of another primary.
        guard sentinel.server == .replica, decision.primary == primary else { return primary }
        return decision.replica(avoiding: failed, random: .random(in: 0..<1)) ?? primary
    }

    package var needsRole: Bool { true }

    package func refusal(of facts: ServerFacts) -> RedisError? {
        let isPrimary = sentinel.server == .primary
        if facts.mode == "sentinel" {
            return RedisError(.wrongRole, "a Sentinel, and not the server that it watches", phase: .handshake)
        }
        // If the user may not ask for the server's role, the Sentinels are believed.
        if isPrimary, let role = facts.role, role != "master" {
            let role = role.shown(upTo: ShownText.nameLimit)
            let text = "the Sentinels name it as the primary, and it says that it is a \(role)"
            return RedisError(.wrongRole, text, phase: .handshake)
        }
        state.withLock { $0.failed = nil }
        watch.assumeIsolated { $0.markHealthy() }
        return nil
    }

    package func serverFailed(_ endpoint: RedisEndpoint, _ error: RedisError) {
        state.withLock { $0.failed = endpoint }
        watch.assumeIsolated { $0.markFailing() }
    }

    // MARK: While the link is up

    package func attach(_ relocate: @escaping @Sendable (RedisError) -> Void) {
        state.withLock { $0.relocate = relocate }
        watch.assumeIsolated { watch in watch.open { await self.check() } }
    }

    package func detach() {
        state.withLock { $0.relocate = nil }
        watch.assumeIsolated { $0.close() }
    }

    /// Asks the Sentinels, and relocates the session if it is at another server, unless it is locating one itself.
    private func check() async {
        guard state.withLock({ $0.locating == 0 }), let (primary, decision) = try? await ask(isLost: false) else {
            return
        }
        let relocate = state.withLock { state -> (@Sendable (RedisError) -> Void)? in
            guard state.locating == 0, !isAcceptable(state.current, primary, decision) else { return nil }
            let endpoint = target(primary, decision, avoiding: state.failed)
            state.found = (endpoint, .now)
            return state.relocate
        }
        relocate?(RedisError(.relocated, "the Sentinels name another server: the primary is \(primary)"))
    }

    /// Whether a link may stay where it is. A link that prefers a replica also stays at a primary until it is lost,
    /// because a primary has everything that a replica has. A promoted replica is such a primary.
    private func isAcceptable(
        _ current: RedisEndpoint?,
        _ primary: RedisEndpoint,
        _ decision: SentinelConsensus.Decision
    ) -> Bool {
        guard let current else { return false }
        if current == primary { return true }
        guard sentinel.server == .replica else { return false }
        return decision.primary != primary || decision.replicas[current] != nil
    }
}
