import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Much of everything. Required: no loss, no quadratic cost, memory that comes
/// back. What it must cost in figures is measured by the benchmarks.
///
/// A clock that steps back is not staged: deadlines, delays and intervals are `ContinuousClock`'s, which does not step,
/// and the machines that decide are given their times (`HeartbeatTests`, `ReconnectTests` of RedisCore).
@Suite("Large and many", .tags(.server, .once, .slow), .serialized, .timeLimit(.minutes(5)))
struct LargeLoadTests {
    private static let megabytes = 64

    /// Has the server itself make a payload and publish it.
    private func publish(_ megabytes: Int, _ server: RedisServer) throws {
        let script = "return redis.call('PUBLISH', 'big', string.rep('0123456789abcdef', ARGV[1]))"
        #expect(try server.command("EVAL", script, "0", "\(megabytes << 16)") == "1")
    }

    @Test(
        "a payload of 64 MB is delivered whole, torn not at all, and its memory comes back",
        arguments: isSoak ? bothProtocols : [.resp3]
    )
    func largePayload(_ version: RedisConfiguration.ProtocolVersion) async throws {
        // The server would cut off a subscriber that has 32 MB to come.
        var options = RedisServerOptions(arguments: ["--client-output-buffer-limit", "pubsub 0 0 0"])
        // It makes all of it before it answers, beside servers of other tests.
        options.commandTimeout = .seconds(60)
        try await withRedisServer(options) { server in
            try await withFaultProxy(to: server) { proxy in
                let pubsub = try PubSub(
                    proxy.configuration(version),
                    buffer: RedisBufferLimit(bytes: 256 << 20),
                    ignoreSubscribeMessages: true
                )
                try await pubsub.subscribe("big")
                let memory = ResourceCount.residentBytes()
                for _ in 0..<2 {
                    try publish(Self.megabytes, server)
                    let message = try #require(try await pubsub.getMessage(timeout: .seconds(60)).message)
                    #expect(message.payload.count == Self.megabytes << 20)
                    #expect(Array(message.payload.bytes.prefix(17)) == Array("0123456789abcdef0".utf8))
                    #expect(Array(message.payload.bytes.suffix(2)) == Array("ef".utf8))
                }
                proxy.apply(.cutAfter(bytes: Self.megabytes << 19, .toClient, .reset), to: .open)
                try publish(Self.megabytes, server)
                #expect(
                    try await pubsub.take(3, skipping: ["retrying"], within: .seconds(60)) == [
                        "lost", "restored", "gap",
                    ]
                )
                try publish(1, server)
                #expect(try await pubsub.getMessage(timeout: .seconds(60)).message?.payload.count == 1 << 20)
                // Not one of the four is still there. The allocator keeps some of what they grew through.
                let growth = ResourceCount.residentBytes() - memory
                #expect(growth < Self.megabytes << 20, "\(growth) bytes more")
                await pubsub.close()
            }
        }
    }

    @Test(
        "a payload over 16 KiB published by the one who is subscribed arrives (valkey#4231)",
        arguments: [16_383, 16_384, 16_385, 70_000]
    )
    func selfPublish(_ size: Int) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let client = try RedisClient(server.configuration())
            let payload = RedisBytes([UInt8](repeating: 0x78, count: size))
            try await pubsub.subscribe("self")
            #expect(try await client.publish("self", payload) == 1)
            #expect(try await pubsub.getMessage(timeout: .seconds(10)).message?.payload == payload)
            await pubsub.close()
            await client.close()
        }
    }

    @Test("a burst of 200,000 messages is delivered whole and in order", arguments: bothProtocols)
    func burst(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("burst")
            let count = 200_000
            let script = "for i = 1, ARGV[1] do redis.call('PUBLISH', 'burst', i) end"
            try server.command("EVAL", script, "0", "\(count)")
            var next = 1
            while next <= count, let message = try await pubsub.getMessage(timeout: .seconds(20)).message {
                guard message.text == "\(next)" else { break }
                next += 1
            }
            #expect(next == count + 1)
            #expect(pubsub.statistics.droppedEvents == 0)
            await pubsub.close()
        }
    }

    @Test("many channels cost in proportion to their number")
    func manyChannels() async throws {
        let count = isSoak ? 1_000_000 : 40_000
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            func subscribe(_ numbers: Range<Int>) async throws -> Duration {
                let names = numbers.map { RedisBytes("channel:\($0)") }
                return try await ContinuousClock().measure { try await pubsub.subscribe(.channel, names) }
            }
            _ = try await subscribe(0..<count / 10)
            let first = try await subscribe(count / 10..<count / 5)
            // Eight times as many, on top of what is there: quadratic cost would be far more than eight times as much.
            let rest = try await subscribe(count / 5..<count)
            #expect(rest < first * 24, "\(first) for a tenth, \(rest) for eight tenths")
            #expect(try server.info("stats", "pubsub_channels") == count)
            #expect(try server.publish(RedisBytes("channel:\(count - 1)"), "x") == 1)
            #expect(try await pubsub.take(1) == ["message channel:\(count - 1) x"])
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(
                try await pubsub.take(3, skipping: ["retrying"], within: .seconds(120)) == ["lost", "restored", "gap"]
            )
            #expect(try server.info("stats", "pubsub_channels") == count)
            let time = try await ContinuousClock().measure { try await pubsub.unsubscribe() }
            // Ten times as many: quadratic cost would be a hundred times as much.
            #expect(time < first * 60, "\(first) for a tenth, \(time) to unsubscribe all")
            #expect(await pubsub.states().isEmpty)
            await pubsub.close()
        }
    }
}
