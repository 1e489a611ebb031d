import Reactor
package import RedisCore

/// Where to connect, as the command line and the environment say it.
package struct ConnectionSettings: Sendable {
    package var host: String?
    package var port: UInt16?
    package var socket: String?
    package var urls: [String] = []
    /// Whether the server is a node of a cluster that is to be watched as a whole.
    package var isCluster = false
    /// Whether replicas are preferred, of a cluster or with Sentinels.
    package var wantsReplicas = false
    /// The name of a primary, when the server is a Sentinel.
    package var sentinelName: String?
    package var password: String?
    package var user: String?
    package var database: Int?
    /// Whether TLS is asked for beside what the URL says.
    package var tls = false
    /// The PEM file of the authorities to trust.
    package var authorities: String?
    package var certificate: String?
    package var privateKey: String?
    /// The name that the server's certificate has to bear.
    package var serverName: String?
    package var isInsecure = false
    package var protocolVersion: RedisConfiguration.ProtocolVersion?
    /// Whether a lost link is opened again.
    package var reconnects = true
    /// After how long a silence the server is asked for a sign of life; zero never asks.
    package var heartbeat: Duration = .seconds(15)
    /// How long the first connect may be retried.
    package var patience: Duration = .zero

    /// Nothing said yet.
    package init() {}

    /// A first connect without patience fails within a second. The lookup of the server's name has a limit of its own, and a link
    /// that was lost is worth more time.
    private static let impatientConnectTimeout = Duration.milliseconds(900)

    /// The configurations of all servers to be watched. `environment` gives `RWATCH_URL`, which counts when the command line
    /// names no server, and `REDISCLI_AUTH`, which counts when nothing else names a password. Throws `.invalidConfiguration`.
    package func configurations(
        environment: (String) -> String? = ThisProcess.environment
    ) throws(RedisError) -> [RedisConfiguration] {
        let namesServer = host != nil || port != nil || socket != nil
        guard urls.isEmpty || !namesServer else {
            throw RedisError(.invalidConfiguration, "-u names the server already; leave out -h, -p and -s")
        }
        guard socket == nil || (host == nil && port == nil) else {
            throw RedisError(.invalidConfiguration, "-s names the server already; leave out -h and -p")
        }
        var configurations: [RedisConfiguration] = []
        let fromEnvironment = namesServer ? nil : environment("RWATCH_URL")
        for url in urls.isEmpty ? [fromEnvironment].compactMap(\.self) : urls {
            configurations.append(try RedisConfiguration(url: url))
        }
        if let socket { configurations = [RedisConfiguration(endpoint: .unix(path: socket))] }
        if configurations.isEmpty {
            let usual: UInt16 = sentinelName == nil ? 6379 : 26379
            configurations = [RedisConfiguration(endpoint: .tcp(host: host ?? "localhost", port: port ?? usual))]
        }
        configurations = try gathered(configurations)
        for index in configurations.indices { try complete(&configurations[index], environment) }
        return configurations
    }

    /// Several servers are seeds of one cluster, or Sentinels that watch the same, where the options say so.
    private func gathered(_ servers: [RedisConfiguration]) throws(RedisError) -> [RedisConfiguration] {
        guard !isCluster || sentinelName == nil else {
            throw RedisError(.invalidConfiguration, "-c and --sentinel exclude each other")
        }
        var servers = servers
        if isCluster || sentinelName != nil {
            for index in servers.indices where servers[index].isAmongSeveral {
                guard servers.count == 1 else {
                    let text = "one URL names all seeds or Sentinels; leave out the others, or write redis://"
                    throw RedisError(.invalidConfiguration, text)
                }
                if isCluster == (servers[index].sentinel != nil) {
                    throw RedisError(.invalidConfiguration, "the URL says otherwise than -c or --sentinel")
                }
            }
            let endpoints = servers.map(\.endpoint)
            var whole = servers[0]
            if let sentinelName, whole.sentinel == nil {
                whole.sentinel = SentinelConfiguration(sentinels: endpoints, name: sentinelName)
                whole.sentinel?.tls = whole.tls
            } else if isCluster && whole.cluster == nil {
                whole.cluster = ClusterConfiguration(seeds: endpoints)
            }
            servers = [whole]
        }
        guard wantsReplicas else { return servers }
        guard servers.allSatisfy(\.isAmongSeveral) else {
            throw RedisError(.invalidConfiguration, "--replicas needs a cluster (-c) or Sentinels (--sentinel)")
        }
        for index in servers.indices {
            servers[index].cluster?.nodes = .replica
            servers[index].sentinel?.server = .replica
        }
        return servers
    }

    private func complete(
        _ configuration: inout RedisConfiguration,
        _ environment: (String) -> String?
    ) throws(RedisError) {
        if let password = password ?? (configuration.credentials == nil ? environment("REDISCLI_AUTH") : nil) {
            configuration.credentials = RedisCredentials(username: user, password: password)
        } else if user != nil {
            throw RedisError(.invalidConfiguration, "--user needs a password: -a, or REDISCLI_AUTH in the environment")
        }
        try secure(&configuration)
        if let database { configuration.database = database }
        if let protocolVersion { configuration.protocolVersion = protocolVersion }
        configuration.clientName = configuration.clientName ?? "rwatch"
        configuration.heartbeat = heartbeat > .zero ? heartbeat : nil
        configuration.reconnect.isEnabled = reconnects
        configuration.reconnect.initialPatience = patience
        if patience == .zero { configuration.firstConnectTimeout = Self.impatientConnectTimeout }
        try configuration.validate()
    }

    private func secure(_ configuration: inout RedisConfiguration) throws(RedisError) {
        if tls { configuration.tls = configuration.tls ?? TLSConfiguration() }
        guard configuration.tls != nil else {
            if authorities != nil || certificate != nil || privateKey != nil || serverName != nil || isInsecure {
                throw RedisError(
                    .invalidConfiguration,
                    "--cacert, --cert, --key, --sni and --insecure need --tls, or a URL that begins with rediss://"
                )
            }
            return
        }
        guard certificate != nil || privateKey == nil else {
            throw RedisError(.invalidConfiguration, "--key needs --cert")
        }
        if isInsecure && authorities != nil {
            throw RedisError(.invalidConfiguration, "--insecure verifies nothing, so --cacert has no use")
        }
        if let authorities { configuration.tls?.authorities = .file(authorities) }
        if let certificate {
            configuration.tls?.identity = .init(certificate: certificate, privateKey: privateKey ?? certificate)
        }
        configuration.tls?.serverName = serverName
        if isInsecure { configuration.tls?.verification = .none }
    }
}

extension RedisConfiguration {
    /// Whether it stands for several servers: those of a cluster, or those that Sentinels watch.
    var isAmongSeveral: Bool { cluster != nil || sentinel != nil }
}
