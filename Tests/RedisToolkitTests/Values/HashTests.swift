import Foundation
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A hash", .tags(.server), .timeLimit(.minutes(1)))
struct HashTests {
    @Test("keeps fields, merges and replaces them, and is nil where there is none")
    func fields() async throws {
        try await withClient { server, client in
            let hash = RedisHash("h", client)
            #expect(try await hash.fields() == nil)
            #expect(try await hash.texts() == nil)
            try await hash.set(["a": "1", "b": 2])
            #expect(try await hash.texts() == ["a": "1", "b": "2"])
            try await hash.set(["b": "3", "c": "4"])
            #expect(try await hash.texts() == ["a": "1", "b": "3", "c": "4"])
            try await hash.set(["d": 5], mode: .replace)
            #expect(try await hash.texts() == ["d": "5"])
            #expect(try await hash.value(of: "d") == "5")
            #expect(try await hash.values(of: ["x", "d"]) == [nil, "5"])
            #expect(try await hash.values(of: [String]()) == [])
            #expect(try await hash.increment("d", by: 2) == 7)
            #expect(try await hash.increment("e", by: 0.5) == 0.5)
            #expect(try await hash.remove("d", "x") == 1)
            #expect(try await hash.remove() == 0)
            try await hash.set([:])
            #expect(try await hash.texts() == ["e": "0.5"])
            try await hash.set([:], mode: .replace)
            #expect(try server.command("EXISTS", "h") == "0")
        }
    }

    @Test("keeps, sets and removes its time to live in the same step as its fields")
    func expiry() async throws {
        try await withClient { server, client in
            let hash = RedisHash("h", client)
            func ttl() throws -> Int { try #require(Int(try server.command("PTTL", "h"))) }
            try await hash.set(["a": 1], expiry: .after(.seconds(600)))
            #expect((500_000...600_000).contains(try ttl()))
            try await hash.set(["b": 1])
            #expect((500_000...600_000).contains(try ttl()))
            try await hash.set(["c": 1], mode: .replace)
            #expect((500_000...600_000).contains(try ttl()))
            try await hash.set(["d": 1], expiry: nil)
            #expect(try ttl() == -1)
            let end = RedisTimestamp(microseconds: RedisTimestamp.now().microseconds + 900_000_000)
            try await hash.set(["e": 1], mode: .replace, expiry: .at(end))
            #expect((800_000...901_000).contains(try ttl()))
            try await hash.set(["f": 1], mode: .replace, expiry: nil)
            #expect(try ttl() == -1)
            let error = await #expect(throws: RedisError.self) { try await hash.set(["g": 1], expiry: .after(.zero)) }
            #expect(error?.code == .invalidCommand)
            #expect(try await hash.texts() == ["f": "1"])
        }
    }

    @Test("leaves a key of another type as it is, and takes any bytes and any number of fields")
    func limits() async throws {
        try await withClient { server, client in
            try server.command("SET", "k", "v")
            for mode in [RedisHash.Mode.merge, .replace] {
                let error = await #expect(throws: RedisError.self) {
                    try await RedisHash("k", client).set(["a": 1], mode: mode, expiry: nil)
                }
                #expect(error?.serverPrefix == "WRONGTYPE")
            }
            #expect(try server.command("GET", "k") == "v")

            let hash = RedisHash("h", client)
            let odd = RedisBytes([0, 255, 13, 10])
            try await hash.set(RedisPairs([(odd, odd)]), mode: .replace)
            #expect(try await hash.fields() == [odd: odd])
            let error = await #expect(throws: RedisError.self) { try await hash.texts() }
            #expect(error?.code == .codingFailed)

            try await hash.set(RedisPairs((0..<20_000).map { ("field:\($0)", $0) }), mode: .replace)
            #expect(try server.command("HLEN", "h") == "20000")
            #expect(try await hash.value(of: "field:19999") == "19999")
        }
    }

    private struct Account: Codable, Equatable {
        enum Plan: String, Codable { case free, paid }

        var name: String
        var balance: Double
        var visits: Int
        var isActive: Bool
        var plan: Plan
        var note: String?
        var picture: Data
    }

