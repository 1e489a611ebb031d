import RedisTesting
import RedisToolkit

extension RedisServer {
    /// A configuration that reaches this server.
    func configuration() throws -> RedisConfiguration { try RedisConfiguration(url: url) }
}
