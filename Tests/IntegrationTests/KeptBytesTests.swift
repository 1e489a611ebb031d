import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Who keeps a name does not keep all that came with it.
@Suite("Names that are kept", .tags(.server), .timeLimit(.minutes(1)))
struct KeptBytesTests {
    private static let payload = RedisBytes(String(repeating: "x", count: 20_000))

    @Test("own their bytes: channels and patterns")
    func messages() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.psubscribe("ch*")
            try server.publish("channel", Self.payload)
            let message = try #require(try await pubsub.getMessage(timeout: .seconds(10)).message)
            #expect(message.channel == "channel" && message.channel.isCompact)
            #expect(message.pattern == "ch*" && message.pattern?.isCompact == true)
            // A payload shares the memory of its read; the copy of a message does not.
            #expect(!message.payload.isCompact)
            let copy = message.compacted()
            #expect(copy.kind == .pmessage && copy.channel == message.channel && copy.pattern == message.pattern)
            #expect(
                copy.payload == message.payload && copy.receivedAt == message.receivedAt && copy.node == message.node
            )
            await pubsub.close()
        }
    }

    @Test("own their bytes: keys")
    func keys() async throws {
        try await withRedisServer { server in
            try server.command("CONFIG", "SET", "notify-keyspace-events", "KEA")
            let keys = try KeyspaceEvents(server.configuration(), keys: ["*"])
            try await keys.start()
            let client = try RedisClient(server.configuration())
            // One read brings all of them.
            try await client.send(["EVAL", "for i = 1, 1000 do redis.call('SET', 'key:' .. i, i) end", 0])
            var kept: [RedisBytes] = []
            for try await event in keys.events {
                if let event = event.key { kept.append(event.key) }
                if kept.count == 1000 { break }
            }
            #expect(kept == (1...1000).map { RedisBytes("key:\($0)") })
            #expect(kept.count(where: \.isCompact) > 900)
            await client.close()
            await keys.close()
        }
    }
}
