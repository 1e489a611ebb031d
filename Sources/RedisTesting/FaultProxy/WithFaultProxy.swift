/// Runs `body` with a proxy in front of a server; the proxy is stopped after it, also when it throws.
///
/// - Parameters:
///   - server: The server to stand in front of.
///   - script: What is done to each connection.
///   - body: What to do with the proxy. It runs where the caller runs.
/// - Returns: What `body` returns.
/// - Throws: ``RedisTestingError`` when the proxy cannot listen, and what `body` throws.
public func withFaultProxy<Success>(
    to server: RedisServer,
    script: FaultScript = .none,
    _ body: (FaultProxy) async throws -> Success
) async throws -> Success {
    let proxy = FaultProxy(to: server, script: script)
    defer { proxy.stop() }
    try proxy.start()
    return try await body(proxy)
}
