import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A release that is loading its data", .tags(.release), .timeLimit(.minutes(2)))
struct LoadingReleaseTests {
    /// The reply to PING is `-LOADING` then, which counts as a reply to the heartbeat.
    @Test("keeps its subscribers, and takes new ones", arguments: ServerRelease.all)
    func loading(_ release: ServerRelease) async throws {
        let options = RedisServerOptions(arguments: ["--rdbcompression", "no"], commandTimeout: .seconds(30))
        try await withRelease(release, options) { server in
            guard release.hasRESP3 else { try Test.cancel("\(release) cannot be made to load slowly") }
            var configuration = try server.configuration(.resp2)
            configuration.heartbeat = .milliseconds(50)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            // Thirty-two megabytes, at a quarter of a millisecond a key: the server looks at its clients every two
            // megabytes, and each step of a connect and a handshake takes one of these looks.
            try server.command("DEBUG", "POPULATE", "8000", "key", "4000")
            try server.command("CONFIG", "SET", "key-load-delay", "250")
            let reload = Task.detached { try server.command("DEBUG", "RELOAD") }
            #expect(try await eventually { Self.isLoading(server) })
            configuration.protocolVersion = .resp3
            let late = try PubSub(configuration, ignoreSubscribeMessages: true)
            #expect(try await late.subscribe("a").map(\.count) == [1])
            #expect(Self.isLoading(server))
            #expect(try await reload.joined == "OK")
            #expect(try server.publish("a", "x") == 2)
            for reader in [pubsub, late] {
                #expect(try await reader.take(1) == ["message a x"])
                await reader.close()
            }
        }
    }

    private static func isLoading(_ server: RedisServer) -> Bool {
        do throws(RedisTestingError) {
            try server.command("PING")
            return false
        } catch { return error.message.contains("LOADING") }
    }
}
