/// How a ``RedisCluster`` is started. Every field has a default that suits a test.
public struct RedisClusterOptions: Sendable {
    /// How many primaries; the slots are shared out evenly among them.
    public var primaries: Int
    /// How many replicas each of them has.
    public var replicasPerPrimary: Int
    /// The server program, as ``RedisServerOptions/executable``.
    public var executable: String?
    /// How long a node may be silent before it is held to be down (`cluster-node-timeout`). A failover after a crash
    /// takes one to two seconds more; much less than the default, and a busy machine brings failovers that nobody asked
    /// for.
    public var nodeTimeout: Duration
    /// The password of the default user, and of the replicas (`requirepass`, `masterauth`); `nil` for none.
    public var password: String?
    /// More configuration of every node in the form of the server's command line, which overrides what this package
    /// sets.
    public var arguments: [String]
    /// How long the cluster may take from its start to its being ready, and how long
    /// ``RedisCluster/waitUntilReady(within:)`` and its like wait unless told otherwise.
    public var startTimeout: Duration

    /// Options for a cluster; without arguments: three primaries with a replica each.
    ///
    /// - Parameters:
    ///   - primaries: How many primaries.
    ///   - replicasPerPrimary: How many replicas each of them has.
    ///   - executable: The server program; `nil` for `REDIS_SERVER` or "redis-server".
    ///   - nodeTimeout: How long a node may be silent.
    ///   - password: The password of the default user; `nil` for none.
    ///   - arguments: More configuration in the form of the server's command line.
    ///   - startTimeout: The limit from start to ready.
    public init(
        primaries: Int = 3,
        replicasPerPrimary: Int = 1,
        executable: String? = nil,
        nodeTimeout: Duration = .milliseconds(1000),
        password: String? = nil,
        arguments: [String] = [],
        startTimeout: Duration = .seconds(30)
    ) {
        self.primaries = primaries
        self.replicasPerPrimary = replicasPerPrimary
        self.executable = executable
        self.nodeTimeout = nodeTimeout
        self.password = password
        self.arguments = arguments
        self.startTimeout = startTimeout
    }

    /// How many nodes in all.
    var nodeCount: Int { primaries * (1 + replicasPerPrimary) }

    /// The options of one node.
    func node(on port: Int) -> RedisServerOptions {
        var options = RedisServerOptions(
            executable: executable,
            password: password,
            arguments: arguments,
            directoryPrefix: "redis-testing-cluster-",
            startTimeout: startTimeout
        )
        var lines: [ServerMembership.Line] = [
            ("cluster-enabled", ["yes"]), ("cluster-config-file", [RedisClusterNode.configurationFile]),
            ("cluster-node-timeout", ["\(nodeTimeout.milliseconds)"]),
            ("cluster-announce-ip", ["127.0.0.1"]),
            // The layout changes when a test changes it: no replica leaves for a primary that has none.
            ("cluster-migration-barrier", ["100"]),
            // However long a replica was cut off, it may stand for election.
            ("cluster-replica-validity-factor", ["0"]),
            ("repl-diskless-sync", ["yes"]), ("repl-diskless-sync-delay", ["0"]), ("repl-ping-replica-period", ["1"]),
        ]
        if let password { lines.append(("masterauth", [password])) }
        options.membership = ServerMembership(port: port, lines: lines)
        return options
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
