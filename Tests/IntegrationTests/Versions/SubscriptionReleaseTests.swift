import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Subscriptions at each release", .tags(.release), .timeLimit(.minutes(2)))
struct SubscriptionReleaseTests {
    @Test("are confirmed with the server's counts, and end with them", arguments: ServerRelease.all, bothProtocols)
    func counts(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let pubsub = try PubSub(server.configuration(version))
            #expect(try await pubsub.subscribe("a", "b").map(\.count) == [1, 2])
            #expect(try await pubsub.psubscribe("a*", "").map(\.count) == [3, 4])
            #expect(try await pubsub.unsubscribe("b", "never").map(\.count) == [3, nil])
            #expect(try await pubsub.unsubscribe().map(\.count) == [2])
            #expect(try await pubsub.punsubscribe().map(\.count).compactMap { $0 }.sorted() == [0, 1])
            // There is nothing left, and nothing is sent.
            #expect(try await pubsub.unsubscribe().isEmpty)
            #expect(!pubsub.isSubscribed)
            #expect(try await pubsub.subscribe("again").map(\.count) == [1])
            await pubsub.close()
        }
    }

    @Test(
        "to shard channels have their own count, or are refused before 7.0",
        arguments: ServerRelease.all,
        bothProtocols
    )
    func shardChannels(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            if release.hasShardChannels {
                #expect(try await pubsub.ssubscribe("s", "t").map(\.count) == [1, 2])
                #expect(try server.spublish("s", "x") == 1)
                #expect(try await pubsub.take(1) == ["smessage s x"])
                #expect(try await pubsub.sunsubscribe("s").map(\.count) == [1])
            } else {
                let error = await #expect(throws: RedisError.self) { try await pubsub.ssubscribe("s") }
                #expect(error?.code == .serverError)
                #expect(error?.message == "ERR unknown command `SSUBSCRIBE`")
                #expect(try await pubsub.take(1) == ["refused s serverError"])
            }
            // The other families do not notice.
            #expect(try server.publish("a", "y") == 1)
            #expect(try await pubsub.take(1) == ["message a y"])
            await pubsub.close()
        }
    }

    @Test("deliver every byte, to channel and pattern in that order", arguments: ServerRelease.all, bothProtocols)
    func messages(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            for name: RedisBytes in ["", RedisBytes([0, 0xff, 0x0d, 0x0a])] {
                try await pubsub.subscribe(name)
                try await pubsub.psubscribe(name)
                for payload: RedisBytes in ["", RedisBytes(Array(UInt8.min...UInt8.max)), "\r\n$5\r\n"] {
                    #expect(try server.publish(name, payload) == 2)
                    let message = try #require(try await pubsub.getMessage(timeout: .seconds(10)).message)
                    #expect((message.channel, message.pattern, message.payload) == (name, nil, payload))
                    let again = try #require(try await pubsub.getMessage(timeout: .seconds(10)).message)
                    #expect((again.channel, again.pattern, again.payload) == (name, name, payload))
                }
            }
            await pubsub.close()
        }
    }

    @Test("answer pings in subscriber mode and out of it", arguments: ServerRelease.all, bothProtocols)
    func pings(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            #expect(try await pubsub.ping() > .zero)
            #expect(try await pubsub.ping("hello world") > .zero)
            try await pubsub.unsubscribe()
            #expect(try await pubsub.ping() > .zero)
            #expect(try await pubsub.ping("again") > .zero)
            #expect(try await pubsub.take(1, within: .milliseconds(50)) == ["nothing"])
            await pubsub.close()
        }
    }

    @Test("live through a silence by the heartbeat, which shows nowhere", arguments: ServerRelease.all, bothProtocols)
    func heartbeat(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            var configuration = try server.configuration(version)
            configuration.heartbeat = .milliseconds(30)
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("a")
            func pings() throws -> Int {
                let statistics = try server.command("INFO", "commandstats")
                let line = statistics.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_ping:calls=") }
                return line.flatMap { Int($0.dropFirst(19).prefix { $0 != "," }) } ?? 0
            }
            let before = try pings()
            #expect(try await eventually { try pings() >= before + 5 })
            try server.publish("a", "x")
            #expect(try await pubsub.take(2) == ["subscribed a 1", "message a x"])
            await pubsub.close()
        }
    }
}
