import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("A group whose server refuses, or is heard of late", .tags(.server), .timeLimit(.minutes(2)))
struct GroupFaultTests: GroupScene {
    @Test("hands out nothing that another consumer has got before the delivery was heard of")
    func lateDelivery() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let client = try RedisClient(try RedisConfiguration(url: proxy.url))
                let direct = try RedisClient(try server.configuration())
                let options = options { $0.visibility = .seconds(6) }
                let group = try StreamGroup("s", group: "g", on: client, options: options)
                try await group.start()
                #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
                let began = ContinuousClock.now
                // Longer than a sixth of the visibility.
                #expect(try await eventually { began.duration(to: .now) > .milliseconds(1100) })
                proxy.stall(.toClient)
                let first = try await direct.xadd("s", ["n": "1"])
                #expect(try await eventually { try await direct.xpending("s", "g").count == 1 })
                _ = try await direct.xclaim("s", "g", "other", idle: .zero, first)
                proxy.resume()
                let second = try await direct.xadd("s", ["n": "2"])
                #expect(try await group.next(timeout: .seconds(10)).event?.delivery?.id == second)
                #expect(try await direct.xpending("s", "g").consumers["other"] == 1)
                await group.close()
                await client.close()
                await direct.close()
            }
        }
    }

    @Test("takes nothing from another consumer that it is listed to have had")
    func recovery() async throws {
        try await withClient { server, client in
            var ids: [RedisStreamID] = []
            for number in 0..<3 { ids.append(try await client.xadd("s", ["n": "\(number)"])) }
            try await client.xgroupCreate("s", "g", from: .beginning)
            _ = try await client.xreadgroup("g", "me", ["s": .undelivered])
            _ = try await client.xclaim("s", "g", "other", idle: .zero, ids[0])
            try await client.xdel("s", ids[1])
            let arguments: [any RedisBytesConvertible] = ["g", "me"] + ids
            let reply = try await client.run(.takeEntries, keys: ["s"], arguments: arguments).elements ?? []
            #expect(reply.map { $0.elements?.first?.integer } == [nil, 1, 1])
            #expect(reply.last?.elements?.last.flatMap { RedisStreamEntry(reply: $0) }?["n"] == "2")
            #expect(try await client.xpending("s", "g").consumers == ["other": 1, "me": 1])
            #expect(try await client.xpending("s", "g", count: 10).map(\.deliveries) == [2, 1])
        }
    }

    @Test("tells once that acknowledgements are refused, and acknowledges what it may meanwhile")
    func refusedAcknowledgement() async throws {
        try await withClient { server, client in
            // Long enough for no entry to be lost to it on a busy machine, which would be handled once more.
            let options = options { $0.visibility = .seconds(20) }
            let group = try StreamGroup(["a", "b"], group: "g", on: client, options: options)
            let refused = Collector<String>()
            let handled = Collector<RedisBytes>()
            _ = try server.command("ACL", "SETUSER", "default", "-xack", "(+xack ~b)")
            let run = Task {
                try await group.run(concurrency: 4) { event in
                    if case .refused(let error) = event { refused.add(error.serverPrefix ?? "?") }
                } _: { delivery in
                    handled.add(delivery.key)
                }
            }
            try await client.xadd("a", ["n": "1"])
            #expect(try await eventually { refused.all == ["NOPERM"] })
            for _ in 0..<3 { try await client.xadd("b", ["n": "1"]) }
            #expect(try await eventually { handled.all.count == 4 })
            #expect(try await eventually { try await client.xpending("b", "g").count == 0 })
            #expect(try await client.xpending("a", "g").count == 1)
            _ = try server.command("ACL", "SETUSER", "default", "+xack")
            #expect(try await eventually { try await client.xpending("a", "g").count == 0 })
            #expect(refused.all == ["NOPERM"] && handled.all.count == 4)
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("tells that a dead letter is refused, and writes one with very many fields in parts")
    func refusedLetter() async throws {
        struct Refusal: Error {}
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.maxAttempts = 1 })
            let refused = Collector<String>()
            let letters = Collector<StreamGroup.DeadLetter>()
            let run = Task {
                try await group.run(concurrency: 1) { event in
                    if case .refused(let error) = event { refused.add("\(error)") }
                    if case .deadLettered(let letter) = event { letters.add(letter) }
                } _: { _ in
                    throw Refusal()
                }
            }
            let dead = StreamGroup.deadLetters(of: "s")
            try await client.set(dead, "text")
            let fields = (0..<5000).map { "f\($0)" }
            var words: [any RedisBytesConvertible] = ["XADD", "s", "*"]
            for field in fields { words += [field, "v"] as [any RedisBytesConvertible] }
            let id = try #require(RedisStreamID(reply: try await client.send(RedisCommand(words.map(\.redisBytes)))))
            #expect(try await eventually { refused.all.count == 1 })
            #expect(refused.all.first?.contains("WRONGTYPE") == true)
            try await client.del(dead)
            #expect(try await eventually { letters.all.count == 1 })
            let parts = try await client.xrange(dead)
            #expect(parts.map { $0["source"] } == [id.redisBytes, id.redisBytes])
            #expect(parts.first?.id == letters.all.first?.letter)
            #expect(parts.flatMap { $0.fields.dropFirst(4).compactMap(\.name.text) } == fields)
            #expect(try await client.xpending("s", "g").count == 0)
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("says that another consumer has the entry that it rejects for the last time")
    func foreignRejection() async throws {
        try await withClient { server, client in
            let options = options {
                $0.maxAttempts = 1
                // Long enough for it not to be taken back from the other one.
                $0.visibility = .seconds(20)
            }
            let group = try StreamGroup("s", group: "g", on: client, options: options)
            try await client.xadd("s", ["n": "1"])
            let delivery = try #require(try await group.next(timeout: .seconds(5)).event?.delivery)
            _ = try await client.xclaim("s", "g", "other", idle: .zero, delivery.id)
            let error = await #expect(throws: RedisError.self) { try await delivery.reject(because: "no") }
            #expect(error?.code == .leaseLost)
            #expect(try await client.xpending("s", "g").consumers == ["other": 1])
            await group.close()
        }
    }
}
