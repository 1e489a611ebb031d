extension RedisSentinelGroup {
    /// Waits until the group is complete and at rest: every Sentinel that runs knows every other and every replica that
    /// runs as well, all name the same primary, that one says `role:master`, and all other servers that run are linked
    /// to it. Those that were killed or paused do not count.
    ///
    /// - Parameter limit: How long to wait at most; ``RedisSentinelOptions/startTimeout`` by default. A primary that
    ///   returns, or was replaced by command, takes up to twenty seconds to become a replica unless
    ///   ``RedisSentinelOptions/hastens``.
    /// - Throws: ``RedisTestingError/Code/timeout`` with what is missing, and the ends of the logs.
    public func waitUntilReady(within limit: Duration? = nil) throws(RedisTestingError) {
        try waitUntilReady(deadline(limit))
    }

    func waitUntilReady(_ deadline: Deadline) throws(RedisTestingError) {
        try group.wait("the Sentinels to be ready", deadline) { () throws(RedisTestingError) in
            let primary = try agreedPrimary()
            guard let primary else { return "the Sentinels do not name the same primary" }
            guard try primary.isPrimary else { return "the server on port \(primary.port) is no primary" }
            let replicas = servers.filter { $0 !== primary && $0.isServing }.map(\.port)
            for server in servers where replicas.contains(server.port) {
                if !(try server.isReplica(ofPort: primary.port)) {
                    return "the server on port \(server.port) is not linked to its primary"
                }
            }
            for sentinel in runningSentinels {
                let others = runningSentinels.map(\.port).filter { $0 != sentinel.port }
                for (question, ports, kind) in [
                    ("REPLICAS", replicas, "slave"), ("SENTINELS", others, "sentinel"),
                    ("MASTER", [primary.port], "master"),
                ] {
                    if let problem = try instances(question, of: sentinel).problem(onPorts: ports, kind: kind) {
                        return "the Sentinel on port \(sentinel.port) knows \(problem)"
                    }
                }
            }
            return nil
        }
    }

    var runningSentinels: [RedisServer] { sentinels.filter { $0.isServing } }

    func deadline(_ limit: Duration?) -> Deadline { Deadline(after: limit ?? options.startTimeout) }

    /// The reply to one of SENTINEL's questions about the primary.
    func instances(_ question: String, of sentinel: RedisServer) throws(RedisTestingError) -> SentinelInstances {
        SentinelInstances(try sentinel.command("SENTINEL", question, options.primaryName))
    }

    /// The server that all Sentinels that run name as the primary; `nil` when they do not agree, or none runs.
    func agreedPrimary() throws(RedisTestingError) -> RedisServer? {
        var named: Set<Int> = []
        for sentinel in runningSentinels { named.insert(try primaryPort(accordingTo: sentinel)) }
        guard named.count == 1, let port = named.first else { return nil }
        return servers.first { $0.port == port }
    }

    func primaryPort(accordingTo sentinel: RedisServer) throws(RedisTestingError) -> Int {
        let reply = try sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", options.primaryName)
        return reply.split(separator: "\n").last.flatMap { Int($0) } ?? 0
    }
}

extension RedisServer {
    /// Whether it says `role:master`.
    var isPrimary: Bool {
        get throws(RedisTestingError) { try command("INFO", "replication").hasLine("role:master") }
    }

    /// Whether it is a replica of the server on that port, and linked to it.
    func isReplica(ofPort port: Int) throws(RedisTestingError) -> Bool {
        let information = try command("INFO", "replication")
        return information.hasLine("master_port:\(port)") && information.hasLine("master_link_status:up")
    }
}
