import RedisCommands
import RedisEvents
import RedisTesting
import Testing

/// Typed commands of one group against a server, with exact replies. The server has no keys before it.
typealias CommandCheck = @Sendable (_ client: RedisClient, _ release: ServerRelease) async throws -> Void

/// Runs a check against the installed server, or whichever comes first.
func run(_ check: CommandCheck, _ version: RedisConfiguration.ProtocolVersion) async throws {
    let release = ServerRelease.all[0]
    try await withRelease(release) { server in
        let client = try RedisClient(server.configuration(version))
        try await check(client, release)
        await client.close()
    }
}

/// The error that `body` throws.
func failure(of body: () async throws -> Void) async -> RedisError? {
    do { try await body() } catch let error as RedisError { return error } catch {}
    return nil
}

extension ServerRelease {
    func isAtLeast(_ major: Int, _ minor: Int = 0, valkey: ServerVersion = ServerVersion(0)) -> Bool {
        isAtLeast(redis: ServerVersion(major, minor), valkey: valkey)
    }
}
