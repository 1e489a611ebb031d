import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("A link to a name whose lookup is slow", .tags(.server), .timeLimit(.minutes(1)))
struct SlowNameTests {
    /// Answers at once until it hangs.
    private final class Names: Sendable {
        private let isHanging = Locked(false)

        func hang() { isHanging.withLock { $0 = true } }

        func cache() -> AddressCache {
            AddressCache(headStart: .milliseconds(20)) { _, port, completion in
                if self.isHanging.withLock({ $0 }) { return }
                completion(SocketAddress.resolve(host: "127.0.0.1", port: port, isNumeric: true))
            }
        }
    }

    private func named(_ server: RedisServer, _ names: AddressCache) -> RedisConfiguration {
        var configuration = RedisConfiguration(endpoint: .tcp(host: "redis.test", port: UInt16(server.port)))
        configuration.names = names
        return configuration
    }

    @Test("comes back by the addresses of before, with all that goes beside it", arguments: bothProtocols)
    func comesBack(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let names = Names()
            var configuration = named(server, names.cache())
            configuration.protocolVersion = version
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            let monitor = try Monitor(configuration)
            try await monitor.start()
            names.hang()
            // In this order: before it is subscribed again, the link of a subscriber is a normal one as well.
            try server.command("CLIENT", "KILL", "TYPE", "normal")
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await pubsub.take(4) == ["subscribed c 1", "lost", "restored", "subscribed c 1"])
            guard case .event(.gap(let gap)) = try await pubsub.getMessage(timeout: .seconds(10)) else {
                return #expect(Bool(false))
            }
            // The second link of RESP2 has found the server as well.
            #expect(gap.missedPublishes == 0)
            var isBack = false
            while !isBack, case .event(let event) = try await monitor.next(timeout: .seconds(10)) {
                if case .gap = event { isBack = true }
            }
            #expect(isBack)
            await monitor.close()
            await pubsub.close()
        }
    }

    @Test("says at first that the lookup was slow")
    func text() async throws {
        let names = Names()
        names.hang()
        var configuration = RedisConfiguration(endpoint: .tcp(host: "redis.test", port: 1))
        configuration.names = names.cache()
        configuration.lookupTimeout = .milliseconds(20)
        let pubsub = try PubSub(configuration)
        let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe("c") }
        #expect(error?.code == .connectTimedOut)
        #expect(
            error?.description
                == "redis.test:1: connect: the lookup of the name is slow: no answer within 0.02 s; one that comes later is used then"
        )
        await pubsub.close()
    }

    @Test("asks Sentinels whose names are slow, and waits for no longer than they take")
    func sentinels() async throws {
        let primary = RedisEndpoint.tcp(host: "10.0.0.1", port: 6379)
        try await withFakeSentinels(1, primary) { sentinels in
            var configuration = configuration([.tcp(host: "sentinel.test", port: sentinels[0].endpoint.port)])
            // The Sentinel itself has to reply within it, also on a busy machine.
            configuration.sentinel?.timeout = .milliseconds(700)
            let held = Locked<[@Sendable () -> Void]>([])
            configuration.names = AddressCache(headStart: .milliseconds(20)) { _, port, completion in
                held.withLock {
                    $0.append { completion(SocketAddress.resolve(host: "127.0.0.1", port: port, isNumeric: true)) }
                }
            }
            let sentinel = try #require(configuration.sentinel)
            let discovery = SentinelDiscovery(configuration, sentinel, loop: try RedisEventLoop.shared)
            async let found = discovery.locate()
            #expect(try await eventually { held.withLock { $0.count } == 1 })
            try await Task.sleep(for: .milliseconds(800))
            for answer in held.withLock({ $0 }) { answer() }
            #expect(try await found == primary)
        }
    }
}
