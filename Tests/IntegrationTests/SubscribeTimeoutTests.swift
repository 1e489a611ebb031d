import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A subscribe while the server is away", .tags(.server), .timeLimit(.minutes(1)))
struct SubscribeTimeoutTests {
    /// A `PubSub` that had a link, and a server that is gone.
    private func withServerAway(_ body: (RedisServer, PubSub) async throws -> Void) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.reconnect.minimumDelay = .milliseconds(10)
            configuration.reconnect.maximumDelay = .milliseconds(50)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true, ignoreLinkEvents: true)
            try await pubsub.subscribe("foo")
            server.kill()
            // The link knows that it is lost when it says so.
            #expect(try await eventually { await !pubsub.states().contains { $0.isConfirmed } })
            try await body(server, pubsub)
            await pubsub.close()
        }
    }

    @Test("ends at its timeout, and the name is subscribed when the server is back")
    func timeout() async throws {
        try await withServerAway { server, pubsub in
            let error = await #expect(throws: RedisError.self) {
                try await pubsub.subscribe("bar", timeout: .milliseconds(30))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.endpoint == pubsub.configuration.endpoint)
            let again = await #expect(throws: RedisError.self) {
                try await pubsub.psubscribe("b*", timeout: .milliseconds(30)) { _ in }
            }
            #expect(again?.code == .timedOut)
            try await onThread {
                let error = #expect(throws: RedisError.self) {
                    try pubsub.blocking.ssubscribe("baz", timeout: .milliseconds(30))
                }
                #expect(error?.code == .timedOut)
            }
            try await server.restart()
            #expect(try await eventually { await pubsub.states().count { $0.isConfirmed } == 4 })
        }
    }

    @Test("leaves nothing of a dedicated subscription whose timeout is over")
    func subscription() async throws {
        try await withServerAway { server, pubsub in
            let error = await #expect(throws: RedisError.self) {
                try await pubsub.subscription(to: "bar", timeout: .milliseconds(30))
            }
            #expect(error?.code == .timedOut)
            let isGone = try await eventually { await pubsub.states().map(\.name) == ["foo"] }
            #expect(isGone)
        }
    }

    @Test("ends when the object is closed, whatever its timeout", arguments: [PubSub.Timeout.standard, .unlimited])
    func close(_ timeout: PubSub.Timeout) async throws {
        try await withServerAway { _, pubsub in
            let waiting = Task { try await pubsub.subscribe("bar", timeout: timeout) }
            let dedicated = Task { try await pubsub.subscription(to: "bar", timeout: timeout) }
            let isWanted = try await eventually { await pubsub.states().contains { $0.name == "bar" } }
            #expect(isWanted)
            await pubsub.close()
            let error = await #expect(throws: RedisError.self) { try await waiting.joined }
            #expect(error?.code == .closed)
            let other = await #expect(throws: RedisError.self) { try await dedicated.joined }
            #expect(other?.code == .closed)
        }
    }

    @Test("waits by default as long as a lookup, a connect and the handshakes may take, and five seconds")
    func standard() {
        var configuration = RedisConfiguration()
        #expect(PubSub.Timeout.standard.duration(configuration) == .seconds(30))
        configuration.lookupTimeout = .seconds(1)
        configuration.connectTimeout = .seconds(7)
        configuration.handshakeTimeout = .seconds(2)
        #expect(PubSub.Timeout.standard.duration(configuration) == .seconds(15))
        #expect(PubSub.Timeout.unlimited.duration(configuration) == nil)
    }
}
