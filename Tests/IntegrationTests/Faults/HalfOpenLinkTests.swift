import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// A link on which nothing comes any more, although both ends think it is there.
/// Required: found within the interval and the deadline of the heartbeat, with unsent data queued too.
///
/// Asserted elsewhere: a server that was stopped (SIGSTOP), for subscriptions, monitors and idle clients, and that
/// one's own questions do not show (`SilentLinkTests`).
@Suite("Half-open links", .tags(.server, .timing), .timeLimit(.minutes(2)))
struct HalfOpenLinkTests {
    private static let interval = Duration.milliseconds(100)
    private static let deadline = Duration.milliseconds(500)
    /// What a busy machine may add.
    private static let margin = Duration.seconds(2)

    private func configuration(_ proxy: FaultProxy, _ version: RedisConfiguration.ProtocolVersion) throws
        -> RedisConfiguration
    {
        var configuration = try proxy.configuration(version)
        configuration.heartbeat = Self.interval
        configuration.heartbeatTimeout = Self.deadline
        return configuration
    }

    @Test("of subscriptions are found in time and replaced", arguments: bothProtocols)
    func pubsub(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(configuration(proxy, version), ignoreSubscribeMessages: true)
                try await pubsub.subscribe("foo")
                proxy.halfOpen()
                let start = ContinuousClock.now
                // The server thinks that it has a subscriber.
                #expect(try server.publish("foo", "lost") == 1)
                #expect(try await pubsub.nextLoss()?.reason == .deadline)
                let time = start.duration(to: .now)
                #expect(time >= Self.deadline)
                #expect(time < Self.interval + Self.deadline + Self.margin)
                #expect(try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"])
                #expect(try server.publish("foo", "x") == 2)
                #expect(try await pubsub.take(1) == ["message foo x"])
                await pubsub.close()
            }
        }
    }

    @Test("of monitors are found in time and replaced", arguments: bothProtocols)
    func monitor(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let monitor = try Monitor(configuration(proxy, version))
                try await monitor.start()
                proxy.halfOpen()
                let start = ContinuousClock.now
                var seen: [String] = []
                loop: for try await event in monitor.events {
                    switch event {
                    case .link(.lost(let cause, _)):
                        seen.append("lost \(cause.reason)")
                        #expect(start.duration(to: .now) < Self.interval + Self.deadline + Self.margin)
                    case .link(.restored): seen.append("restored")
                    case .gap:
                        seen.append("gap")
                        try server.command("SET", "a", "b")
                    case .command(let command) where command.name == "SET": break loop
                    default: break
                    }
                }
                #expect(seen == ["lost deadline", "restored", "gap"])
                await monitor.close()
            }
        }
    }

    @Test("are found in time with unsent data queued, which the next link sends", arguments: bothProtocols)
    func unsentData(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(configuration(proxy, version), ignoreSubscribeMessages: true)
                try await pubsub.subscribe("foo")
                // Nobody reads what we write from now on, and more is written than all buffers on the way hold.
                proxy.apply(.stall(.both), to: .open)
                let filling = String(repeating: "x", count: 1000)
                let names = (0..<20_000).map { RedisBytes("\(filling)\($0)") }
                let start = ContinuousClock.now
                let subscribing = pubsub.startSubscribe(.channel, names, nil)
                #expect(try await pubsub.nextLoss()?.reason == .deadline)
                // Twenty thousand names take a sanitizer seconds before the first is written.
                let preparing: Duration = sanitizerFactor > 1 ? .seconds(20) : .zero
                #expect(start.duration(to: .now) < Self.interval + Self.deadline + Self.margin * 4 + preparing)
                let results = try await subscribing.value()
                #expect(results.count == names.count)
                #expect(results.allSatisfy { $0.error == nil })
                #expect(try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"])
                #expect(try server.publish(names[19_999], "x") == 1)
                #expect(try await pubsub.take(1, within: .seconds(5)) == ["message \(filling)19999 x"])
                await pubsub.close()
            }
        }
    }

    @Test("of clients are found once a caller has given up on its reply, and the next command gets through")
    func client() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let client = try RedisClient(configuration(proxy, .resp3))
                try await client.send(["PING"])
                proxy.halfOpen()
                let start = ContinuousClock.now
                let error = await #expect(throws: RedisError.self) {
                    try await client.send(["GET", "a"], timeout: .milliseconds(100))
                }
                #expect(error?.code == .timedOut)
                #expect(
                    try await eventually {
                        (try? await client.send(["ECHO", "x"], timeout: .milliseconds(100))) == .bulkString("x")
                    }
                )
                #expect(start.duration(to: .now) < .milliseconds(200) + Self.interval + Self.deadline + Self.margin)
                await client.close()
            }
        }
    }
}
