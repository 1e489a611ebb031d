// The one table of what can be configured by text. The article `ConfigurationByText.md` is made of it
// (`Tools/configuration/page`).
extension ConfigurationKey {
    /// Rows that belong together.
    package struct Group: Sendable {
        package let title: String
        package let keys: [ConfigurationKey]
    }

    package static let groups = [
        Group(title: "The server", keys: server),
        Group(title: "TLS", keys: tls),
        Group(title: "Links", keys: links),
        Group(title: "Checks of a silent PubSub", keys: deliveryProbe),
        Group(title: "Commands", keys: commands),
        Group(title: "Clusters", keys: cluster),
        Group(title: "Sentinels", keys: sentinel),
    ]

    /// All rows, the URL first: what other keys say counts over what stands in the URL.
    package static let all = groups.flatMap(\.keys)

    private typealias Row = ConfigurationKey

    static let url = Row(url: "Server, user, password, database and options in one: `RedisConfiguration(url:)`.").secret

    private static let server = [
        url,
        Row("host", \.host, .text, "The server's name or address.").otherwise("localhost"),
        Row("port", \.port, .port, "The server's port.").otherwise("6379"),
        Row("unixSocket", \.unixSocket, .text, "The path of a unix socket, in place of host and port."),
        Row("username", \.username, .text, "The ACL user. It needs a password, which may be empty.")
            .otherwise("default"),
        Row("password", \.password, .password, "The password, alone or with a user.").secret,
        Row("database", \.plain.database, .number, "The database.").also("db").inURL("db"),
        Row("clientName", \.plain.clientName, .text, "The name for `CLIENT LIST`.").inURL("client_name"),
        Row(
            "protocol",
            \.plain.protocolVersion,
            .oneOf(versions),
            "The version of RESP. With 3, a server that has only 2 gets 2."
        )
        .inURL("protocol"),
        Row("replicas", \.wantsReplicas, .flag, "Whether replicas are preferred, of a cluster or with Sentinels.")
            .inURL("replicas"),
    ]

    private static let versions = [("2", RedisConfiguration.ProtocolVersion.resp2), ("3", .resp3)]

    private static let tls = [
        Row("tls.enabled", \.isSecure, .flag, "Whether all links are secured; `rediss://` in a URL says the same.")
            .also("ssl"),
        Row("tls.caFile", \.caFile, .text, "The PEM file of the accepted issuers.")
            .also("ssl_ca_certs").otherwise("the system's"),
        Row("tls.caDirectory", \.caDirectory, .text, "The folder of the accepted issuers (`openssl rehash`).")
            .also("ssl_ca_path").otherwise("the system's"),
        Row("tls.certificateFile", \.certificateFile, .text, "The PEM file of this side's certificate.")
            .also("ssl_certfile"),
        Row("tls.keyFile", \.keyFile, .text, "The PEM file of its private key.")
            .also("ssl_keyfile").otherwise("`tls.certificateFile`"),
        Row("tls.keyPassword", \.keyPassword, .password, "The password of the private key.")
            .also("ssl_password").secret,
        Row("tls.serverName", \.tls.serverName, .text, "The name that the server's certificate must have.")
            .otherwise("the host"),
        Row(
            "tls.verification",
            \.tls.verification,
            .oneOf(verifications),
            "What is verified of the server's certificate: issuer and name, the issuer alone, or nothing."
        ),
        Row("tls.minimumVersion", \.tls.minimumVersion, .oneOf(tlsVersions), "The oldest accepted version of TLS."),
    ]

    private static let tlsVersions = [("1.2", RedisTLSConfiguration.Version.tls12), ("1.3", .tls13)]

    private static let verifications = [
        ("full", RedisTLSConfiguration.Verification.full), ("issuerOnly", .issuerOnly), ("none", .none),
    ]

    private static let links = [
        Row("lookupTimeout", \.plain.lookupTimeout, .timespan, "How long looking up the host may take."),
        Row("connectTimeout", \.plain.connectTimeout, .timespan, "How long connecting may take.")
            .also("socket_connect_timeout").inURL("connect_timeout"),
        Row(
            "handshakeTimeout",
            \.plain.handshakeTimeout,
            .timespan,
            "How long the handshakes of TLS and Redis may take together."
        ),
        Row("heartbeat", \.plain.heartbeat, .timespanOrNever, "After how long a silence a link sends PING.")
            .also("health_check_interval"),
        Row("heartbeatTimeout", \.plain.heartbeatTimeout, .timespan, "How long the reply to PING may take."),
        Row("reconnect.enabled", \.plain.reconnect.isEnabled, .flag, "Whether a lost link is opened again."),
        Row(
            "reconnect.minimumDelay",
            \.plain.reconnect.minimumDelay,
            .timespan,
            "The first delay before a lost link is tried again, before jitter."
        ),
        Row("reconnect.maximumDelay", \.plain.reconnect.maximumDelay, .timespan, "The delays double up to this one."),
        Row(
            "reconnect.initialPatience",
            \.plain.reconnect.initialPatience,
            .timespan,
            "How long the very first connect may be tried again."
        ),
        Row("connectLimits.underWay", \.plain.connectLimits.underWay, .number, "How many connects may be in progress."),
        Row(
            "connectLimits.perSecond",
            \.plain.connectLimits.perSecond,
            .number,
            "How many connects may begin within a second."
        ),
        Row(
            "lossBoundInterval",
            \.plain.lossBoundInterval,
            .timespanOrNever,
            "How often the server's count of publishes is read, which bounds what a gap lost."
        ),
        Row("subscribeBatchSize", \.plain.subscribeBatchSize, .number, "How many names go into one subscribe command."),
    ]

