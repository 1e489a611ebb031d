internal import RedisReactor

/// Finds the node of a cluster for a link, and relocates the link when the shape of the cluster changes.
package final class ClusterDiscovery: ServerDiscovery {
    private enum Place {
        case looking
        case at(RedisEndpoint)
        case nowhere
    }

    private struct State {
        var place = Place.looking
        /// The node of the last failure, if a link was tried there, and the time of that failure.
        var failed: RedisEndpoint?
        var failedAt: ContinuousClock.Instant?
        /// Whether a node was refused once because it was slow.
        var hasRefusedSlowNode = false
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

    /// How long a link waits for a shape that may contain a failover.
    private static var patience: Duration { .seconds(1) }
    /// A server that had failed and takes longer than this for the handshake may have been suspended, and replaced
    /// without knowing it yet.
    private static var slowAnswer: Duration { .milliseconds(250) }

    /// The node that the link is at, or is on its way to.
    package var node: RedisEndpoint? { topology.place(of: ObjectIdentifier(self)) }

    /// Avoids the nodes of these discoveries, as far as there are other nodes.
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
            // A shape that came before the node was noted has relocated nobody.
            if topology.shape != shape { continue }
            if let endpoint { return endpoint }
            topology.setTrouble(true, of: ObjectIdentifier(self))
            topology.refresh(.noServer)
            throw RedisError(.noServer, "the cluster has no healthy node for this", phase: .connect)
        }
    }

    package func serverFailed(_ endpoint: RedisEndpoint, _ error: RedisError) {
        state.withLock { state in
            // This failure belongs to another node than the current one.
            guard case .at(endpoint) = state.place else { return }
            state.failed = endpoint
            state.failedAt = .now
        }
        topology.setTrouble(true, of: ObjectIdentifier(self))
        // The node is not the first to be asked for the shape.
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
        state.withLock { ($0.failed, $0.failedAt, $0.hasRefusedSlowNode) = (nil, nil, false) }
        topology.setTrouble(false, of: ObjectIdentifier(self))
        return nil
    }

    /// Whether the node may have been replaced without knowing it. Once for each outage, because a network may always
    /// be slow.
    private func mayBeStale(_ facts: ServerFacts) -> Bool {
        guard needsRole, let endpoint = facts.endpoint else { return false }
        return state.withLock { state in
            guard state.failed == endpoint, !state.hasRefusedSlowNode, facts.answerTime > Self.slowAnswer else {
                return false
            }
            state.hasRefusedSlowNode = true
            return true
        }
    }

    package var hasAlternatives: Bool {
        guard let shape = topology.shape, let node else { return false }
        var random = ShuffleGenerator()
        let choice = rule.choice(in: shape, failed: node, using: &random)
        return choice != nil && choice?.endpoint != node
    }

    package var publisher: RedisEndpoint? {
        let others = topology.shape?.shards.compactMap(\.primary).filter { $0.isHealthy && $0.endpoint != node }
        return others?.randomElement()?.endpoint ?? node
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

    /// Must be called on the loop.
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
    /// Makes a discovery for the node of a shard: its primary, or a healthy replica.
    ///
    /// A link to a node that does not belong to the shard any more is relocated. A shard that is no longer in the shape
    /// has no nodes, and its link stays as it is until its owner closes it. After a failure the shape is refreshed
    /// first, again and again until a link is up.
    package func discovery(
        ofShard id: Int,
        prefers preference: RedisClusterConfiguration.NodePreference
    ) -> ClusterDiscovery { ClusterDiscovery(self, .shard(id, preference)) }

    /// Makes a discovery for any healthy node, another than the one that has just failed; a replica, if replicas are
    /// preferred and there is one. Avoids the nodes of `others` as far as possible. A link to a node that has left the
    /// cluster, or is not healthy any more, is relocated.
    package func discovery(
        ofAny preference: RedisClusterConfiguration.NodePreference = .primary,
        avoiding others: [ClusterDiscovery] = []
    ) -> ClusterDiscovery {
        let discovery = ClusterDiscovery(self, .any(preference))
        discovery.avoid(others)
        return discovery
    }

    /// Chooses a node for a discovery and notes it, so that two discoveries that avoid each other never choose the same
    /// node at once.
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
