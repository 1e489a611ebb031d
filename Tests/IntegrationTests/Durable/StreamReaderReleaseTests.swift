import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("Stream readers at each release", .tags(.release), .timeLimit(.minutes(2)))
struct StreamReaderReleaseTests {
    @Test(
        "bring all entries, over links that are cut, and tell what was trimmed or deleted",
        arguments: ServerRelease.all
    )
    func whole(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            let reader = try StreamReader(of: ["a": .beginning, "b": .now], on: client)
            try await reader.start()
            var read: [RedisBytes: [String]] = [:]
            var others: [String] = []
            func next() async throws {
                guard let event = try await reader.next(timeout: .seconds(20)).event else { return }
                if let entry = event.entry {
                    read[entry.stream, default: []].append(entry["n"]?.text ?? "?")
                } else {
                    others.append("\(event)")
                }
            }
            for number in 0..<100 {
                try await client.xadd("a", ["n": "\(number)"])
                if number.isMultiple(of: 10) { try await client.xadd("b", ["n": "\(number)"]) }
                if number == 50 { await client.cut() }
            }
            while read["a"]?.count != 100 || read["b"]?.count != 10 { try await next() }
            #expect(read["a"] == (0..<100).map { "\($0)" })
            #expect(read["b"] == (0..<10).map { "\($0 * 10)" })
            #expect(others == [])
            _ = try server.command("DEL", "b")
            while others.isEmpty { try await next() }
            #expect(others == ["deleted: b"])
            await reader.close()
            _ = try server.command("XTRIM", "a", "MAXLEN", "40")
            let late = try StreamReader(of: "a", from: .beginning, on: client)
            let event = try await late.next(timeout: .seconds(20)).event
            if try await client.xinfoCounts("a") {
                if case .gap(let gap) = event {
                    #expect(gap.missed == 60)
                } else {
                    Issue.record("\(String(describing: event))")
                }
            } else {
                #expect(event?.entry?["n"] == "60")
            }
            await late.close()
            await client.close()
        }
    }
}

extension RedisClient {
    /// Whether the server counts the entries of a stream.
    fileprivate func xinfoCounts(_ key: RedisBytes) async throws -> Bool {
        try await send(["XINFO", "STREAM", key])["entries-added"] != nil
    }
}
