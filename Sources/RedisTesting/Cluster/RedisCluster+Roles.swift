extension RedisCluster {
    /// What each node that runs says of itself.
    private func owns() throws(RedisTestingError) -> [(node: RedisClusterNode, entry: ClusterView.Entry)] {
        var owns: [(node: RedisClusterNode, entry: ClusterView.Entry)] = []
        for node in members {
            if let own = try node.view().own { owns.append((node, own)) }
        }
        return owns
    }

    /// The node that owns a slot and runs: of two that claim it, as after the return of a primary that was replaced,
    /// the one with the higher configuration epoch.
    ///
    /// - Parameter slot: 0 to 16383.
    /// - Returns: The node.
    /// - Throws: ``RedisTestingError/Code/notRunning`` when no node that runs owns it.
    public func primary(ofSlot slot: Int) throws(RedisTestingError) -> RedisClusterNode {
        let claims = try owns().filter { $0.entry.isPrimary && $0.entry.owns(slot) }
        guard let claim = claims.max(by: { $0.entry.epoch < $1.entry.epoch }) else {
            throw RedisTestingError(.notRunning, "no node that runs owns slot \(slot)")
        }
        return claim.node
    }

    /// The node that owns the slot of a channel or key; otherwise as ``primary(ofSlot:)``.
    ///
    /// - Parameter name: The channel or key.
    /// - Returns: The node.
    /// - Throws: As ``primary(ofSlot:)``.
    public func primary(of name: String) throws(RedisTestingError) -> RedisClusterNode {
        try primary(ofSlot: Self.slot(name))
    }

    /// The nodes that run and own slots, in order of their start.
    ///
    /// - Throws: When a node does not answer.
    public func primaries() throws(RedisTestingError) -> [RedisClusterNode] {
        try owns().filter { $0.entry.isPrimary && !$0.entry.slots.isEmpty }.map(\.node)
    }

    /// The nodes that run and call themselves replicas of `primary`, in order of their start.
    ///
    /// - Parameter primary: It need not run.
    /// - Returns: The replicas.
    /// - Throws: When a node does not answer.
    public func replicas(of primary: RedisClusterNode) throws(RedisTestingError) -> [RedisClusterNode] {
        let id = primary.id
        return try owns().filter { $0.entry.primary == id }.map(\.node)
    }

    /// The primary of a replica; a primary itself.
    ///
    /// - Parameter node: It must run.
    /// - Returns: The primary.
    /// - Throws: ``RedisTestingError/Code/notRunning`` when its primary is no node of this cluster.
    public func primary(of node: RedisClusterNode) throws(RedisTestingError) -> RedisClusterNode {
        guard let id = try node.view().own?.primary else { return node }
        guard let primary = nodes.first(where: { $0.id == id }) else {
            throw RedisTestingError(.notRunning, "the primary of \(node) is gone")
        }
        return primary
    }
}
