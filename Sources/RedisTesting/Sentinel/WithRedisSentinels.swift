/// Runs `body` with a primary, replicas and Sentinels that are started before it and stopped after it, also when it throws.
///
/// `body` runs where the caller runs; the group is started and stopped on threads of its own.
///
/// - Parameters:
///   - options: How to start the group.
///   - body: What to do with it. The group is stopped when it returns, whoever else holds a reference.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the group does not start, and what `body` throws.
public func withRedisSentinels<Success>(
    _ options: RedisSentinelOptions = .init(),
    _ body: (RedisSentinelGroup) async throws -> Success
) async throws -> Success {
    let group = try await RedisSentinelGroup.start(options)
    do {
        let result = try await body(group)
        try await group.perform { $0.stop() }
        return result
    } catch {
        group.stop()
        throw error
    }
}
