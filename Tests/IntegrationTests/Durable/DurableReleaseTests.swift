import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("Durable channels at each release", .tags(.release), .timeLimit(.minutes(2)))
struct DurableReleaseTests {
    @Test("bring what was missed, tell what was trimmed, and publish nothing twice", arguments: ServerRelease.all)
    func whole(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            let orders = try DurableChannel("orders", on: client, keeping: .last(1000))
            let reader = try orders.subscription()
            try await reader.start()
            var read: [String] = []
            for number in 0..<10 { try await orders.publish("\(number)") }
            await reader.cut()
            try await orders.publish(contentsOf: (10..<300).map { "\($0)" })
            while read.count < 300 {
                if let message = try await reader.next(timeout: .seconds(20)).event?.message {
                    read.append(message.text ?? "")
                }
            }
            #expect(read == (0..<300).map { "\($0)" })
            await reader.close()
            _ = try server.command("XTRIM", "orders", "MAXLEN", "100")
            let late = try orders.subscription(from: .beginning)
            var missed: Int?
            while missed == nil {
                if case .gap(let gap)? = try await late.next(timeout: .seconds(20)).event { missed = gap.missed ?? -1 }
            }
            #expect(missed == 200)
            await late.close()
            try await repeated(client)
            await client.close()
        }
    }

    /// A publish is repeated, and its first attempt comes after that.
    private func repeated(_ client: RedisClient) async throws {
        func run(isRepeated: Bool, _ tokens: [String]) async throws -> [RedisBytes?] {
            let arguments: [any RedisBytesConvertible] = [0, "", 0, isRepeated ? 1 : 0, 60_000]
            let messages: [any RedisBytesConvertible] = tokens.flatMap { [$0, "payload of \($0)"] }
            let keys: [any RedisBytesConvertible] = ["twice", "{twice}:repeated"]
            let reply = try await client.run(.publishDurable, keys: keys, arguments: arguments + messages)
            return (reply.elements ?? []).map(\.bytes)
        }
        let first = try await run(isRepeated: false, ["a", "b"])
        #expect(try await run(isRepeated: true, ["a", "b", "c"]).prefix(2) == first[...])
        #expect(try await client.xlen("twice") == 3)
        let late = try await run(isRepeated: false, ["c", "d"])
        #expect(try await client.xlen("twice") == 4)
        #expect(try await run(isRepeated: true, ["c", "d"]) == late)
        for number in 0..<250 { try await client.xadd("twice", ["x": "\(number)"]) }
        #expect(try await run(isRepeated: true, ["a"]) == [first[0]])
        // The number goes on behind what has none.
        _ = try await run(isRepeated: false, ["e"])
        #expect(try await client.xrevrange("twice", count: 1).first?["n"] == "5")
    }
}
