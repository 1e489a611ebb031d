internal import RedisReactor

/// Finds the node of a cluster that a link is to go to, and takes the link elsewhere when the shape says so.
package final class ClusterDiscovery: ServerDiscovery {
    private enum Place {
        case looking
        case at(RedisEndpoint)
        case nowhere
    }

    private struct State {
        var place = Place.looking
        /// Where the last failure was, if a link was tried there, and when.
        var failed: RedisEndpoint?
        var failedAt: ContinuousClock.Instant?
        /// Whether a server that took its time has been doubted for it.
        var hasDoubted = false
        var relocate: (@Sendable (RedisError) -> Void)?
        var observation: ClusterTopology.Observation?
        var others: [Weak] = []
    }

    private struct Weak {
        weak var discovery: ClusterDiscovery?
    }

    private let topology: ClusterTopology
    private let rule: NodeRule
    private let state = Locked(State())

    init(_ topology: ClusterTopology, _ rule: NodeRule) {
        self.topology = topology
        self.rule = rule
    }

    deinit { topology.forget(ObjectIdentifier(self)) }

    /// How long a shape that may tell of a failover is waited for.
    private static var patience: Duration { .seconds(1) }
    /// A server that had failed and takes longer than that to shake hands may have hung, and may have been replaced
    /// without knowing it yet.
    private static var doubt: Duration { .milliseconds(250) }

    /// Where the link is, or is on its way to.
    package var node: RedisEndpoint? { topology.place(of: ObjectIdentifier(self)) }

    /// Keeps away from where these are, as far as there are other nodes.
    package func avoid(_ others: [ClusterDiscovery]) {
        state.withLock { $0.others = others.map { Weak(discovery: $0) } }
    }

    package func locate() async throws(RedisError) -> RedisEndpoint {
        let (failed, failedAt, others) = state.withLock { state in
            state.place = .looking
            return (state.failed, state.failedAt, state.others.compactMap(\.discovery))
        }
        if let failedAt { await topology.refreshed(.linkLost, after: failedAt, within: Self.patience) }
        while true {
            let shape: ClusterShape
            do throws(RedisError) { shape = try await topology.load() } catch {
                state.withLock { $0.place = .nowhere }
                throw error
            }
            let endpoint = topology.take(rule, in: shape, failed: failed, avoiding: others, for: ObjectIdentifier(self))
            state.withLock { $0.place = endpoint.map { .at($0) } ?? .nowhere }
            // A shape that came before the place was noted has moved nobody.
            if topology.shape != shape { continue }
            if let endpoint { return endpoint }
            topology.setTrouble(true, of: ObjectIdentifier(self))
            topology.refresh(.noServer)
            throw RedisError(.noServer, "the cluster has no healthy node for this", phase: .connect)
        }
    }

    package func serverFailed(_ endpoint: RedisEndpoint, _ error: RedisError) {
        state.withLock { state in
            // A failure to find a node is none of the node that was found before.
            guard case .at(endpoint) = state.place else { return }
            state.failed = endpoint
            state.failedAt = .now
        }
        topology.setTrouble(true, of: ObjectIdentifier(self))
        // What it thinks of itself is not asked for first.
        topology.distrust(endpoint)
        topology.refresh(.linkLost)
    }

    package var needsRole: Bool {
        if case .shard(_, .primary) = rule { return true }
        return false
    }

    package func refusal(of facts: ServerFacts) -> RedisError? {
        if needsRole, let role = facts.role, role != "master" {
            topology.refresh(.wrongRole)
            let text = "the server is a replica, and the primary was asked for"
            return RedisError(.wrongRole, text, endpoint: facts.endpoint, phase: .handshake)
        }
        if mayBeStale(facts) {
            let text = "the server had failed and was slow to answer: is it still the one?"
            return RedisError(.wrongRole, text, endpoint: facts.endpoint, phase: .handshake)
        }
        state.withLock { ($0.failed, $0.failedAt, $0.hasDoubted) = (nil, nil, false) }
        topology.setTrouble(false, of: ObjectIdentifier(self))
        return nil
    }

    /// Once for each outage: a network may be slow for ever.
    private func mayBeStale(_ facts: ServerFacts) -> Bool {
        guard needsRole, let endpoint = facts.endpoint else { return false }
        return state.withLock { state in
            guard state.failed == endpoint, !state.hasDoubted, facts.answerTime > Self.doubt else { return false }
            state.hasDoubted = true
            return true
        }
    }

    package var hasAlternatives: Bool {
        guard let shape = topology.shape, let node else { return false }
        var random = ShuffleGenerator()
        let choice = rule.choice(in: shape, failed: node, using: &random)
        return choice != nil && choice?.endpoint != node
    }

    package func attach(_ relocate: @escaping @Sendable (RedisError) -> Void) {
        let before = state.withLock { state in
            state.relocate = relocate
            return state.observation.take()
        }
        before?.cancel()
        let observation = topology.observe { [weak self] shape in self?.shapeChanged(shape) }
        state.withLock { $0.observation = observation }
    }

    package func detach() {
        let observation = state.withLock { state in
            state.relocate = nil
            state.place = .looking
            return state.observation.take()
        }
        observation?.cancel()
        topology.forget(ObjectIdentifier(self))
    }

    /// On the loop.
    private func shapeChanged(_ shape: ClusterShape) {
        var random = ShuffleGenerator()
        guard let choice = rule.choice(in: shape, using: &random) else { return }
        let relocate = state.withLock { state -> (@Sendable (RedisError) -> Void)? in
            switch state.place {
            case .looking: return nil
            case .at(let endpoint) where rule.isGood(endpoint, in: shape): return nil
            case .at, .nowhere:
                state.place = .looking
                return state.relocate
            }
        }
        relocate?(RedisError(.relocated, "the cluster has \(choice.endpoint) for this now"))
    }
}

