package import RedisCore
import RedisReactor
import RedisTesting

/// The servers of a run.
package struct Target: Sendable {
    /// Where the servers are.
    package enum Place: Sendable {
        /// Running servers. Several servers are watched side by side.
        case servers([RedisConfiguration])
        /// A private server, started for the run.
        case embedded(RedisConfiguration)
    }

    package var place: Place
    /// Whether each line contains its server. In JSON it does anyway if there may be several.
    package var tellsNodes: Bool

    package init(_ place: Place, tellsNodes: Bool = false) {
        self.place = place
        self.tellsNodes = tellsNodes
    }

    /// Whether events may come from several servers.
    package var isPlural: Bool {
        switch place {
        case .embedded: false
        case .servers(let servers): servers.count > 1 || servers.contains(where: \.isAmongSeveral)
        }
    }

    /// Where the servers are, in a sentence.
    package var placeInWords: String {
        switch place {
        case .embedded: "at a private server"
        case .servers(let servers): Words.list(servers.map(\.place))
        }
    }

    /// The user at the servers; the first server's if there are several.
    var user: String? {
        switch place {
        case .embedded(let configuration): configuration.user
        case .servers(let servers): servers.first?.user
        }
    }

    /// The configurations to connect with. A private server is started and ends with the run.
    package func open(_ atEnd: (@escaping @Sendable () async -> Void) -> Void) async throws(RedisError)
        -> [RedisConfiguration]
    {
        switch place {
        case .servers(let servers):
            if servers.contains(where: { $0.tls?.verification == RedisTLSConfiguration.Verification.none }) {
                Notices.say("--insecure: the server's certificate is not verified")
            }
            return servers
        case .embedded(var configuration):
            let server = try await EmbeddedServer.start()
            atEnd { server.stop() }
            configuration.endpoint = .unix(path: server.socketPath ?? "")
            configuration.credentials = nil
            Notices.say("embedded server at \(server.url)")
            return [configuration]
        }
    }

    /// The configuration for a question to one server or one cluster.
    func openOne(_ atEnd: (@escaping @Sendable () async -> Void) -> Void) async throws(RedisError) -> RedisConfiguration
    {
        if case .servers(let servers) = place, servers.count > 1 {
            throw RedisError(.invalidConfiguration, "this command asks one server; -c makes several -u one cluster")
        }
        return try await open(atEnd)[0]
    }
}

extension RedisConfiguration {
    /// The user with which links are authenticated; `nil` means the default user.
    package var user: String? { (credentials as? RedisCredentials)?.username }
}
