extension ClusterTopology {
    /// Finds the node of a shard: its primary, or a replica that is well.
    ///
    /// A link to a node that is not the shard's any more is taken to the right one. A shard that is no longer in the picture
    /// has no nodes, and its link is left alone: whoever opened it closes it. After a failure the picture is asked for first, and
    /// again and again until a link is up.
    package func discovery(
        ofShard id: Int,
        prefers preference: RedisClusterConfiguration.NodePreference
    ) -> ClusterDiscovery { ClusterDiscovery(self, .shard(id, preference)) }

    /// Finds any node that is well, another than the one that has just failed; a replica, if those are preferred and there is
    /// one. Keeps away from where `others` are, as far as it can. A link to a node that has left the cluster, or is not well any
    /// more, is taken elsewhere.
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
            let circumstances = NodeRule.Circumstances(failed: failed, taken: taken)
            let endpoint = rule.choice(in: shape, circumstances, using: &state.random)?.endpoint
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
