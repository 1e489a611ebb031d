extension RedisConfiguration {
    /// Reads a URL.
    ///
    /// | URL | means |
    /// | --- | --- |
    /// | `redis://[[user]:password@]host[:port][/database][?option=value&…]` | one server, over TCP |
    /// | `redis+unix://[[user]:password@]/path[?db=…]`, `unix://…` | one server, over a unix socket |
    /// | `redis+cluster://[[user]:password@]host[:port][,host[:port]…][/0][?…]` | a cluster that one of these knows |
    /// | `redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/name[/database][?…]` | the primary of that
    /// name, which the Sentinels there watch; their port is 26379 unless said otherwise |
    ///
    /// `valkey` means the same as `redis`. `rediss` and `valkeys` are TCP under TLS, which verifies the server's
    /// certificate, that of Sentinels too. User, password, host, path and name are percent-decoded; an empty user is
    /// the default user, an empty password of whom is none; an IPv6 address is written in brackets. With Sentinels,
    /// user and password are those of the servers that they watch.
    ///
    /// Options: `db`; `protocol` (2 or 3); `client_name`; `cluster` (`true` makes a cluster of `redis://`); `replicas`
    /// (`true` prefers replicas, of a cluster or with Sentinels); `mirrored` (`true` subscribes on two nodes of a
    /// cluster,
    /// `RedisClusterConfiguration.mirrorsChannels`); `sentinel_username` and `sentinel_password`, for the Sentinels.
    ///
    /// `endpoint` is the first host.
    ///
    /// - Parameter url: The URL.
    /// - Throws: `.invalidConfiguration`, naming the part that is wrong. The text repeats nothing of the URL: where a
    ///   delimiter was forgotten, a password may stand anywhere.
    public init(url: String) throws(RedisError) { try self.init(url: url, password: nil) }

    /// Reads a URL. `password` is used for a user without a password in the URL.
    package init(url: String, password: String?) throws(RedisError) {
        let parts = try URLParts(url)
        let scheme = try URLScheme(parts.scheme)
        let options = try URLOptions(parts.options)
        let kind: URLScheme.Kind = scheme.kind == .server && options.isCluster == true ? .cluster : scheme.kind
        try options.check(kind)
        switch kind {
        case .unix: self.init(endpoint: try parts.unixEndpoint())
        case .server:
            self.init(endpoint: try parts.tcpEndpoint())
            database = try parts.databaseInPath.map(URLOptions.database) ?? 0
        case .cluster:
            try parts.checkUserinfoOfSeveral()
            let seeds = try parts.tcpEndpoints(port: 6379)
            self.init(endpoint: seeds[0])
            let database = try parts.databaseInPath.map(URLOptions.database) ?? 0
            guard database == 0 else { throw .url("a cluster has no database but 0") }
            var cluster = RedisClusterConfiguration(seeds: seeds)
            if options.wantsReplicas == true { cluster.nodes = .replica }
            cluster.mirrorsChannels = options.isMirrored == true
            self.cluster = cluster
        case .sentinel:
            try parts.checkUserinfoOfSeveral()
            let sentinels = try parts.tcpEndpoints(port: 26379)
            self.init(endpoint: sentinels[0])
            let (name, database) = try parts.nameAndDatabase()
            self.database = try database.map(URLOptions.database) ?? 0
            var sentinel = RedisSentinelConfiguration(sentinels: sentinels, name: name)
            if options.wantsReplicas == true { sentinel.server = .replica }
            if let password = options.sentinelPassword {
                let user = options.sentinelUser ?? ""
                let credentials = RedisCredentials(username: user.isEmpty ? nil : user, password: password)
                if !credentials.areNone { sentinel.credentials = credentials }
            }
            if scheme.isSecure { sentinel.tls = RedisTLSConfiguration() }
            self.sentinel = sentinel
        }
        if scheme.isSecure { tls = RedisTLSConfiguration() }
        credentials = try parts.credentials(password: password)
        if let database = options.database { self.database = database }
        if let name = options.clientName { clientName = name }
        if let version = options.protocolVersion { protocolVersion = version }
        try validate()
    }

    /// The bytes of a URL that must not be shown: user and password, and the values of all options that may be secret.
    /// All bytes if the URL cannot be read, because then a password may be anywhere.
    package static func secrets(inURL url: [UInt8]) -> [Range<Int>] {
        guard let text = RedisBytes(url).text, let parts = try? URLParts(text),
            (try? RedisConfiguration(url: text, password: "")) != nil
        else { return [0..<url.count] }
        let options = parts.options.filter { !URLOptions.shown.contains($0.name) }.map(\.place)
        return [parts.userinfoPlace(in: text)].compactMap(\.self) + options
    }
}
