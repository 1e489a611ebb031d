/// How a ``RedisSentinelGroup`` is started. Every field has a default that suits a test.
public struct RedisSentinelOptions: Sendable {
    /// What the Sentinels call the primary.
    public var primaryName: String
    /// How many Sentinels.
    public var sentinels: Int
    /// How many replicas the primary has.
    public var replicas: Int
    /// How many Sentinels must hold the primary for down. Who leads the failover needs the majority of all beside that.
    public var quorum: Int
    /// How long a server may be silent before the first Sentinel holds it for down (`down-after-milliseconds`); each
    /// other one waits 300 ms longer than the one before it.
    public var downAfter: Duration
    /// `failover-timeout`: among others, half the time from a failed attempt to the next.
    public var failoverTimeout: Duration
    /// Whether the Sentinels are to look, tell and mend more often than they usually do (`SENTINEL DEBUG`, from Redis
    /// 7.0 on): the group is then ready sooner, and a primary that returns or was replaced is made a replica within
    /// seconds and not twenty. Ends with a Sentinel's restart.
    public var hastens: Bool
    /// The server program, as ``RedisServerOptions/executable``, for servers and Sentinels.
    public var executable: String?
    /// The password of the servers (`requirepass`, `masterauth`); `nil` for none.
    public var password: String?
    /// The password of the Sentinels themselves, which is another matter; `nil` for none. From Redis 6.2 on.
    public var sentinelPassword: String?
    /// More configuration of every server (not of the Sentinels) in the form of the server's command line.
    public var arguments: [String]
    /// How long the group may take from its start to its being ready, and how long other waits last unless told
    /// otherwise.
    public var startTimeout: Duration

    /// Options for a group; without arguments: a primary with two replicas, and three Sentinels.
    ///
    /// - Parameters:
    ///   - primaryName: What the Sentinels call the primary.
    ///   - sentinels: How many Sentinels.
    ///   - replicas: How many replicas.
    ///   - quorum: How many Sentinels must hold the primary for down.
    ///   - downAfter: How long a server may be silent.
    ///   - failoverTimeout: Half the time from a failed attempt to the next.
    ///   - hastens: Whether the Sentinels are to be quicker than usual.
    ///   - executable: The server program; `nil` for `REDIS_SERVER` or "redis-server".
    ///   - password: The password of the servers; `nil` for none.
    ///   - sentinelPassword: The password of the Sentinels; `nil` for none.
    ///   - arguments: More configuration of the servers.
    ///   - startTimeout: The limit from start to ready.
    public init(
        primaryName: String = "mymaster",
        sentinels: Int = 3,
        replicas: Int = 2,
        quorum: Int = 2,
        downAfter: Duration = .milliseconds(1000),
        failoverTimeout: Duration = .seconds(3),
        hastens: Bool = true,
        executable: String? = nil,
        password: String? = nil,
        sentinelPassword: String? = nil,
        arguments: [String] = [],
        startTimeout: Duration = .seconds(30)
    ) {
        self.primaryName = primaryName
        self.sentinels = sentinels
        self.replicas = replicas
        self.quorum = quorum
        self.downAfter = downAfter
        self.failoverTimeout = failoverTimeout
        self.hastens = hastens
        self.executable = executable
        self.password = password
        self.sentinelPassword = sentinelPassword
        self.arguments = arguments
        self.startTimeout = startTimeout
    }

    /// The options of the primary, or of a replica of the server on port `primary`.
    func server(on port: Int, replicaOf primary: Int?) -> RedisServerOptions {
        var options = RedisServerOptions(
            executable: executable,
            password: password,
            arguments: arguments,
            directoryPrefix: "redis-testing-replicated-",
            startTimeout: startTimeout
        )
        var lines: [ServerMembership.Line] = [
            ("repl-diskless-sync", ["yes"]), ("repl-diskless-sync-delay", ["0"]), ("repl-ping-replica-period", ["1"]),
        ]
        if let primary { lines.append(("replicaof", ["127.0.0.1", "\(primary)"])) }
        if let password { lines.append(("masterauth", [password])) }
        // A Sentinel has the servers write down whose replicas they have become.
        options.membership = ServerMembership(port: port, lines: lines, keepsItsConfiguration: true)
        return options
    }

    /// The options of one Sentinel.
    ///
    /// Each takes a little longer than the one before it to hold a server for down. Were they equal, all of them would
    /// often stand for election at the same moment, each with its own vote and no other, and try again only after twice
    /// the failover's timeout.
    func sentinel(_ index: Int, on port: Int, primary: Int) -> RedisServerOptions {
        let downAfter = downAfter.milliseconds + Int64(index) * 300
        var options = RedisServerOptions(
            executable: executable,
            password: sentinelPassword,
            directoryPrefix: "redis-testing-sentinel-",
            startTimeout: startTimeout
        )
        var lines: [ServerMembership.Line] = [
            ("sentinel", ["monitor", primaryName, "127.0.0.1", "\(primary)", "\(quorum)"]),
            ("sentinel", ["down-after-milliseconds", primaryName, "\(downAfter)"]),
            ("sentinel", ["failover-timeout", primaryName, "\(failoverTimeout.milliseconds)"]),
        ]
        if let password { lines.append(("sentinel", ["auth-pass", primaryName, password])) }
        options.membership = ServerMembership(
            port: port,
            lines: lines,
            isSentinel: true,
            keepsItsConfiguration: true,
            secrets: password.map { [$0] } ?? []
        )
        return options
    }
}
