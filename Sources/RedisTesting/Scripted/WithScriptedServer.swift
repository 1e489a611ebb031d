/// Runs `client` against a scripted server, then waits for the scripts to end and reports their errors.
///
/// `client` runs where the caller runs. When it throws, the scripts are interrupted; if one of them had failed before,
/// that is the more likely cause, and is what is thrown, with the client's error in the text.
///
/// - Parameters:
///   - transport: Where the server listens.
///   - timeout: How long each wait of a connection may take.
///   - script: What to do with each connection.
///   - client: What to do with the server, whose URL it is given.
/// - Returns: What `client` returns.
/// - Throws: ``RedisTestingError`` with ``RedisTestingError/Code/scriptFailed``, and what `client` throws.
public func withScriptedServer<Success>(
    transport: ScriptedServer.Transport = .tcp,
    timeout: Duration = .seconds(5),
    script: @escaping @Sendable (ScriptedConnection) throws -> Void,
    client: (_ url: String) async throws -> Success
) async throws -> Success {
    let server = ScriptedServer(transport: transport, timeout: timeout, script)
    try server.start()
    let result: Success
    do {
        result = try await client(server.url)
    } catch let clientError {
        do throws(RedisTestingError) {
            try server.stop()
        } catch {
            throw RedisTestingError(error.code, "\(error.message)\nand the client: \(clientError)")
        }
        throw clientError
    }
    try await server.finish()
    return result
}
