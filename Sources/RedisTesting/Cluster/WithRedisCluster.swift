/// Runs `body` with a cluster that is started before it and stopped after it, also when it throws.
///
/// `body` runs where the caller runs; the cluster is started and stopped on threads of its own.
///
/// - Parameters:
///   - options: How to start the cluster.
///   - body: What to do with it. The cluster is stopped when it returns, whoever else holds a reference.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the cluster does not start, and what `body` throws.
public func withRedisCluster<Success>(
    _ options: RedisClusterOptions = .init(),
    _ body: (RedisCluster) async throws -> Success
) async throws -> Success {
    let cluster = try await RedisCluster.start(options)
    do {
        let result = try await body(cluster)
        try await cluster.perform { $0.stop() }
        return result
    } catch {
        cluster.stop()
        throw error
    }
}
