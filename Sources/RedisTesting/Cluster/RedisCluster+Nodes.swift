extension RedisCluster {
    /// Ends a node at once (SIGKILL), as a crash would. Its port stays reserved for its return.
    ///
    /// - Parameter node: Any node. Idempotent.
    public func kill(_ node: RedisClusterNode) { node.server.kill() }

    /// Stops a node's process (SIGSTOP): its connections stay open, and nothing is answered until ``resume(_:)``.
    ///
    /// - Parameter node: A node that runs. Idempotent.
    /// - Throws: ``RedisTestingError/Code/notRunning``.
    public func pause(_ node: RedisClusterNode) throws(RedisTestingError) { try node.server.pause() }

    /// Lets a paused node run on (SIGCONT). A primary that was replaced meanwhile finds out by itself, a moment later.
    ///
    /// - Parameter node: A node that runs or is paused. Idempotent.
    /// - Throws: ``RedisTestingError/Code/notRunning``.
    public func resume(_ node: RedisClusterNode) throws(RedisTestingError) { try node.server.resume() }

    /// Starts a node again, ending it first (SIGTERM) unless it has ended: on the same port, with what it knew of the
    /// cluster, and without data. Returns when it answers PING; ``waitUntilReady(within:)`` waits for it to have found
    /// its place.
    ///
    /// - Parameter node: Any node.
    /// - Throws: ``RedisTestingError/Code/startFailed`` with the end of its log.
    public func restart(_ node: RedisClusterNode) throws(RedisTestingError) {
        node.discard("dump.rdb")
        try node.server.restartBlocking()
    }

    /// Starts a node again as one that has lost everything (SIGKILL, `nodes.conf` and data deleted): on the same port,
    /// alone, with another name, and without slots. Returns when it answers PING.
    ///
    /// To the others, the node that owned its slots has lost its address. Valkey from 8.1 on takes that for a crash,
    /// and a replica steps in at once. Redis, up to 8.2 at least, does not: the slots stay with a node that nobody can
    /// reach, until ``rejoin(_:)`` has a replica take over, or for good. With a failover before (``kill(_:)``,
    /// ``waitForFailover(of:within:)``) all are alike.
    ///
    /// - Parameter node: Any node.
    /// - Throws: ``RedisTestingError/Code/startFailed`` with the end of its log.
    public func restartEmpty(_ node: RedisClusterNode) throws(RedisTestingError) {
        node.server.kill()
        node.discard(RedisClusterNode.configurationFile)
        node.discard("dump.rdb")  // with keys in it, the node would claim their slots
        try node.server.restartBlocking()
        let id = try node.command("CLUSTER", "MYID")
        node.memory.withLock { $0 = RedisClusterNode.Memory(id: id, formerID: $0.formerID ?? $0.id) }
    }

    /// Takes a node that was emptied in again (CLUSTER MEET) and has the others forget who it was (CLUSTER FORGET);
    /// returns when all agree on it: a primary without slots. When its former self still owns slots, a replica of that
    /// takes over first.
    ///
    /// - Parameter node: A node after ``restartEmpty(_:)``. Nothing happens for any other.
    /// - Throws: ``RedisTestingError/Code/notRunning`` when there would have to be a replica and is none; when the
    ///   nodes do not agree in time.
    public func rejoin(_ node: RedisClusterNode) throws(RedisTestingError) {
        guard let former = node.memory.withLock({ $0.formerID }) else { return }
        let others = members
        if let slot = try others.first?.view()[id: former]?.slots.first?.lowerBound {
            var heir: RedisClusterNode?
            for other in others where try other.view().own?.primary == former { heir = other }
            guard let heir else {
                throw RedisTestingError(.notRunning, "nobody can take over from the former \(node)")
            }
            try takeOver(by: heir)
            try wait("all to see \(heir) take over", deadline(nil)) { () throws(RedisTestingError) in
                for other in others where try other.view()[id: heir.id]?.owns(slot) != true {
                    return "\(other) does not"
                }
                return nil
            }
        }
        for other in others {
            // One that has already dropped it says that it does not know it.
            _ = try? other.command("CLUSTER", "FORGET", former)
            try node.command("CLUSTER", "MEET", "127.0.0.1", "\(other.port)")
        }
        node.memory.withLock { $0.formerID = nil }
        try wait("all nodes to know \(node)", deadline(nil), problem: disagreement)
    }

    /// Makes a node the replica of another primary (CLUSTER REPLICATE); returns when all nodes agree and it is linked
    /// to that.
    ///
    /// - Parameters:
    ///   - replica: A replica, or a primary without slots and keys.
    ///   - primary: A primary that runs.
    /// - Throws: When the node refuses, or the nodes do not agree in time.
    public func replicate(_ replica: RedisClusterNode, _ primary: RedisClusterNode) throws(RedisTestingError) {
        let id = primary.id
        try replica.command("CLUSTER", "REPLICATE", id)
        try wait("\(replica) to be a replica of \(primary)", deadline(nil)) { () throws(RedisTestingError) in
            guard try primary.view()[id: replica.id]?.primary == id else {
                return "the primary does not know it for one"
            }
            if let problem = try disagreement() { return problem }
            return try replicationProblem(of: replica) ? "it is not linked" : nil
        }
    }
}
