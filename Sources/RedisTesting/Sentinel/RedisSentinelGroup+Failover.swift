extension RedisSentinelGroup {
    /// The primary in the eyes of the Sentinels that run; where they differ, of the one with the latest configuration
    /// epoch.
    ///
    /// - Returns: One of ``servers``, which need not run.
    /// - Throws: ``RedisTestingError/Code/notRunning`` when no Sentinel runs or names a server of this group.
    public func primary() throws(RedisTestingError) -> RedisServer {
        var latest: (epoch: Int, port: Int)?
        for sentinel in runningSentinels {
            let epoch = try instances("MASTER", of: sentinel).all.first?["config-epoch"].flatMap { Int($0) } ?? 0
            let port = try primaryPort(accordingTo: sentinel)
            if epoch >= latest?.epoch ?? 0 { latest = (epoch, port) }
        }
        guard let port = latest?.port, let server = servers.first(where: { $0.port == port }) else {
            throw RedisTestingError(.notRunning, "no Sentinel names a primary of this group")
        }
        return server
    }

    /// The servers that run and are not ``primary()``.
    ///
    /// - Throws: As ``primary()``.
    public func replicas() throws(RedisTestingError) -> [RedisServer] {
        let primary = try primary()
        return servers.filter { $0 !== primary && $0.isServing }
    }

    /// Has the Sentinels put a replica in the primary's place (`SENTINEL FAILOVER`) and returns when
    /// ``waitForFailover(from:within:)`` would. The former primary goes on as one until the Sentinels have made it a
    /// replica: ``waitUntilReady(within:)`` waits for that.
    ///
    /// - Returns: The new primary.
    /// - Throws: When the Sentinels refuse, or do not agree in time.
    @discardableResult
    public func failOver() throws(RedisTestingError) -> RedisServer {
        let former = try primary()
        let deadline = deadline(nil)
        try group.wait("a Sentinel to begin a failover", deadline) { () throws(RedisTestingError) in
            guard let sentinel = runningSentinels.first else { return "no Sentinel runs" }
            // NOGOODSLAVE and INPROG are answers for a moment.
            try sentinel.command("SENTINEL", "FAILOVER", options.primaryName)
            return nil
        }
        return try waitForFailover(from: former, deadline)
    }

    /// Ends the primary at once (SIGKILL), as a crash would.
    ///
    /// - Returns: The server that was killed; its ``RedisServer/restart()`` brings it back on the same port.
    /// - Throws: As ``primary()``.
    @discardableResult
    public func killPrimary() throws(RedisTestingError) -> RedisServer {
        let primary = try primary()
        primary.kill()
        return primary
    }

    /// Waits until all Sentinels that run name the same primary, another than `former`, and that says `role:master`.
    ///
    /// - Parameters:
    ///   - former: The server that was the primary.
    ///   - limit: How long to wait at most; ``RedisSentinelOptions/startTimeout`` by default.
    /// - Returns: The new primary.
    /// - Throws: ``RedisTestingError/Code/timeout`` with the ends of the logs.
    @discardableResult
    public func waitForFailover(
        from former: RedisServer,
        within limit: Duration? = nil
    ) throws(RedisTestingError) -> RedisServer {
        try waitForFailover(from: former, deadline(limit))
    }

    private func waitForFailover(
        from former: RedisServer,
        _ deadline: Deadline
    ) throws(RedisTestingError) -> RedisServer {
        var successor = former
        try group.wait("the Sentinels to agree on another primary", deadline) { () throws(RedisTestingError) in
            guard let primary = try agreedPrimary() else { return "they do not agree" }
            if primary === former { return "it is still the former" }
            successor = primary
            return try primary.isPrimary ? nil : "the new one does not say role:master"
        }
        return successor
    }
}
