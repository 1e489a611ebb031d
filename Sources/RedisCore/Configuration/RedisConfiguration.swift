public import Logging

/// How to connect to one server, and how a link to it behaves. `RedisConfiguration(url:)` reads the same from a URL.
public struct RedisConfiguration: Sendable {
    /// The protocol version to request.
    public enum ProtocolVersion: Sendable, Hashable {
        /// RESP3, or RESP2 where the server has no HELLO (before Redis 6).
        case resp3
        /// RESP2, without trying RESP3.
        case resp2
    }

    /// Where the server listens. The default is `localhost`, port 6379.
    public var endpoint: RedisEndpoint
    /// The Sentinels that know where the server is. `endpoint` is then only used in texts. The default is `nil`: the
    /// server is at `endpoint`.
    public var sentinel: RedisSentinelConfiguration?
    /// The cluster whose nodes are watched together. `endpoint` is then only used in texts. The default is `nil`: one
    /// server at `endpoint`.
    public var cluster: RedisClusterConfiguration?
    /// How the link is secured. The default is `nil`: everything is sent without encryption.
    public var tls: RedisTLSConfiguration?
    /// Provides user and password, and is asked at each connect. The default is `nil`: no authentication. An empty
    /// password of the default user means no authentication as well.
    public var credentials: (any RedisCredentialsProvider)?
    /// The database that is selected after the handshake. Pub/Sub ignores databases. The default is 0.
    public var database: Int
    /// The name for `CLIENT LIST`: printable ASCII without blanks. The default is none.
    public var clientName: String?
    /// The protocol version to ask for. The default is RESP3.
    public var protocolVersion: ProtocolVersion
    /// How long the lookup of the server's name may take; after that the attempt to connect has failed. The default is
    /// 15 s.
    ///
    /// A reply that comes later is used by the next attempt. If the name was looked up before, an attempt does not wait
    /// that long: after a quarter of a second it tries the addresses that were found then.
    public var lookupTimeout: Duration
    /// How long connecting may take once the name is looked up, all addresses together. The default is 5 s.
    public var connectTimeout: Duration
    /// How long the handshakes may take, that of TLS and that of Redis together. The default is 5 s.
    public var handshakeTimeout: Duration
    /// When a lost link is tried again.
    public var reconnect: RedisReconnectPolicy
    /// How fast links are opened. The limits hold for all links of one object together.
    public var connectLimits: RedisConnectLimits
    /// After how long a silence the link sends PING; `nil` means never. The default is 15 s.
    ///
    /// Any message or reply ends the silence, also an error, and so do 4 KiB of an incomplete message. PING and its
    /// reply are not shown. A `RedisClient` sends no PING behind a command whose caller waits for its reply, because
    /// that command may block; it sends one when the caller's timeout is over.
    public var heartbeat: Duration?
    /// How long the server may take to answer the PING. After that the link counts as lost. The default is 5 s.
    public var heartbeatTimeout: Duration
    /// How often a `PubSub` reads the server's count of publishes (`INFO all`), so that a gap can say how many were
    /// missed at most. The count is also read at each connect. A shorter interval gives a tighter bound. `nil` never
    /// reads the count. The default is 60 s.
    public var lossBoundInterval: Duration?
    /// Whether a `PubSub` that gets no messages checks that messages still arrive. The default is `nil`: no check.
    public var deliveryProbe: RedisDeliveryProbe?
    /// How large a frame may be on the links for events: those of `PubSub`, `Monitor`, `KeyspaceEvents` and
    /// `Invalidations`.
    public var limits: RedisFrameLimits
    /// How large a reply to a `RedisClient` may be. The default is `RedisFrameLimits.replies`.
    public var replyLimits: RedisFrameLimits
    /// At most that many names go into one subscribe command. The default is 512.
    public var subscribeBatchSize: Int
    /// How a `RedisClient` sends its commands.
    public var commands: RedisCommandConfiguration
    /// Learns of the commands of a `RedisClient`, for metrics and traces. The default is `nil`.
    public var commandObserver: (any RedisCommandObserver)?
    /// Learns of the events of `PubSub`, `Monitor`, `KeyspaceEvents` and `Invalidations`, for metrics. The default is
    /// `nil`.
    public var eventsObserver: (any RedisEventsObserver)?
    /// Where log lines go. The default discards them. A lost link is logged at `notice`, with the server, the reason
    /// and how certain the reason is. A restored link is logged at `notice` as well, with the time that it took.
    /// Everything else is logged at `debug`. No line contains a payload or a password.
    public var logger: Logger
    /// Whether `CLIENT SETINFO` (Redis 7.2) tells the server which library this is.
    package var tellsLibrary = true
    /// Whether this is a second link for a link of the user. Its events are logged at `debug`.
    package var isAuxiliary = false
    /// Replaces `connectTimeout` until a link has served for the first time.
    package var firstConnectTimeout: Duration?
    /// Looks names up.
    package var names = AddressCache.shared
    /// Limits how the links of one object connect; `nil` means no limit.
    package var connectGate: ConnectGate?
    /// Whether a link connects before others of its object, because it finds servers or guards a link.
    package var connectsFirst = false
    /// The register of this process's links, for monitors that leave out the commands of these links.
    package var ownLinks: OwnLinks?
    /// Whether nobody can know `clientName` before it is sent.
    package var hasUniqueName = false
    /// Whether a replica of a cluster may serve the link's reads (READONLY), also where it is behind its primary.
    package var readsReplica = false

