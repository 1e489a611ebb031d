extension RedisCluster {
    /// Waits until the cluster serves and is at rest: every node that runs says `cluster_state:ok`, every slot is owned
    /// by a node that runs, all of these agree on owners, roles and health, and every replica is linked to its primary.
    /// Nodes that were killed, paused, or emptied and not yet taken in again do not count.
    ///
    /// - Parameter limit: How long to wait at most; ``RedisClusterOptions/startTimeout`` by default.
    /// - Throws: ``RedisTestingError/Code/timeout`` with what is missing, and the ends of the logs.
    public func waitUntilReady(within limit: Duration? = nil) throws(RedisTestingError) {
        try waitUntilReady(deadline(limit))
    }

    func waitUntilReady(_ deadline: Deadline) throws(RedisTestingError) {
        try wait("the cluster to be ready", deadline) { () throws(RedisTestingError) in
            if let problem = try disagreement() { return problem }
            for node in members where !(try node.command("CLUSTER", "INFO")).hasLine("cluster_state:ok") {
                return "\(node) does not say cluster_state:ok"
            }
            for node in members where try replicationProblem(of: node) { return "\(node) is not linked to its primary" }
            return nil
        }
    }

    /// Waits until every node that runs calls every replica one that serves (`CLUSTER SHARDS`, Redis 7.0; older servers
    /// do not tell). For a moment after the cluster is ready a node may not have heard how far a replica is, and calls
    /// it loading. Clients that prefer replicas go to the primary then.
    ///
    /// - Parameter limit: How long to wait at most; ``RedisClusterOptions/startTimeout`` by default.
    /// - Throws: ``RedisTestingError/Code/timeout`` with the node that does, and the ends of the logs.
    public func waitUntilReplicasServe(within limit: Duration? = nil) throws(RedisTestingError) {
        try wait("the replicas to serve", deadline(limit)) { () throws(RedisTestingError) in
            for node in members {
                do throws(RedisTestingError) {
                    let shards = try node.command("CLUSTER", "SHARDS")
                    if shards.hasLine("loading") { return "\(node) calls a replica loading" }
                } catch { if error.code != .errorReply { throw error } }
            }
            return nil
        }
    }

    /// The nodes that run and belong to the cluster.
    var members: [RedisClusterNode] { nodes.filter { $0.isServing && $0.memory.withLock { $0.formerID == nil } } }

    /// What the members do not agree on, or what they agree on that is not well; `nil` when there is nothing.
    func disagreement() throws(RedisTestingError) -> String? {
        let members = members
        var first: ClusterView?
        for node in members {
            let view = try node.view()
            let agreed = first ?? view
            first = agreed
            if view.coveredSlots != KeySlot.count { return "\(node) knows owners of \(view.coveredSlots) slots" }
            if view.owners != agreed.owners { return "\(node) and \(members[0]) see different owners" }
            for id in view.owners.keys where !members.contains(where: { $0.id == id }) {
                return "\(node) sees slots with an owner that does not run"
            }
            for other in members {
                guard let entry = view[id: other.id], entry.isHealthy else { return "\(node) is not sure of \(other)" }
                let common = agreed[id: other.id]
                if entry.isPrimary != common?.isPrimary || entry.primary != common?.primary {
                    return "\(node) and \(members[0]) see different roles of \(other)"
                }
            }
        }
        return first == nil ? "no node runs" : nil
    }

    /// Whether a node is a replica and not in touch with the primary that it ought to have.
    func replicationProblem(of node: RedisClusterNode) throws(RedisTestingError) -> Bool {
        guard let own = try node.view().own, let primary = own.primary else { return false }
        let information = try node.command("INFO", "replication")
        guard information.hasLine("master_link_status:up") else { return true }
        return !nodes.contains { $0.id == primary && information.hasLine("master_port:\($0.port)") }
    }

    // MARK: - Waiting

    func deadline(_ limit: Duration?) -> Deadline { Deadline(after: limit ?? options.startTimeout) }

    func wait(
        _ what: String,
        _ deadline: Deadline,
        problem: () throws(RedisTestingError) -> String?
    ) throws(RedisTestingError) {
        try group.wait(what, deadline, problem: problem)
    }
}
