/// Runs `body` with a server that is started before it and stopped after it, also when it throws.
///
/// `body` runs where the caller runs; the server is started and stopped on threads of its own.
///
/// - Parameters:
///   - options: How to start the server.
///   - body: What to do with it. The server is stopped when it returns, whoever else holds a reference.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the server does not start, and what `body` throws.
public func withRedisServer<Success>(
    _ options: RedisServerOptions = .init(),
    _ body: (RedisServer) async throws -> Success
) async throws -> Success {
    let server = try await RedisServer.start(options)
    do {
        let result = try await body(server)
        await server.stopSuspending()
        return result
    } catch {
        await server.stopSuspending()
        throw error
    }
}
