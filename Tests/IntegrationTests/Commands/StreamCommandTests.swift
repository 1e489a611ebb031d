import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Typed commands for streams", .tags(.server, .slow), .timeLimit(.minutes(1)))
struct StreamCommandTests {
    @Test("append, read and trim", arguments: bothProtocols)
    func entries(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.entries, version) }

    @Test("share entries in a group", arguments: bothProtocols)
    func groups(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.groups, version) }

    @Test("block as long as they are told to, which may be longer than other commands may take")
    func blocking() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            let client = try RedisClient(configuration)
            configuration.commands.timeout = .seconds(2)
            let reader = try RedisClient(configuration)
            #expect(try await reader.xread(["s": .end], blocking: .milliseconds(2_200)) == [:])
            try await reader.withLink { link in
                let entries = try await link.xread(["s": .end], blocking: .milliseconds(2_200))
                #expect(entries == [:])
            }
            let reading = Task { try await reader.xread(["s": .end], blocking: .seconds(60)) }
            #expect(try await eventually { try await client.info("clients").integer("blocked_clients") == 1 })
            let id = try await client.xadd("s", ["a": 1])
            #expect(try await reading.joined == ["s": [RedisStreamEntry(id: id, fields: [RedisField("a", "1")])]])
            for closing in [client, reader] { await closing.close() }
        }
    }

    private static func entry(_ milliseconds: UInt64, _ sequence: UInt64, _ fields: RedisField...) -> RedisStreamEntry {
        RedisStreamEntry(id: RedisStreamID(milliseconds: milliseconds, sequence: sequence), fields: fields)
    }

    static let entries: CommandCheck = { client, release in
        func id(_ milliseconds: UInt64, _ sequence: UInt64 = 0) -> RedisStreamID {
            RedisStreamID(milliseconds: milliseconds, sequence: sequence)
        }
        #expect(try await client.xlen("s") == 0)
        #expect(try await client.xadd("s", ["a": 1, "b": "two"], id: .id(id(5, 1))) == id(5, 1))
        #expect(try await client.xadd("s", ["a": 2], id: .id(id(5, 2))) == id(5, 2))
        #expect(try await client.xadd("s", ["a": 3], id: .id(id(7))) == id(7, 0))
        let error = await failure { try await client.xadd("s", ["a": 4], id: .id(id(6))) }
        #expect(error?.code == .serverError)
        let all = [
            entry(5, 1, RedisField("a", "1"), RedisField("b", "two")), entry(5, 2, RedisField("a", "2")),
            entry(7, 0, RedisField("a", "3")),
        ]
        #expect(try await client.xrange("s") == all)
        #expect(try await client.xrange("s")[0]["b"] == "two")
        #expect(try await client.xrevrange("s") == all.reversed())
        #expect(try await client.xrange("s", from: .including(id(5, 2)), count: 1) == [all[1]])
        #expect(try await client.xrevrange("s", from: .including(id(6)), to: .including(id(5, 2))) == [all[1]])
        #expect(try await client.xrange("none") == [])
        #expect(try await client.xread(["s": .beginning]) == ["s": all])
        #expect(try await client.xread(["none": .end, "s": .after(id(5, 1))], count: 1) == ["s": [all[1]]])
        #expect(try await client.xread(["s": .end]) == [:])
        #expect(try await client.xdel("s", id(5, 2), id(9)) == 1)
        #expect(try await client.xdel("s", [id(9)]) == 0)
        let next = try await client.xadd("s", ["a": 5])
        #expect(next > id(1_600_000_000_000))
        #expect(try await client.xtrim("s", .maximumLength(2, isExact: true)) == 1)
        #expect(try await client.xadd("s", ["a": 6], trim: .maximumLength(1, isExact: true)) > next)
        #expect(try await client.xlen("s") == 1)
        #expect(try await client.xtrim("s", .maximumLength(1)) == 0)
        if release.isAtLeast(6, 2) {
            #expect(try await client.xadd(toExisting: "none", ["a": 1]) == nil)
            let last = try await client.xadd(toExisting: "s", ["a": 1], trim: .maximumLength(9, limit: 5))
            #expect(try await client.xtrim("s", .minimumID(try #require(last), isExact: true)) == 1)
            #expect(try await client.xrange("s", from: .excluding(try #require(last))) == [])
        }
        if release.isAtLeast(7) {
            #expect(try await client.xadd("t", ["a": 1], id: .nextIn(milliseconds: 3)) == id(3, 0))
            #expect(try await client.xadd("t", ["a": 1], id: .nextIn(milliseconds: 3)) == id(3, 1))
        }
    }

    static let groups: CommandCheck = { client, release in
        func id(_ milliseconds: UInt64) -> RedisStreamID { RedisStreamID(milliseconds: milliseconds) }
        try await client.xgroupCreate("s", "g", from: .end, makingStream: true)
        let exists = await failure { try await client.xgroupCreate("s", "g", from: .end) }
        #expect(exists?.serverPrefix == "BUSYGROUP")
        #expect(try await client.xpending("s", "g").count == 0)
        #expect(try await client.xpending("s", "g").consumers == [:])
        for number in 1...4 { try await client.xadd("s", ["n": number], id: .id(id(UInt64(number)))) }
        let all = (1...4).map { entry(UInt64($0), 0, RedisField("n", RedisBytes("\($0)"))) }
        #expect(try await client.xreadgroup("g", "ann", ["s": .undelivered], count: 2) == ["s": [all[0], all[1]]])
        #expect(try await client.xreadgroup("g", "ben", ["s": .undelivered]) == ["s": [all[2], all[3]]])
        #expect(try await client.xreadgroup("g", "ben", ["s": .undelivered]) == [:])
        #expect(try await client.xreadgroup("g", "ann", ["s": .beginning]) == ["s": [all[0], all[1]]])
        let summary = try await client.xpending("s", "g")
        #expect(summary.count == 4)
        #expect(summary.lowest == id(1))
        #expect(summary.highest == id(4))
        #expect(summary.consumers == ["ann": 2, "ben": 2])
        #expect(try await client.xack("s", "g", id(1), id(9)) == 1)
        #expect(try await client.xack("s", "g", [id(9)]) == 0)
        let pending = try await client.xpending("s", "g", count: 10)
        #expect(pending.map(\.id) == [id(2), id(3), id(4)])
        #expect(pending.map(\.consumer) == ["ann", "ben", "ben"])
        #expect(pending.map(\.deliveries) == [2, 1, 1])
        #expect(pending.allSatisfy { $0.idle < .seconds(30) })
        #expect(try await client.xpending("s", "g", from: .including(id(3)), count: 1, consumer: "ben").count == 1)
        #expect(try await client.xclaim("s", "g", "cid", idle: .zero, id(2)) == [all[1]])
        #expect(try await client.xclaim("s", "g", "cid", idle: .seconds(900), [id(2)]) == [])
        // An entry that is removed stays pending, or is forgotten when it is claimed (7.0).
        try await client.xdel("s", id(2))
        let own = try await client.xreadgroup("g", "cid", ["s": .beginning])
        #expect(own == ["s": [RedisStreamEntry(id: id(2), fields: [], isRemoved: true)]])
        if release.isAtLeast(6, 2) {
            #expect(try await client.xpending("s", "g", count: 9, idle: .seconds(900)) == [])
            let claimed = try await client.xautoclaim("s", "g", "dan", idle: .zero, count: 2)
            #expect(claimed.next == id(4))
            #expect(claimed.removed == (release.isAtLeast(7) ? [id(2)] : []))
            #expect(claimed.entries == [all[2]])
            #expect(try await client.xautoclaim("s", "g", "dan", idle: .seconds(900), from: id(4)).next == .zero)
            #expect(try await client.xgroupCreateConsumer("s", "g", "eve") == true)
            #expect(try await client.xgroupCreateConsumer("s", "g", "eve") == false)
        }
        try await client.xgroupSetID("s", "g", to: .beginning)
        let again = try await client.xreadgroup("g", "fay", ["s": .undelivered], acknowledging: true)
        #expect(again["s"]?.count == 3)
        #expect(try await client.xgroupDelConsumer("s", "g", "fay") == 0)
        #expect(try await client.xgroupDestroy("s", "g") == true)
        #expect(try await client.xgroupDestroy("s", "g") == false)
    }
}
