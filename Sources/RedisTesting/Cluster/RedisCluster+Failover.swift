extension RedisCluster {
    /// Makes a replica the primary of its shard (`CLUSTER FAILOVER`, which loses nothing); returns when all nodes agree
    /// and the former primary has become its replica.
    ///
    /// - Parameter replica: It and its primary must run. Nothing happens when it is a primary with slots already.
    /// - Throws: When the replica refuses, or the nodes do not agree in time.
    public func failOver(to replica: RedisClusterNode) throws(RedisTestingError) {
        let deadline = deadline(nil)
        let former = try primary(of: replica)
        guard former != replica else { return }
        try wait("\(replica) to be linked to its primary", deadline) { () throws(RedisTestingError) in
            try replicationProblem(of: replica) ? "it is not" : nil
        }
        let id = replica.id
        var again = Deadline(after: .zero)
        try wait("\(replica) to be a primary", deadline) { () throws(RedisTestingError) in
            if try replica.view().own?.isPrimary == true { return nil }
            // The servers give up after five seconds, when one of them was kept busy; that is no reason to fail a test.
            if again.hasPassed {
                again = Deadline(after: .seconds(6))
                try replica.command("CLUSTER", "FAILOVER")
            }
            return "it is still a replica"
        }
        try wait("all nodes to take \(replica) for the primary of its shard", deadline) {
            () throws(RedisTestingError) in
            if let problem = try disagreement() { return problem }
            return try former.view().own?.primary == id ? nil : "\(former) is not yet its replica"
        }
        try waitUntilReady(deadline)
    }

    /// Makes a replica the primary of its shard although its primary is silent or gone (`CLUSTER FAILOVER TAKEOVER`,
    /// which asks nobody and may lose writes); returns when it calls itself one.
    ///
    /// - Parameter replica: It must run.
    /// - Throws: When it refuses, or does not become a primary in time.
    public func takeOver(by replica: RedisClusterNode) throws(RedisTestingError) {
        try replica.command("CLUSTER", "FAILOVER", "TAKEOVER")
        try wait("\(replica) to be a primary", deadline(nil)) { () throws(RedisTestingError) in
            try replica.view().own?.isPrimary == true ? nil : "it is still a replica"
        }
    }

    /// Waits until the slots that a primary was last seen to own belong to another node that runs, in the eyes of all
    /// that run.
    ///
    /// - Parameters:
    ///   - node: The primary, which was killed or paused.
    ///   - limit: How long to wait at most; ``RedisClusterOptions/startTimeout`` by default.
    /// - Returns: The new primary.
    /// - Throws: ``RedisTestingError/Code/timeout``; ``RedisTestingError/Code/notRunning`` when the node was never a
    ///   primary.
    @discardableResult
    public func waitForFailover(
        of node: RedisClusterNode,
        within limit: Duration? = nil
    ) throws(RedisTestingError) -> RedisClusterNode {
        guard let slot = node.memory.withLock({ $0.slots.first?.lowerBound }) else {
            throw RedisTestingError(.notRunning, "\(node) was not a primary")
        }
        var successor: RedisClusterNode?
        try wait("another node to take over from \(node)", deadline(limit)) { () throws(RedisTestingError) in
            let owner = try primary(ofSlot: slot)
            successor = owner
            return owner == node ? "it still owns slot \(slot)" : try disagreement()
        }
        guard let successor else { throw RedisTestingError(.timeout, "no node took over from \(node)") }
        return successor
    }
}
