package import RedisCore
package import RedisTesting

/// A private server for one run: a child process on a unix socket in a folder of its own, gone at the end.
package enum EmbeddedServer {
    /// Starts one. Throws `.connectFailed` with what is missing.
    package static func start() async throws(RedisError) -> RedisServer {
        do throws(RedisTestingError) {
            return try await RedisServer.start(RedisServerOptions(transport: .unix, directoryPrefix: "rwatch-"))
        } catch { throw RedisError(.connectFailed, "embedded server: \(error.message)") }
    }
}
