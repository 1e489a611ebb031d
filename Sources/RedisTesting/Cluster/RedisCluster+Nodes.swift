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

    /// Starts a node again, ending it first (SIGTERM) unless it has ended: on the same port, with what it knew of the cluster, and
    /// without data. Returns when it answers PING; ``waitUntilReady(within:)`` waits for it to have found its place.
    ///
    /// - Parameter node: Any node.
    /// - Throws: ``RedisTestingError/Code/startFailed`` with the end of its log.
    public func restart(_ node: RedisClusterNode) throws(RedisTestingError) {
        node.discard("dump.rdb")
        try node.server.restartBlocking()
    }
}
