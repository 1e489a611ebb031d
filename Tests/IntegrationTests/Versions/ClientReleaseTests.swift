import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("The client at each release", .tags(.release), .timeLimit(.minutes(2)))
struct ClientReleaseTests {
    @Test("publishes, and asks who is subscribed", arguments: ServerRelease.all, bothProtocols)
    func queries(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration(version))
            let pubsub = try PubSub(server.configuration(version))
            try await pubsub.subscribe("foo", "bar")
            try await pubsub.psubscribe("*oo", "b*")
            #expect(Set(try await client.pubsubChannels()) == ["foo", "bar"])
            #expect(try await client.pubsubChannels("f*") == ["foo"])
            #expect(
                try await client.pubsubNumSub("foo", "none") == [
                    RedisClient.ChannelCount(name: "foo", subscribers: 1),
                    RedisClient.ChannelCount(name: "none", subscribers: 0),
                ]
            )
            #expect(try await client.pubsubNumPat() == 2)
            #expect(try await client.publish("foo", "x") == 2)
            #expect(try await client.publish("none", "x") == 0)
            if release.hasShardChannels {
                try await pubsub.ssubscribe("s")
                #expect(try await client.pubsubShardChannels() == ["s"])
                #expect(
                    try await client.pubsubShardNumSub("s") == [RedisClient.ChannelCount(name: "s", subscribers: 1)]
                )
                #expect(try await client.spublish("s", "x") == 1)
            } else {
                let unknown = await #expect(throws: RedisError.self) { try await client.spublish("s", "x") }
                #expect(unknown?.message == "ERR unknown command `SPUBLISH`")
                let query = await #expect(throws: RedisError.self) { try await client.pubsubShardChannels() }
                #expect(query?.code == .serverError)
            }
            await pubsub.close()
            await client.close()
        }
    }

    /// With nothing subscribed, one confirmation with a null name; `$-1` in RESP2.
    @Test("is told null when there is nothing to unsubscribe from", arguments: ServerRelease.all)
    func unsubscribeNone(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let link = try CommandLink(server.configuration(.resp2))
            for command in ["unsubscribe", "punsubscribe"] {
                let reply = try await link.send([RedisBytes(command)])
                #expect(reply == .array([.bulkString(RedisBytes(command)), .null, .integer(0)]))
            }
            await link.close()
        }
    }

    /// What a command makes the server push to its own sender comes before its reply up to 7.0 and behind it from 7.2
    /// on.
    @Test("gives each command its own reply among pushes of its own making", arguments: ServerRelease.all)
    func ownPushes(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            guard release.hasRESP3 else { try Test.cancel("\(release) has no pushes") }
            // What a client would refuse.
            let link = try CommandLink(server.configuration())
            // In a transaction the confirmation is the reply.
            #expect(try await link.send(["MULTI"]).text == "OK")
            #expect(try await link.send(["SUBSCRIBE", "mine"]).text == "QUEUED")
            #expect(
                try await link.send(["EXEC"])
                    == .array([.push([.bulkString("subscribe"), .bulkString("mine"), .integer(1)])])
            )
            for index in 0..<50 {
                async let published = link.send(["PUBLISH", "mine", "x"])
                async let echoed = link.send(["ECHO", RedisBytes("\(index)")])
                #expect(try await published == .integer(1))
                #expect(try await echoed.text == "\(index)")
            }
            _ = try await link.send(["CLIENT", "TRACKING", "ON"])
            for index in 0..<50 {
                #expect(try await link.send(["SET", "key", RedisBytes("\(index)")]).text == "OK")
                #expect(try await link.send(["GET", "key"]).text == "\(index)")
            }
            await link.close()
        }
    }
}
