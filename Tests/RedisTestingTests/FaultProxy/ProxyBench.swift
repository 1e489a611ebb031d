import RedisTesting
import Testing

/// A server, a proxy before it and a client, for tests that look at single bytes.
struct ProxyBench {
    let proxy: FaultProxy
    let client: TestClient

    /// Sends from the server's side once the client is connected, then runs `body`.
    ///
    /// - Parameters:
    ///   - script: What the proxy does to the connection.
    ///   - server: What the server does with it.
    ///   - body: What the client does.
    /// - Throws: What `body` throws, or why server or proxy did not start.
    static func run(
        script: FaultScript = .none,
        server: @escaping @Sendable (ScriptedConnection) throws -> Void,
        _ body: (ProxyBench) async throws -> Void
    ) async throws {
        let scripted = ScriptedServer(server)
        try scripted.start()
        let proxy = FaultProxy(port: scripted.port, script: script)
        try proxy.start()
        defer { proxy.stop() }
        try await body(ProxyBench(proxy: proxy, client: TestClient(proxy.url)))
        proxy.stop()
        try await scripted.finish()
    }

    /// What a new client gets until the end, and how that comes. A reset may be faster than the connect.
    static func outcome(_ proxy: FaultProxy) -> (text: String, end: String) {
        do throws(RedisTestingError) {
            let bench = ProxyBench(proxy: proxy, client: try TestClient(proxy.url))
            defer { bench.client.close() }
            return bench.readToEnd()
        } catch {
            return ("", error.message.hasSuffix("reset by peer") ? "reset" : error.message)
        }
    }

    /// Reads until the end, a reset included; the bytes, and how it ended.
    func readToEnd() -> (text: String, end: String) {
        var received: [UInt8] = []
        while true {
            do throws(RedisTestingError) {
                let piece = try client.readSome()
                if piece.isEmpty { return (String(decoding: received, as: UTF8.self), "finish") }
                received += piece
            } catch {
                let end = error.code == .connectionClosed ? "reset" : error.code.description
                return (String(decoding: received, as: UTF8.self), end)
            }
        }
    }

    /// The pieces in which the bytes come, until the end.
    func readPieces() throws -> [String] {
        var pieces: [String] = []
        while case let piece = try client.readSome(), !piece.isEmpty {
            pieces.append(String(decoding: piece, as: UTF8.self))
        }
        return pieces
    }
}
