/// What the keys have said so far. It becomes a configuration once all have been read, because some belong together.
struct ConfigurationDraft: Sendable {
    /// What nothing else depends on.
    var plain = RedisConfiguration()
    var host: String?
    var port: UInt16?
    var unixSocket: String?
    var username: String?
    var password: String?
    var wantsReplicas = false
    var isSecure: Bool?
    /// Whether the URL asks for TLS.
    var isURLSecure = false
    var tls = RedisTLSConfiguration()
    var caFile: String?
    var caDirectory: String?
    var certificateFile: String?
    var keyFile: String?
    var keyPassword: String?
    var probes = false
    var probe = RedisDeliveryProbe()
    var isCluster: Bool?
    var cluster = RedisClusterConfiguration(seeds: [])
    var sentinel = RedisSentinelConfiguration(sentinels: [], name: "")
    var sentinelUsername: String?
    var sentinelPassword: String?
    /// The keys that were written, also as options of a URL.
    private(set) var named: Set<String> = []
    /// What is wrong so far.
    private(set) var faults: [ConfigurationFault] = []

    /// Reads the text of a key, and throws what is wrong with it.
    mutating func read(_ text: String, of key: ConfigurationKey) throws(ConfigurationComplaint) {
        named.insert(key.name)
        try key.write(text, &self)
    }

    /// Notes what is wrong with a key. Of what follows from that, nothing more is noted.
    mutating func refuse(_ key: String, _ complaint: ConfigurationComplaint, value: String? = nil) {
        guard !isRefused(key) else { return }
        faults.append(ConfigurationFault(key: key, value: value, complaint: complaint))
    }
}

extension ConfigurationDraft {
    private enum Deployment {
        case server, unix, cluster, sentinels
    }

    /// What the keys say about where the server is, also where their values were refused.
    private var deployment: Deployment {
        if !sentinel.sentinels.isEmpty || names("sentinel.sentinels", "sentinel.name") { return .sentinels }
        if isCluster == true || !cluster.seeds.isEmpty || names("cluster.seeds") { return .cluster }
        return unixSocket == nil ? .server : .unix
    }

    private func isRefused(_ key: String) -> Bool { faults.contains { $0.key == key } }

    private func names(_ keys: String...) -> Bool { !named.isDisjoint(with: keys) }

    private mutating func refuse(_ key: String, if isWrong: Bool, _ predicate: @autoclosure () -> String) {
        if isWrong { refuse(key, .predicate(predicate())) }
    }

    /// Makes the configuration. Notes what is wrong with keys that do not go together, and with what they make
    /// together. `name` gives the name of a key as its source writes it.
    mutating func configuration(_ name: (String) -> String) -> RedisConfiguration {
        var configuration = plain
        configuration.credentials = Self.credentials(username, password)
        configuration.tls = secured(name)
        if probes { configuration.deliveryProbe = probe }
        if knowsServer(name) {
            checkGroups(name)
            checkCredentials(name)
            deploy(&configuration)
        }
        for (property, sentence) in configuration.check().found {
            let key = ConfigurationKey.all.first { $0.property == property }
            refuse(key?.name ?? property, .sentence(sentence))
        }
        return configuration
    }

    private func deploy(_ configuration: inout RedisConfiguration) {
        switch deployment {
        case .server: configuration.endpoint = tcpEndpoint
        case .unix: configuration.endpoint = .unix(path: unixSocket ?? "")
        case .cluster:
            var cluster = cluster
            if cluster.seeds.isEmpty { cluster.seeds = [tcpEndpoint] }
            if wantsReplicas { cluster.nodes = .replica }
            configuration.endpoint = cluster.seeds[0]
            configuration.cluster = cluster
        case .sentinels:
            var sentinel = sentinel
            if wantsReplicas { sentinel.server = .replica }
            sentinel.credentials = Self.credentials(sentinelUsername, sentinelPassword)
            // Sentinels use the same authorities and certificate as the servers that they watch.
            sentinel.tls = configuration.tls
            configuration.endpoint = sentinel.sentinels.first ?? configuration.endpoint
            configuration.sentinel = sentinel
        }
    }

    /// Whether the URL, rather than a key, may have said what the key would say.
    func mayStandInURL(_ key: String) -> Bool {
        let parts = [
            "host", "port", "unixSocket", "username", "password", "database", "cluster.seeds", "sentinel.sentinels",
            "sentinel.name", "tls.enabled",
        ]
        return named.contains(key) || parts.contains(key)
    }

    private var tcpEndpoint: RedisEndpoint { .tcp(host: host ?? "localhost", port: port ?? 6379) }

