import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("The greatest and the least of a key", .tags(.server), .timeLimit(.minutes(1)))
struct ExtremumTests {
    /// What the key has, what it is compared with, and whether that is greater.
    private let integers: [(String, Int, Bool)] = [
        ("9", 100, true), ("100", 9, false), ("10", 5, false), ("5", 5, false), ("-5", -10, false), ("-10", -5, true),
        ("-1", 0, true), ("0", -1, false), ("-0", 0, false), ("007", 8, true), ("010", 9, false),
        ("9007199254740992", 9_007_199_254_740_993, true), ("9007199254740993", 9_007_199_254_740_992, false),
        ("-9007199254740993", -9_007_199_254_740_992, true), ("9223372036854775806", Int.max, true),
        ("\(Int.min)", Int.min + 1, true), ("\(Int.max)", Int.min, false),
    ]

    @Test("compare integers as numbers, at any size")
    func numbers() async throws {
        try await withClient { server, client in
            for (old, new, isGreater) in integers {
                try server.command("SET", "k", old)
                #expect(try await client.setMax(new, for: "k").isChanged == isGreater, "\(old), \(new)")
                #expect(try server.command("GET", "k") == (isGreater ? "\(new)" : old))
                try server.command("SET", "k", old)
                let number = try #require(Int(old))
                let expected = RedisExtremum(value: min(number, new), isChanged: number > new)
                #expect(try await client.setMin(new, for: "k") == expected)
                #expect(try server.command("GET", "k") == (number > new ? "\(new)" : old))
            }
        }
    }

    @Test("keep the time to live of a key that is in its last millisecond")
    func lastMillisecond() async throws {
        try await withClient { server, client in
            // In a script time stands still.
            let now = "local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
            let string = now + "redis.call('SET', KEYS[1], '1', 'PXAT', now)\n" + RedisScript.extremum.source
            try await client.run(RedisScript(string), keys: ["k"], arguments: ["2", "max", "integer"])
            #expect(try await eventually { try server.command("EXISTS", "k") == "0" })
        }
    }

    @Test("set a missing key, and keep the time to live of one that is there")
    func keys() async throws {
        try await withClient { server, client in
            #expect(try await client.setMax(7, for: "k") == RedisExtremum(value: 7, isChanged: true))
            #expect(try server.command("PTTL", "k") == "-1")
            try server.command("PEXPIRE", "k", "600000")
            #expect(try await client.setMax(8, for: "k") == RedisExtremum(value: 8, isChanged: true))
            #expect(try await client.setMin(9, for: "k") == RedisExtremum(value: 8, isChanged: false))
            #expect((500_000...600_000).contains(try #require(Int(try server.command("PTTL", "k")))))
        }
    }

    @Test("compare other numbers as doubles")
    func doubles() async throws {
        try await withClient { server, client in
            #expect(try await client.setMax(1.5, for: "k") == RedisExtremum(value: 1.5, isChanged: true))
            #expect(try await client.setMax(10.25, for: "k") == RedisExtremum(value: 10.25, isChanged: true))
            #expect(try await client.setMax(9.75, for: "k") == RedisExtremum(value: 10.25, isChanged: false))
            #expect(try await client.setMin(-1e300, for: "k") == RedisExtremum(value: -1e300, isChanged: true))
            #expect(try await client.setMax(.infinity, for: "k") == RedisExtremum(value: .infinity, isChanged: true))
            #expect(try await client.setMin(-.infinity, for: "k") == RedisExtremum(value: -.infinity, isChanged: true))
            try server.command("SET", "k", "3")
            #expect(try await client.setMax(3.5, for: "k") == RedisExtremum(value: 3.5, isChanged: true))
            let error = await #expect(throws: RedisError.self) { try await client.setMax(.nan, for: "k") }
            #expect(error?.code == .invalidCommand)
        }
    }

    @Test("compare bytes where they are asked to, as dkredis compares everything")
    func bytes() async throws {
        try await withClient { server, client async throws in
            #expect(try await client.setMax(bytes: "hello", for: "k") == RedisExtremum(value: "hello", isChanged: true))
            #expect(try await client.setMax(bytes: "world", for: "k") == RedisExtremum(value: "world", isChanged: true))
            #expect(
                try await client.setMax(bytes: "hello", for: "k") == RedisExtremum(value: "world", isChanged: false)
            )
            #expect(try await client.setMin(bytes: "hello", for: "k") == RedisExtremum(value: "hello", isChanged: true))
            #expect(try await client.setMin(bytes: [UInt8]([0, 255]), for: "k").isChanged)
            #expect(try await client.setMax(bytes: [UInt8]([0, 255, 0]), for: "k").isChanged)
            #expect(try server.command("STRLEN", "k") == "3")
        }
    }

    @Test("leave alone what is no number")
    func refused() async throws {
        try await withClient { server, client in
            for old in ["", "a", "1 ", " 1", "0x10", "1e", "nan", "--1", "1.5"] {
                try server.command("SET", "k", old)
                let error = await #expect(throws: RedisError.self, "\(old)") { try await client.setMax(7, for: "k") }
                #expect(error?.code == .serverError)
                if old != "1.5" {
                    await #expect(throws: RedisError.self, "\(old)") { try await client.setMin(-7.5, for: "k") }
                }
                #expect(try server.command("GET", "k") == old)
            }
            try server.command("LPUSH", "list", "a")
            let wrong = await #expect(throws: RedisError.self) { try await client.setMax(7, for: "list") }
            #expect(wrong?.serverPrefix == "WRONGTYPE")
        }
    }

    @Test("are right under many writers")
    func concurrent() async throws {
        try await withClient { server, client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in (1...500).shuffled() { group.addTask { try await client.setMax(number, for: "k") } }
                for number in (1...20).shuffled() {
                    group.addTask { try await client.setMin(bytes: "\(100 + number)", for: "b") }
                }
                try await group.waitForAll()
            }
            #expect(try server.command("GET", "k") == "500")
            #expect(try server.command("GET", "b") == "101")
        }
    }
}