    @Test("keeps the properties of a value, each in a field")
    func properties() async throws {
        try await withClient { server, client in
            let hash = RedisHash("account", client)
            let account = Account(
                name: "Grüße",
                balance: 1.5,
                visits: -3,
                isActive: true,
                plan: .paid,
                note: nil,
                picture: Data([0, 255])
            )
            #expect(try await hash.value(as: Account.self) == nil)
            try await hash.set(["old": 1])
            try await hash.set(encoding: account)
            #expect(try await hash.value(as: Account.self) == account)
            #expect(try server.command("HGET", "account", "visits") == "-3")
            #expect(try server.command("HGET", "account", "isActive") == "true")
            #expect(try server.command("HLEN", "account") == "6")
            // What another program has written is read as well.
            try server.command("HSET", "account", "note", "written by hand", "visits", "8", "unknown", "x")
            let read = try #require(try await hash.value(as: Account.self))
            #expect(read.note == "written by hand" && read.visits == 8)

            try server.command("HSET", "account", "visits", "many")
            let error = await #expect(throws: RedisError.self) { try await hash.value(as: Account.self) }
            #expect(error?.code == .codingFailed)
            #expect(error?.message.contains("many") == false)
            try server.command("HDEL", "account", "visits")
            await #expect(throws: RedisError.self) { try await hash.value(as: Account.self) }

            let nested = await #expect(throws: RedisError.self) { try await hash.set(encoding: ["a": [1]]) }
            #expect(nested?.code == .codingFailed && nested?.execution == .notExecuted)
            await #expect(throws: RedisError.self) { try await hash.set(encoding: 7) }
        }
    }
}

@Suite("A field of many hashes", .tags(.server), .timeLimit(.minutes(1)))
struct HashFieldTests {
    @Test("is read from those that have it, whatever else matches")
    func fields() async throws {
        try await withClient { server, client in
            for index in 0..<3 { try server.command("HSET", "lock.\(index)", "x", "\(index)", "y", "other") }
            try server.command("HSET", "lock.without", "y", "1")
            try server.command("SET", "lock.text", "x")
            try server.command("HSET", "other", "x", "9")
            let expected: [RedisBytes: RedisBytes] = ["lock.0": "0", "lock.1": "1", "lock.2": "2"]
            #expect(try await client.hashField("x", matching: "lock.*").dictionary() == expected)
            var found: [RedisBytes] = []
            for try await (key, value) in client.hashField("x", matching: "lock.?") { found.append("\(key)=\(value)") }
            #expect(Set(found) == ["lock.0=0", "lock.1=1", "lock.2=2"])
            #expect(try await client.hashField("x", matching: "none*").dictionary().isEmpty)
        }
    }

    @Test("takes two round trips a page, and misses none of ten thousand")
    func pages() async throws {
        try await withClient { server, client in
            var batch = RedisBatch()
            for index in 0..<10_000 { batch.append(.hset("h:\(index)", "x", "\(index)")) }
            _ = try await client.send(batch)
            let all = try await client.hashField("x", matching: "h:*", pageSize: 2000).dictionary()
            #expect(all.count == 10_000)
            #expect(all["h:777"] == "777")
            let stats = try server.command("INFO", "commandstats")
            let scans = try #require(stats.firstMatch(of: /cmdstat_scan:calls=(\d+)/)?.1)
            #expect((5...8).contains(try #require(Int(scans))))
        }
    }

    @Test("is read from a server that cannot be asked for hashes alone")
    func withoutType() async throws {
        try await withScriptedServer { connection in
            let first = try connection.answerHandshake().map { String(decoding: $0, as: UTF8.self) }
            #expect(first == ["SCAN", "0", "MATCH", "h*", "COUNT", "1000", "TYPE", "hash"])
            try connection.send("-ERR syntax error\r\n")
            try connection.expectCommand("SCAN", "0", "MATCH", "h*", "COUNT", "1000")
            try connection.send("*2\r\n$1\r\n0\r\n*2\r\n$1\r\nh\r\n$2\r\nh2\r\n")
            try connection.expectCommand("HGET", "h", "x")
            try connection.expectCommand("HGET", "h2", "x")
            try connection.send("$1\r\nv\r\n-WRONGTYPE no hash\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(url)
            #expect(try await client.hashField("x", matching: "h*").dictionary() == ["h": "v"])
            await client.close()
        }
    }
}