    private static func credentials(_ username: String?, _ password: String?) -> RedisCredentials? {
        let credentials = password.map { RedisCredentials(username: username, password: $0) }
        return credentials?.areNone == true ? nil : credentials
    }

    /// Whether the server is named in one way. None is refused, because a silent `localhost` would hide a forgotten
    /// setting.
    private mutating func knowsServer(_ name: (String) -> String) -> Bool {
        let ways = [
            ["url"], ["host", "port"], ["unixSocket"], ["cluster.seeds"], ["sentinel.sentinels", "sentinel.name"],
        ]
        let taken = ways.map { $0.filter(named.contains) }.filter { !$0.isEmpty }
        guard let first = taken.first else {
            let others = ["host", "unixSocket", "cluster.seeds"].map(name).joined(separator: ", ")
            let last = name("sentinel.sentinels")
            refuse("url", .predicate("is missing, and nothing else names a server: write it, or \(others) or \(last)"))
            return false
        }
        for key in taken.dropFirst().joined() {
            refuse(key, .predicate("names a server, as \(name(first[0])) does; leave one of them out"))
        }
        if !named.contains("url") && deployment == .sentinels {
            refuse("sentinel.name", if: !names("sentinel.name"), "is missing; the Sentinels need it")
            refuse("sentinel.sentinels", if: !names("sentinel.sentinels"), "is missing; it says where they listen")
        }
        // A URL that could not be read may have named anything.
        return taken.count == 1 && !isRefused("url")
    }

    /// A key that has no meaning beside the others is refused, because ignoring it would look like
    /// consent.
    private mutating func checkGroups(_ name: (String) -> String) {
        let deployment = deployment
        refuse(
            "cluster.enabled",
            if: isCluster == true && (deployment == .sentinels || unixSocket != nil),
            "is true, but the server is \(deployment == .sentinels ? "behind Sentinels" : "at a unix socket")"
        )
        refuse("cluster.enabled", if: isCluster == false && deployment == .cluster, "is false, but there are seeds")
        refuse("tls.enabled", if: isSecure == false && isURLSecure, "is false, but the URL asks for TLS")
        let hasProbe = probes || isRefused("deliveryProbe.enabled")
        let decidesTLS = isSecure != nil || isRefused("tls.enabled")
        for key in ConfigurationKey.all where named.contains(key.name) && !key.isAtDefault(in: self) {
            let group = key.name.prefix { $0 != "." }
            switch group {
            case "replicas":
                let canPrefer = deployment == .cluster || deployment == .sentinels
                refuse(key.name, if: !canPrefer, "needs a cluster or Sentinels")
            case "cluster": refuse(key.name, if: deployment != .cluster, "needs a cluster")
            case "sentinel": refuse(key.name, if: deployment != .sentinels, "needs Sentinels")
            case "deliveryProbe": refuse(key.name, if: !hasProbe, "needs \(name("deliveryProbe.enabled")) = true")
            case "tls":
                refuse(
                    key.name,
                    if: !decidesTLS,
                    "needs \(name("tls.enabled")) = true, or a URL that begins with rediss://"
                )
            default: break
            }
        }
    }

    private mutating func checkCredentials(_ name: (String) -> String) {
        if username != nil && password == nil && !isRefused("password") {
            if named.contains("username") {
                refuse("username", .predicate("needs \(name("password"))"))
            } else {
                let hint = "write user:password@, or :password@ if it is the password"
                refuse("username", .sentence("user without a password; \(hint)"))
            }
        }
        refuse(
            "sentinel.username",
            if: sentinelUsername != nil && sentinelPassword == nil && !isRefused("sentinel.password"),
            "needs \(name("sentinel.password"))"
        )
    }

    private mutating func secured(_ name: (String) -> String) -> RedisTLSConfiguration? {
        guard isSecure == true else { return nil }
        var tls = tls
        if let caFile { tls.authorities = .file(caFile) }
        if let caDirectory { tls.authorities = .directory(caDirectory) }
        refuse("tls.caDirectory", if: caFile != nil && caDirectory != nil, "excludes \(name("tls.caFile"))")
        if let certificateFile {
            tls.identity = .init(
                certificate: certificateFile,
                privateKey: keyFile ?? certificateFile,
                password: keyPassword
            )
        } else {
            for (key, value) in [("tls.keyFile", keyFile), ("tls.keyPassword", keyPassword)] where value != nil {
                refuse(key, .predicate("needs \(name("tls.certificateFile"))"))
            }
        }
        refuse(
            "tls.verification",
            if: tls.verification == .none && names("tls.caFile", "tls.caDirectory"),
            "is none, so that the accepted issuers have no effect"
        )
        return tls
    }
}
