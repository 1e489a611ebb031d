import RedisCommands
import RedisEvents
import RedisTesting
import Testing

/// Runs `body` against a server of that release. Where the release cannot be had, the test case is cancelled, and
/// `AvailabilityTests` says which that is and why.
func withRelease(
    _ release: ServerRelease,
    _ options: RedisServerOptions = .init(),
    _ body: (RedisServer) async throws -> Void
) async throws {
    if let reason = release.missingReason { try Test.cancel("\(release) is not available: \(reason)") }
    try await withRedisServer(release.options(options), body)
}

/// What a release can do, where the tests have to expect something else for it.
extension ServerRelease {
    /// HELLO, RESP3, users, RESET.
    var hasRESP3: Bool { isAtLeast(redis: ServerVersion(6)) }
    /// SSUBSCRIBE, SPUBLISH and their queries.
    var hasShardChannels: Bool { isAtLeast(redis: ServerVersion(7)) }
    /// CLIENT SETINFO.
    var hasLibraryFacts: Bool { isAtLeast(redis: ServerVersion(7, 2)) }
    /// Large payloads may be sent by reference, and are then not counted as the reader's output buffer. Of one large
    /// message after another some are sent so and some are copied.
    var maySendByReference: Bool { isAtLeast(redis: nil, valkey: ServerVersion(9)) }
    /// The protocol version that a link gets which asks for `version`.
    func negotiated(_ version: RedisConfiguration.ProtocolVersion) -> Int { version == .resp3 && hasRESP3 ? 3 : 2 }
}
