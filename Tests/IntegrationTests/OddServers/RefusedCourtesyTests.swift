import RedisCommands
import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// CLIENT SETNAME, CLIENT SETINFO and INFO are courtesies: a server, a user's rights or a proxy may refuse them.
@Suite("A link without the right to courtesies", .tags(.server), .timeLimit(.minutes(1)))
struct RefusedCourtesyTests {
    @Test("is a subscriber's when its user may only subscribe", arguments: bothProtocols)
    func mayOnlySubscribe(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "u", "on", ">p", "-@all", "+subscribe", "&*")
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "u", password: "p")
            configuration.clientName = "named"
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            try server.publish("c", "x")
            #expect(try await pubsub.take(2) == ["subscribed c 1", "message c x"])
            await pubsub.close()
        }
    }

    @Test("does everything that needs no CLIENT where that has another name", arguments: bothProtocols)
    func renamed(_ version: RedisConfiguration.ProtocolVersion) async throws {
        let options = RedisServerOptions(arguments: ["--rename-command", "CLIENT", "KLIENT"])
        try await withRedisServer(options) { server in
            var configuration = try server.configuration(version)
            configuration.clientName = "named"
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            let monitor = try Monitor(configuration)
            try await monitor.start()
            let client = try RedisClient(configuration)
            #expect(try await client.publish("c", "x") == 1)
            #expect(try await pubsub.take(2) == ["subscribed c 1", "message c x"])
            var seen: String?
            while seen != "PUBLISH", case .event(let event) = try await monitor.next(timeout: .seconds(10)) {
                if case .command(let command) = event { seen = command.name }
            }
            #expect(seen == "PUBLISH")
            let keys = try KeyspaceEvents(configuration, notifications: .addMissing(restoring: false))
            try await keys.start()
            let tracking = await #expect(throws: RedisError.self) { try await Invalidations(configuration).start() }
            #expect(tracking?.code == .unsupported)
            await keys.close()
            await client.close()
            await monitor.close()
            await pubsub.close()
        }
    }

    @Test("asks Sentinels that refuse HELLO and names", arguments: bothProtocols)
    func sentinels(_ version: RedisConfiguration.ProtocolVersion) async throws {
        let primary = RedisEndpoint.tcp(host: "10.0.0.1", port: 6379)
        try await withFakeSentinels(1, primary) { sentinels in
            sentinels[0].change { $0.refusesCourtesies = true }
            var configuration = configuration(sentinels.map(\.endpoint), version)
            configuration.clientName = "named"
            let sentinel = try #require(configuration.sentinel)
            let discovery = SentinelDiscovery(configuration, sentinel, loop: try RedisEventLoop.shared)
            #expect(try await discovery.locate() == primary)
        }
    }
}
