extension ConfigurationDraft {
    /// Reads a URL (`RedisConfiguration(url:)`). Complaints repeat nothing of it.
    mutating func read(url: String) throws(ConfigurationComplaint) {
        let parts = try URLParts(url)
        let scheme = try URLScheme(parts.scheme)
        for option in parts.options {
            guard let key = ConfigurationKey.urlOption(option.name) else { throw Self.unknownOption }
            do throws(ConfigurationComplaint) { try read(option.value, of: key) } catch {
                switch error {
                case .predicate(let text): throw .url("\(key.urlOption ?? key.name) \(text)")
                case .sentence: throw error
                }
            }
        }
        switch scheme.kind {
        case .unix:
            guard case .unix(let path) = try parts.unixEndpoint() else { return }
            unixSocket = path
        case .server where isCluster != true:
            if case .tcp(let host, let port) = try parts.tcpEndpoint() { (self.host, self.port) = (host, port) }
            try readDatabase(parts.databaseInPath)
        case .server, .cluster:
            try parts.checkUserinfoOfSeveral()
            cluster.seeds = try parts.tcpEndpoints(port: 6379)
            try readDatabase(parts.databaseInPath)
        case .sentinel:
            try parts.checkUserinfoOfSeveral()
            sentinel.sentinels = try parts.tcpEndpoints(port: 26379)
            let (name, database) = try parts.nameAndDatabase()
            sentinel.name = name
            try readDatabase(database)
        }
        isURLSecure = scheme.isSecure
        if scheme.isSecure { isSecure = true }
        (username, password) = try parts.userAndPassword()
    }

    /// An option counts over the path.
    private mutating func readDatabase(_ text: String?) throws(ConfigurationComplaint) {
        guard let text, !named.contains("database") else { return }
        do throws(ConfigurationComplaint) { plain.database = try ConfigurationValue<Int>.number.parse(text) } catch {
            throw .url("database \(error.text)")
        }
    }

    private static var unknownOption: ConfigurationComplaint {
        let known = ConfigurationKey.all.compactMap(\.urlOption)
        return .url("unknown option; known are \(known.dropLast().joined(separator: ", ")) and \(known.last ?? "")")
    }
}