    /// A configuration for `endpoint`. Every other property has its documented default.
    public init(endpoint: RedisEndpoint = .tcp(host: "localhost", port: 6379)) {
        self.endpoint = endpoint
        sentinel = nil
        cluster = nil
        tls = nil
        credentials = nil
        database = 0
        clientName = nil
        protocolVersion = .resp3
        lookupTimeout = .seconds(15)
        connectTimeout = .seconds(5)
        handshakeTimeout = .seconds(5)
        reconnect = RedisReconnectPolicy()
        connectLimits = RedisConnectLimits()
        heartbeat = .seconds(15)
        heartbeatTimeout = .seconds(5)
        lossBoundInterval = .seconds(60)
        deliveryProbe = nil
        limits = RedisFrameLimits()
        replyLimits = .replies
        subscribeBatchSize = 512
        commands = RedisCommandConfiguration()
        commandObserver = nil
        eventsObserver = nil
        logger = Logger(label: "redis-events") { _ in SwiftLogNoOpLogHandler() }
    }

    /// Throws when a value cannot work, with an error that names it.
    package func validate() throws(RedisError) { try check().throwFirst() }

    /// All values that cannot work.
    func check() -> ConfigurationCheck {
        var check = ConfigurationCheck()
        checkSizes(&check)
        checkTimes(&check)
        checkNames(&check)
        check.that(sentinel == nil || cluster == nil, "sentinel", "sentinel and cluster exclude each other")
        sentinel?.check(&check)
        cluster?.check(&check)
        commands.check(&check)
        check.that(cluster == nil || database == 0, "database", "a cluster has no database but 0")
        checkEndpoint(&check)
        return check
    }

    private func checkSizes(_ check: inout ConfigurationCheck) {
        check.that(database >= 0, "database", "database \(database) is negative")
        check.that(
            subscribeBatchSize > 0,
            "subscribeBatchSize",
            "subscribeBatchSize \(subscribeBatchSize) is not positive"
        )
        for (name, limits) in [("limits", limits), ("replyLimits", replyLimits)] {
            // Nested values are read and released by recursive functions.
            check.that(limits.depth <= 1024, name, "\(name).depth is over 1024")
            let smallest = min(limits.depth, limits.elements, limits.bulkLength, limits.lineLength, limits.frameLength)
            check.that(smallest > 0, name, "\(name) hold \(smallest), which leaves no room for a frame")
        }
        check.positive(connectLimits.underWay, "connectLimits.underWay")
        check.positive(connectLimits.perSecond, "connectLimits.perSecond")
    }

