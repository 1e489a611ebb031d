import RedisTesting
import RedisToolkit

/// Runs `body` with a client of a server that is started for it.
func withClient(
    _ options: RedisServerOptions = .init(),
    _ body: (RedisClient, RedisServer) async throws -> Void
) async throws {
    try await withRedisServer(options) { server in
        let client = try RedisClient(server.configuration())
        try await body(client, server)
        await client.close()
    }
}