    private static let deliveryProbe = [
        Row("deliveryProbe.enabled", \.probes, .flag, "Whether a silent `PubSub` checks that messages arrive."),
        Row("deliveryProbe.interval", \.probe.interval, .timespan, "After how long a silence it checks."),
        Row("deliveryProbe.timeout", \.probe.timeout, .timespan, "How long the probe's message may take."),
        Row("deliveryProbe.channelPrefix", \.probe.channelPrefix, .text, "The beginning of the probe's channel."),
    ]

    private static let commands = [
        Row("commandTimeout", \.plain.commands.timeout, .timespanOrNever, "The timeout of calls that name none.")
            .also("socket_timeout").inURL("command_timeout").property("commands.timeout"),
        Row(
            "whileDisconnected",
            \.plain.commands.whileDisconnected,
            .oneCase,
            "Whether commands wait or fail while there is no link."
        ),
        Row(
            "retry.policy",
            \.plain.commands.retry.limit,
            .oneCase,
            "Which commands are tried again when it is not known whether they were executed: up to this kind."
        ),
        Row(
            "retry.attempts",
            \.plain.commands.retry.attempts,
            .number,
            "How often a command is sent at most, with the first time."
        ),
        Row(
            "retry.minimumPause",
            \.plain.commands.retry.minimumPause,
            .timespan,
            "The pause before the second attempt, before jitter."
        ),
        Row("retry.maximumPause", \.plain.commands.retry.maximumPause, .timespan, "The pauses double up to this one."),
        Row(
            "inFlight.commands",
            \.plain.commands.inFlight.commands,
            .number,
            "How many commands may be on their way and waiting on one link."
        ),
        Row("inFlight.bytes", \.plain.commands.inFlight.bytes, .number, "How many bytes these may have together."),
        Row(
            "inFlight.whenFull",
            \.plain.commands.inFlight.whenFull,
            .oneCase,
            "Whether a command beyond these waits for room or fails."
        ),
        Row("pool.maximum", \.plain.commands.pool.maximum, .number, "How many exclusive links there may be at once.")
            .also("max_connections"),
        Row(
            "pool.idleTimeout",
            \.plain.commands.pool.idleTimeout,
            .timespan,
            "After how long without use an exclusive link is closed."
        ),
    ].map { $0.property == $0.name ? $0.property("commands.\($0.name)") : $0 }

    private static let cluster = [
        Row("cluster.enabled", \.isCluster, .flag, "Whether the server is a node of a cluster that is used as a whole.")
            .also("cluster").inURL("cluster"),
        Row("cluster.seeds", \.cluster.seeds, .hosts(port: 6379), "Nodes that are asked for the topology at first."),
        Row("cluster.refreshInterval", \.cluster.refreshInterval, .timespan, "How often the topology is read."),
        Row("cluster.maximumNodes", \.cluster.maximumNodes, .number, "How many nodes the cluster may have."),
        Row(
            "cluster.nodesAskedPerRound",
            \.cluster.nodesAskedPerRound,
            .number,
            "How many nodes beside the seeds are asked for the topology in one round."
        ),
        Row(
            "cluster.reorderWindow",
            \.cluster.reorderWindow,
            .timespan,
            "How long a `Monitor` holds commands back to sort those of several nodes."
        ),
        Row("cluster.mirrorsChannels", \.cluster.mirrorsChannels, .flag, "Whether a `PubSub` subscribes on two nodes.")
            .also("mirrored").inURL("mirrored"),
        Row(
            "cluster.mirrorWindow",
            \.cluster.mirrorWindow,
            .timespan,
            "How far apart two nodes may send the same message."
        ),
    ]

    private static let sentinel = [
        Row("sentinel.sentinels", \.sentinel.sentinels, .hosts(port: 26379), "Where Sentinels listen."),
        Row("sentinel.name", \.sentinel.name, .text, "The name that they know the primary by."),
        Row("sentinel.username", \.sentinelUsername, .text, "The user at the Sentinels.")
            .inURL("sentinel_username").otherwise("default"),
        Row("sentinel.password", \.sentinelPassword, .password, "The password at the Sentinels.")
            .inURL("sentinel_password").secret,
        Row("sentinel.timeout", \.sentinel.timeout, .timespan, "How long one Sentinel may take to reply."),
        Row(
            "sentinel.maximumInstances",
            \.sentinel.maximumInstances,
            .number,
            "How many Sentinels, and how many replicas, one reply may contain."
        ),
    ]
}
