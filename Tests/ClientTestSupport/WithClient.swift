package import RedisCommands
package import RedisTesting

extension RedisServer {
    /// A configuration that reaches this server.
    package func configuration() throws -> RedisConfiguration { try RedisConfiguration(url: url) }
}

/// Runs `body` with a server of its own and a client, which is closed afterwards.
///
/// - Parameters:
///   - options: How to start the server.
///   - configure: Changes the client's configuration.
///   - body: What to do with both.
/// - Throws: Why the server does not start, and what the others throw.
package func withClient(
    _ options: RedisServerOptions = .init(),
    _ configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisServer, RedisClient) async throws -> Void
) async throws {
    try await withRedisServer(options) { server in
        var configuration = try server.configuration()
        configure(&configuration)
        let client = try RedisClient(configuration)
        do {
            try await body(server, client)
            await client.close()
        } catch {
            await client.close()
            throw error
        }
    }
}