extension ClusterTopology {
    /// Finds the node of a shard: its primary, or a replica that is healthy.
    ///
    /// A link to a node that is not the shard's any more is taken to the right one. A shard that is no longer in the
    /// shape has no nodes, and its link is left alone: whoever opened it closes it. After a failure the shape is asked
    /// for first, and again and again until a link is up.
    package func discovery(
        ofShard id: Int,
        prefers preference: RedisClusterConfiguration.NodePreference
    ) -> ClusterDiscovery { ClusterDiscovery(self, .shard(id, preference)) }

    /// Finds any node that is healthy, another than the one that has just failed; a replica, if those are preferred and
    /// there is one. Keeps away from where `others` are, as far as it can. A link to a node that has left the cluster,
    /// or is not healthy any more, is taken elsewhere.
    package func discovery(
        ofAny preference: RedisClusterConfiguration.NodePreference = .primary,
        avoiding others: [ClusterDiscovery] = []
    ) -> ClusterDiscovery {
        let discovery = ClusterDiscovery(self, .any(preference))
        discovery.avoid(others)
        return discovery
    }

    /// Chooses for a discovery and notes the place, so that two that avoid one another never choose the same at once.
    func take(
        _ rule: NodeRule,
        in shape: ClusterShape,
        failed: RedisEndpoint?,
        avoiding others: [ClusterDiscovery],
        for discovery: ObjectIdentifier
    ) -> RedisEndpoint? {
        state.withLock { state in
            let taken = Set(others.compactMap { state.places[ObjectIdentifier($0)] })
            let endpoint = rule.choice(in: shape, failed: failed, taken: taken, using: &state.random)?.endpoint
            state.places[discovery] = endpoint
            return endpoint
        }
    }

    func place(of discovery: ObjectIdentifier) -> RedisEndpoint? { state.withLock { $0.places[discovery] } }

    func setTrouble(_ isTroubled: Bool, of discovery: ObjectIdentifier) {
        state.withLock { state in
            if isTroubled { state.troubled.insert(discovery) } else { state.troubled.remove(discovery) }
            state.machine.isTroubled = !state.troubled.isEmpty
        }
        step()
    }

    func forget(_ discovery: ObjectIdentifier) {
        state.withLock { _ = $0.places.removeValue(forKey: discovery) }
        setTrouble(false, of: discovery)
    }
}
