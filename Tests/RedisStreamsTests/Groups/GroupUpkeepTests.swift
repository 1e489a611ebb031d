import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("What a consumer does for the streams of its group", .tags(.server), .timeLimit(.minutes(2)))
struct GroupUpkeepTests: GroupScene {
    @Test("makes the group again when its stream is deleted or the group destroyed, and tells it")
    func heals() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client)
            let handled = Collector<Int>()
            let created = Collector<RedisBytes>()
            let run = Task {
                try await group.run(concurrency: 1) { event in
                    if case .groupCreated(let key) = event { created.add(key) }
                } _: { delivery in
                    handled.add(number(delivery))
                }
            }
            try await append(client, "s", 0..<3)
            #expect(try await eventually { handled.all.count == 3 })
            _ = try server.command("DEL", "s")
            #expect(try await eventually { created.all.count == 1 })
            try await append(client, "s", 3..<5)
            #expect(try await eventually { handled.all.count == 5 })
            _ = try server.command("XGROUP", "DESTROY", "s", "g")
            try await append(client, "s", 5..<6)
            #expect(try await eventually { created.all.count == 2 && handled.all.count >= 8 })
            _ = try server.command("FLUSHALL")
            #expect(try await eventually { created.all.count == 3 })
            try await append(client, "s", 6..<7)
            #expect(try await eventually { handled.all.last == 6 })
            #expect(handled.all == [0, 1, 2, 3, 4, 3, 4, 5, 6])
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("trims what all groups have acknowledged, and nothing else")
    func trims() async throws {
        try await withClient { server, client in
            for _ in 0..<10 { try await append(client, "s", 0..<100) }
            try await client.xgroupCreate("s", "slow", from: .beginning)
            let slow = try await client.xreadgroup("slow", "c", ["s": .undelivered], count: 300)["s"] ?? []
            let group = try StreamGroup(
                "s",
                group: "g",
                on: client,
                options: options {
                    $0.acknowledged = .trimmedBehindAllGroups
                    // A busy machine may stand still for a second: no entry is to be handled once more for that.
                    $0.visibility = .seconds(20)
                }
            )
            let handled = Collector<Int>()
            let run = Task { try await group.run(concurrency: 50) { handled.add(number($0)) } }
            #expect(try await eventually { handled.all.count == 1000 })
            try await client.xack("s", "slow", slow.prefix(250).map(\.id))
            try await append(client, "s", 0..<1)
            // The server trims whole nodes of a hundred.
            #expect(try await eventually { try await client.xlen("s") == 801 })
            #expect(try await client.xpending("s", "slow").lowest == slow[250].id)
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("trims what was acknowledged up to what anybody has, and nothing that a group may deliver again")
    func deletes() async throws {
        try await withClient { server, client in
            // Its own entries are those below 6 and above 15, and another one has those between.
            func begin() async throws -> [any RedisBytesConvertible] {
                _ = try server.command("DEL", "s")
                for number in 1...20 { _ = try server.command("XADD", "s", "\(number)-0", "n", "\(number)") }
                try await client.xgroupCreate("s", "g", from: .beginning)
                var own: [RedisStreamEntry] = []
                for (name, count) in [("me", 5), ("other", 10), ("me", 5)] as [(RedisBytes, Int)] {
                    let read = try await client.xreadgroup("g", name, ["s": .undelivered], count: count)["s"] ?? []
                    if name == "me" { own += read }
                }
                _ = try server.command("CONFIG", "RESETSTAT")
                return ["g", "", 0] + own.map(\.id)
            }
            func left() async throws -> [Int] { try await client.xrange("s").map { Int($0.id.milliseconds) } }
            func calls(_ command: String) throws -> Bool {
                try server.command("INFO", "commandstats").contains("cmdstat_\(command):calls=1,")
            }
            var arguments = try await begin()
            var reply = try await client.run(.acknowledgeAndDelete, keys: ["s"], arguments: arguments)
            #expect(reply.elements == Array(repeating: .integer(1), count: 10))
            #expect(try await left() == Array(6...15))
            #expect(try calls("xtrim") && calls("xdel"))

            // A group that was made anew counts none of them as pending, and delivers all of them again.
            arguments = try await begin()
            _ = try server.command("XGROUP", "DESTROY", "s", "g")
            try await client.xgroupCreate("s", "g", from: .beginning)
            reply = try await client.run(.acknowledgeAndDelete, keys: ["s"], arguments: arguments)
            #expect(reply.elements == Array(repeating: .integer(0), count: 10))
            #expect(try await left() == Array(6...15))

            // Something older that the group never had.
            arguments = try await begin()
            _ = try server.command("XGROUP", "DESTROY", "s", "g")
            try await client.xgroupCreate("s", "g", from: .after(RedisStreamID(milliseconds: 5, sequence: 0)))
            let all = try await client.xreadgroup("g", "me", ["s": .undelivered], count: 20)["s"] ?? []
            arguments = ["g", "", 0] + all.map(\.id)
            _ = try await client.run(.acknowledgeAndDelete, keys: ["s"], arguments: arguments)
            #expect(try await left() == Array(1...5))
        }
    }

    @Test("tells of entries that were removed from the stream while they were pending")
    func removed() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<3)
            try await client.xgroupCreate("s", "g", from: .beginning)
            let read = try await client.xreadgroup("g", "me", ["s": .undelivered])["s"] ?? []
            try await client.xdel("s", read[1].id)
            let group = try StreamGroup(
                "s",
                group: "g",
                consumer: "me",
                on: client,
                options: options { $0.prefetch = 5 }
            )
            var numbers: [Int] = []
            var gone: [RedisStreamID] = []
            while numbers.count + gone.count < 3 {
                switch try await group.next(timeout: .seconds(10)) {
                case .event(.delivery(let delivery)):
                    numbers.append(number(delivery))
                    try await delivery.acknowledge()
                case .event(.removed(_, let id)): gone.append(id)
                case .event(let event): Issue.record("\(event)")
                case .nothing, .closed, .handled:
                    Issue.record("nothing came: \(numbers) \(gone)")
                    return
                }
            }
            #expect(numbers == [0, 2] && gone == [read[1].id])
            #expect(try await client.xpending("s", "g").count == 0)
            await group.close()
        }
    }

    @Test("removes consumers that were not heard of and have nothing, and no others")
    func idleConsumers() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<1)
            try await client.xgroupCreate("s", "g", from: .beginning)
            _ = try await client.xreadgroup("g", "busy", ["s": .undelivered])
            for name in ["empty", "me"] { try await client.xgroupCreateConsumer("s", "g", name) }
            #expect(
                try await eventually {
                    let reply = try await client.run(.removeConsumers, keys: ["s"], arguments: ["g", "me", 50])
                    return reply.elements?.compactMap(\.text) == ["empty"]
                }
            )
            let rest = try await client.send(["XINFO", "CONSUMERS", "s", "g"]).elements?.compactMap { $0["name"]?.text }
            #expect(rest == ["busy", "me"])
            #expect(try await client.run(.removeConsumers, keys: ["s"], arguments: ["g", "busy"]).elements == [])
            #expect(try await client.run(.removeConsumers, keys: ["s"], arguments: ["g", "me"]).elements?.count == 1)
        }
    }
}
