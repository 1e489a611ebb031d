import Reactor
package import RedisCore
import RedisTesting

/// The server of a run: one that runs already, or a private one.
package enum Target: Sendable {
    case server(RedisConfiguration)
    case embedded(RedisConfiguration)

    /// The configuration to connect with. A private server is started and ends with the run.
    func open(_ atEnd: (@escaping @Sendable () async -> Void) -> Void) async throws(RedisError) -> RedisConfiguration {
        switch self {
        case .server(let configuration):
            if configuration.tls?.verification == TLSConfiguration.Verification.none {
                Notices.say("--insecure: the server's certificate is not verified")
            }
            return configuration
        case .embedded(var configuration):
            let server = try await EmbeddedServer.start()
            atEnd { server.stop() }
            configuration.endpoint = .unix(path: server.socketPath ?? "")
            configuration.credentials = nil
            Notices.say("embedded server at \(server.url)")
            return configuration
        }
    }
}
