import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("The records of Redis in Action", .tags(.server), .timeLimit(.minutes(2)))
struct RecordTests {
    @Test("have the last messages of each log and severity, the newest first")
    func log() async throws {
        try await withClient { server, client in
            let log = RedisRecentLog(client, limit: 3)
            for index in 0..<5 { try await log.add("m\(index)", to: "api") }
            try await log.add("bad", to: "api", severity: .error)
            let messages = try await log.messages(of: "api").map(\.description)
            #expect(messages.map { $0.split(separator: " ").last } == ["m4", "m3", "m2"])
            #expect(try server.command("LLEN", "recent:api:info") == "3")
            #expect(try server.command("LRANGE", "recent:api:error", "0", "-1").hasSuffix(" bad"))
            // The time in front is the book's: five words.
            #expect(messages[0].split(separator: " ").count == 6)
            #expect(try await log.messages(of: "other").isEmpty)
        }
    }

    @Test("write times as C does")
    func times() {
        #expect(RedisRecentLog.time(0) == "Thu Jan  1 00:00:00 1970")
        #expect(RedisRecentLog.time(1_709_251_199) == "Thu Feb 29 23:59:59 2024")
    }

    @Test("have access times of as many contexts as there are")
    func unlimited() async throws {
        try await withClient { server, client in
            let times = RedisAccessTimes(client, limit: .max)
            for context in ["a", "b", "c"] { try await times.record(.seconds(1), in: context) }
            #expect(try server.command("KEYS", "*slowest*").split(separator: "\n").count == 1)
        }
    }

    @Test("have the access times of this hour and of the last one, and which contexts are slowest")
    func accessTimes() async throws {
        try await withClient { server, client in
            let times = RedisAccessTimes(client, limit: 2)
            #expect(try await times.statistics(of: "index") == nil)
            for seconds in [1, 2, 6] { try await times.record(.seconds(seconds), in: "index") }
            let statistics = try #require(try await times.statistics(of: "index"))
            #expect(statistics.count == 3)
            #expect(statistics.sum == 9)
            #expect(statistics.sumOfSquares == 41)
            #expect(statistics.minimum == 1)
            #expect(statistics.maximum == 6)
            #expect(statistics.average == 3)
            #expect(abs(statistics.standardDeviation - 7.0.squareRoot()) < 1e-9)
            try await times.record(.milliseconds(500), in: "quick")
            try await times.record(.seconds(9), in: "slow")
            #expect(try await times.slowest().map(\.member) == ["slow", "index"])
            #expect(try server.command("ZCARD", "slowest:AccessTime") == "2")
            // Another hour begins.
            try server.command("SET", "stats:index:AccessTime:start", "3600")
            try await times.record(.seconds(4), in: "index")
            #expect(try await times.statistics(of: "index")?.count == 1)
            #expect(try await times.statistics(of: "index", previous: true)?.count == 3)
            #expect(try server.command("GET", "stats:index:AccessTime:pstart") == "3600")
        }
    }

    @Test("measure work, also when it throws, and never fail it")
    func measuring() async throws {
        struct Failure: Error {}
        try await withClient { server, client in
            let times = RedisAccessTimes(client)
            #expect(await times.measure("index") { 7 } == 7)
            await #expect(throws: Failure.self) { try await times.measure("index") { throw Failure() } }
            #expect(try await times.statistics(of: "index")?.count == 2)
            try server.command("SET", "stats:broken:AccessTime", "text")
            #expect(await times.measure("broken") { 8 } == 8)
        }
    }
}
