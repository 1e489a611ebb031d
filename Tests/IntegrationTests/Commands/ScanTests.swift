import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A scan", .tags(.server), .timeLimit(.minutes(1)))
struct ScanTests {
    @Test("returns every key of the server, and what matches alone", arguments: bothProtocols)
    func keys(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.keys, version) }

    @Test("returns every element of a key", arguments: bothProtocols)
    func elements(_ version: RedisConfiguration.ProtocolVersion) async throws { try await run(Self.elements, version) }

    static let keys: CommandCheck = { client, release in
        let names = (0..<500).map { "key:\($0)" }
        for name in names { try await client.set(name, "x") }
        try await client.sadd("other", "x")
        #expect(try await all(client.scan()) == Set((names + ["other"]).map { RedisBytes($0) }))
        #expect(try await all(client.scan(match: "key:1?", count: 100)).count == 10)
        #expect(try await all(client.scan(match: "nothing*", count: 7)) == [])
        if release.isAtLeast(6) {
            #expect(try await all(client.scan(match: "*", type: .set)) == ["other"])
            #expect(try await all(client.scan(count: 1000, type: .stream)) == [])
        }
        // A page is asked for when the last one has been read, and none after the loop was left.
        let before = try await client.info("commandstats")["cmdstat_scan"]
        for try await _ in client.scan(count: 10) { break }
        let after = try await client.info("commandstats")["cmdstat_scan"]
        func calls(_ line: String?) -> Int? {
            line?.split(separator: ",").first.flatMap { Int($0.dropFirst("calls=".count)) }
        }
        #expect(try #require(calls(after)) == #require(calls(before)) + 1)
        // The same value is read again from the beginning.
        let scan = client.scan(count: 1000)
        #expect(try await all(scan).count == 501)
        #expect(try await all(scan).count == 501)
    }

    static let elements: CommandCheck = { client, release in
        let numbers = 0..<700
        try await client.hset("hash", RedisPairs(numbers.map { ("field \($0)", $0) }))
        try await client.sadd("set", numbers.map { "member \($0)" })
        try await client.zadd("sorted", numbers.map { RedisScoredMember("member \($0)", Double($0) / 2) })
        let fields = try await all(client.hscan("hash"))
        #expect(fields == Set(numbers.map { RedisField(RedisBytes("field \($0)"), RedisBytes("\($0)")) }))
        #expect(try await all(client.hscan("hash", match: "field 69?", count: 50)).count == 10)
        #expect(try await all(client.sscan("set")) == Set(numbers.map { RedisBytes("member \($0)") }))
        let members = try await all(client.zscan("sorted", count: 100))
        #expect(members == Set(numbers.map { RedisScoredMember("member \($0)", Double($0) / 2) }))
        #expect(try await all(client.sscan("none")) == [])
        let error = await failure { for try await _ in client.sscan("hash") {} }
        #expect(error?.serverPrefix == "WRONGTYPE")
    }

    private static func all<Element: Hashable>(_ scan: RedisScan<Element>) async throws -> Set<Element> {
        var found: Set<Element> = []
        for try await element in scan { found.insert(element) }
        return found
    }

    @Test("ends with the error of the page that fails, asks for it again, and is cancelled with its task")
    func failures() async throws {
        try await withScriptedServer { connection in
            var command = try connection.answerHandshake(protocolVersion: 3)
            for (cursor, reply) in [
                ("0", "*2\r\n$1\r\n7\r\n*1\r\n$1\r\na\r\n"), ("7", "-ERR busy\r\n"),
                ("7", "*2\r\n$20\r\n18446744073709551615\r\n*0\r\n"),
                ("18446744073709551615", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb\r\n"), ("0", "*2\r\n$1\r\nx\r\n*0\r\n"),
            ] {
                if command.isEmpty { command = try connection.readCommand() }
                guard command == ["SCAN", cursor].map({ Array($0.utf8) }) else {
                    throw RedisTestingError(.unexpectedBytes, "expected SCAN \(cursor)")
                }
                try connection.send(reply)
                command = []
            }
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(url)
            var reader = client.scan().makeAsyncIterator()
            #expect(try await reader.next() == "a")
            let busy = await failure { _ = try await reader.next() }
            #expect(busy?.serverMessage == "ERR busy")
            #expect(try await reader.next() == "b")
            #expect(try await reader.next() == nil)
            #expect(try await reader.next() == nil)
            let odd = await failure { for try await _ in client.scan() {} }
            #expect(odd?.code == .unexpectedReply)
            let waiting = Task { () async throws in
                for try await _ in client.scan() {}
            }
            waiting.cancel()
            let cancelled = await failure { try await waiting.joined }
            #expect(cancelled?.code == .cancelled)
            await client.close()
        }
    }
}
