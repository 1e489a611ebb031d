import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// The three families, so that one test covers all: how to subscribe, publish, and what the events are called.
private let families: [RedisSubscriptionKind] = [.channel, .pattern, .shardChannel]

extension RedisServer {
    fileprivate func publish(_ kind: RedisSubscriptionKind, _ name: RedisBytes, _ payload: RedisBytes) throws -> Int {
        kind == .shardChannel ? try spublish(name, payload) : try publish(name, payload)
    }
}

@Suite("Subscriptions against a real server", .tags(.server), .timeLimit(.minutes(2)))
struct SubscriptionTests {
    @Test("are confirmed one by one, with the server's counts", arguments: bothProtocols, families)
    func counts(_ version: RedisConfiguration.ProtocolVersion, _ kind: RedisSubscriptionKind) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version))
            let names: [RedisBytes] = ["foo", "bar", "uni\u{1234}code"]
            let subscribed = try await pubsub.subscribe(kind, names)
            #expect(subscribed.map(\.count) == [1, 2, 3])
            #expect(subscribed.map(\.name) == names)
            let unsubscribed = try await pubsub.unsubscribe(kind, names)
            #expect(unsubscribed.map(\.count) == [2, 1, 0])
            #expect(
                try await pubsub.take(6) == [
                    "subscribed foo 1", "subscribed bar 2", "subscribed uni\u{1234}code 3", "unsubscribed foo 2",
                    "unsubscribed bar 1", "unsubscribed uni\u{1234}code 0",
                ]
            )
            await pubsub.close()
        }
    }

    @Test("of channels and patterns share a count, shard channels have their own")
    func separateCounts() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            #expect(try await pubsub.subscribe("a").map(\.count) == [1])
            #expect(try await pubsub.psubscribe("a*").map(\.count) == [2])
            #expect(try await pubsub.ssubscribe("a").map(\.count) == [1])
            #expect(try await pubsub.unsubscribe("a").map(\.count) == [1])
            await pubsub.close()
        }
    }

    @Test(
        "that are sub, unsub, sub again without reading in between end subscribed",
        arguments: bothProtocols,
        families
    )
    func subUnsubSub(_ version: RedisConfiguration.ProtocolVersion, _ kind: RedisSubscriptionKind) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version))
            async let first = pubsub.subscribe(kind, ["foo"])
            _ = try await first
            // Written in one turn: no confirmation can be read in between.
            let second = pubsub.startUnsubscribe(kind, ["foo"])
            let third = pubsub.startSubscribe(kind, ["foo"], nil)
            #expect(try await second.value().map(\.count) == [0])
            #expect(try await third.value().map(\.count) == [1])
            #expect(try await pubsub.take(3) == ["subscribed foo 1", "unsubscribed foo 0", "subscribed foo 1"])
            #expect(pubsub.isSubscribed)
            #expect(try server.publish(kind, "foo", "x") == 1)
            #expect(try await pubsub.take(1).first?.hasSuffix("foo x") == true)
            await pubsub.close()
        }
    }

    @Test("that are all unsubscribed and taken again end subscribed", arguments: families)
    func unsubscribeAll(_ kind: RedisSubscriptionKind) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe(kind, ["foo", "bar"])
            let all = pubsub.startUnsubscribe(kind, [])
            let again = pubsub.startSubscribe(kind, ["foo"], nil)
            #expect(try await all.value().map(\.count) == [1, 0])
            #expect(try await again.value().map(\.count) == [1])
            #expect(await pubsub.states().map(\.name) == ["foo"])
            await pubsub.close()
        }
    }

    @Test("deliver messages byte for byte, the empty ones included", arguments: bothProtocols, families)
    func exactBytes(_ version: RedisConfiguration.ProtocolVersion, _ kind: RedisSubscriptionKind) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            let names: [RedisBytes] = ["", RedisBytes([0, 0xff, 0x0d, 0x0a]), "plain"]
            let payloads: [RedisBytes] = ["", RedisBytes(Array(UInt8.min...UInt8.max)), "\r\n$5\r\n"]
            try await pubsub.subscribe(kind, names)
            for name in names {
                for payload in payloads {
                    #expect(try server.publish(kind, name, payload) == 1)
                    let message = try #require(try await pubsub.getMessage(timeout: .seconds(10)).message)
                    #expect(message.channel == name)
                    #expect(message.payload == payload)
                    #expect(message.pattern == (kind == .pattern ? name : nil))
                }
            }
            await pubsub.close()
        }
    }

    @Test("by name and by pattern give a message each", arguments: bothProtocols)
    func overlap(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            try await pubsub.psubscribe("f*")
            #expect(try server.publish("foo", "hi") == 2)
            #expect(try await pubsub.take(2) == ["message foo hi", "pmessage f* foo hi"])
            await pubsub.close()
        }
    }

    @Test("of many names are sent in batches and all confirmed")
    func batches() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let names = (0..<10_000).map { RedisBytes("channel:\($0)") }
            let results = try await pubsub.subscribe(.channel, names)
            #expect(results.map(\.count) == (1...10_000).map { $0 })
            #expect(try server.publish("channel:9999", "x") == 1)
            #expect(try await pubsub.take(1) == ["message channel:9999 x"])
            await pubsub.close()
        }
    }

    @Test("that a user may not have are refused by name, and take no other along", arguments: bothProtocols)
    func refused(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&ok*")
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            let results = try await pubsub.subscribe("ok1", "no", "ok2", "nono", "ok3")
            #expect(results.map { $0.error?.code } == [nil, .notPermitted, nil, .notPermitted, nil])
            #expect(try await pubsub.take(2) == ["refused no notPermitted", "refused nono notPermitted"])
            let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe("no") }
            #expect(error?.code == .notPermitted)
            #expect(error?.serverPrefix == "NOPERM")
            for name in ["ok1", "ok2", "ok3"] { #expect(try server.publish(RedisBytes(name), "x") == 1) }
            #expect(try server.publish("no", "x") == 0)
            #expect(try await pubsub.take(4).suffix(3) == ["message ok1 x", "message ok2 x", "message ok3 x"])
            #expect(Set(await pubsub.states().map(\.name)) == ["ok1", "ok2", "ok3"])
            await pubsub.close()
        }
    }

    @Test("of a name that is none are done at once")
    func unsubscribeUnknown() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            #expect(try await pubsub.unsubscribe("never").map(\.count) == [nil])
            #expect(try await pubsub.unsubscribe().isEmpty)
            #expect(!pubsub.isSubscribed)
            await pubsub.close()
        }
    }

    @Test("tell whether something is subscribed, by the server's word alone")
    func subscribedProperty() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            #expect(!pubsub.isSubscribed)
            try await pubsub.subscribe("foo")
            try await pubsub.psubscribe("bar")
            #expect(pubsub.isSubscribed)
            try await pubsub.unsubscribe("foo")
            #expect(pubsub.isSubscribed)
            try await pubsub.punsubscribe()
            #expect(!pubsub.isSubscribed)
            try await pubsub.ssubscribe("foo")
            #expect(pubsub.isSubscribed)
            await pubsub.close()
        }
    }

    @Test("answer a ping in every mode, and the answer is no event", arguments: bothProtocols)
    func ping(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version))
            try await pubsub.subscribe("foo")
            #expect(try await pubsub.ping() > .zero)
            #expect(try await pubsub.ping("hello world") > .zero)
            try await pubsub.unsubscribe("foo")
            #expect(try await pubsub.ping("again") > .zero)
            #expect(
                try await pubsub.take(3, within: .milliseconds(50)) == [
                    "subscribed foo 1", "unsubscribed foo 0", "nothing",
                ]
            )
            await pubsub.close()
        }
    }

    @Test("pass on pushes of a kind that nobody knows, and payloads that are no string")
    func unknownPush() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n>2\r\n$6\r\nMOVING\r\n:7\r\n")
            try connection.send(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n*1\r\n$1\r\nk\r\n")
            try connection.send(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(url)
            try await pubsub.subscribe("a")
            #expect(try await pubsub.take(4) == ["subscribed a 1", "push", "push", "message a x"])
            await pubsub.close()
        }
    }
}