    private func checkTimes(_ check: inout ConfigurationCheck) {
        check.that(heartbeat ?? .seconds(1) > .zero, "heartbeat", "heartbeat is not positive; nil turns it off")
        check.positive(heartbeatTimeout, "heartbeatTimeout")
        check.that(
            lossBoundInterval ?? .seconds(1) > .zero,
            "lossBoundInterval",
            "lossBoundInterval is not positive; nil turns it off"
        )
        if let deliveryProbe {
            check.positive(deliveryProbe.interval, "deliveryProbe.interval")
            check.positive(deliveryProbe.timeout, "deliveryProbe.timeout")
        }
        check.positive(lookupTimeout, "lookupTimeout")
        check.positive(connectTimeout, "connectTimeout")
        check.positive(handshakeTimeout, "handshakeTimeout")
        check.that(
            reconnect.minimumDelay > .zero && reconnect.minimumDelay <= reconnect.maximumDelay,
            "reconnect.minimumDelay",
            "reconnect.minimumDelay \(reconnect.minimumDelay) is not between zero and reconnect.maximumDelay"
        )
    }

    private func checkNames(_ check: inout ConfigurationCheck) {
        if let clientName {
            let isPrintable = clientName.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
            check.that(
                isPrintable && !clientName.isEmpty,
                "clientName",
                "client name has a blank or a character outside printable ASCII"
            )
        }
        if let serverName = tls?.serverName {
            // OpenSSL would check no name, or other names.
            check.that(
                TLSServerName(serverName) != .neither,
                "tls.serverName",
                "tls.serverName is no host name and no address, or holds a wildcard or a leading dot"
            )
        }
    }

    private func checkEndpoint(_ check: inout ConfigurationCheck) {
        switch endpoint {
        case .tcp(let host, let port):
            check.that(!host.isEmpty && !host.utf8.contains(0), "host", "host is empty or holds a NUL")
            check.that(port > 0, "port", "port 0 cannot be connected to")
        case .unix(let path):
            check.that(
                tls == nil,
                "tls.enabled",
                "TLS over a unix socket is not to be had: servers listen there in clear"
            )
            check.that(!path.isEmpty && !path.utf8.contains(0), "unixSocket", "socket path is empty or holds a NUL")
            check.that(
                path.utf8.count <= 107,
                "unixSocket",
                "socket path is over 107 bytes, the most that a unix socket may have"
            )
        }
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The endpoint. It contains no part of the credentials, whoever provides them.
    public var description: String { "RedisConfiguration(\(endpoint))" }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// All properties except the provider, which may hold passwords, and the logger.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "endpoint": endpoint, "tls": tls as Any, "database": database, "clientName": clientName as Any,
                "protocolVersion": protocolVersion, "lookupTimeout": lookupTimeout, "connectTimeout": connectTimeout,
                "handshakeTimeout": handshakeTimeout, "reconnect": reconnect, "heartbeat": heartbeat as Any,
                "heartbeatTimeout": heartbeatTimeout, "limits": limits, "replyLimits": replyLimits,
                "subscribeBatchSize": subscribeBatchSize, "commands": commands,
            ],
            displayStyle: .struct
        )
    }
}

extension RedisConfiguration {
    /// A copy for the one server at `endpoint`, without Sentinels or cluster: for a second link that has to go to the
    /// server of the first link.
    package func pinned(to endpoint: RedisEndpoint) -> RedisConfiguration {
        var configuration = self
        configuration.endpoint = endpoint
        configuration.sentinel = nil
        configuration.cluster = nil
        return configuration
    }
}
