import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("A consumer of a group", .tags(.server), .timeLimit(.minutes(2)))
struct StreamGroupTests {
    private func options(_ change: (inout StreamGroupOptions) -> Void) -> StreamGroupOptions {
        var options = StreamGroupOptions()
        options.visibility = .seconds(1)
        options.retryDelay = .milliseconds(50)
        change(&options)
        return options
    }

    private func append(_ client: RedisClient, _ key: RedisBytes, _ range: Range<Int>) async throws {
        for number in range { try await client.xadd(key, ["n": "\(number)"]) }
    }

    private func number(_ delivery: StreamGroup.Delivery) -> Int {
        delivery["n"].flatMap { $0.text }.flatMap { Int($0) } ?? -1
    }

    @Test("reads each entry once, in order, and the server counts none as pending afterwards")
    func reads() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client)
            try await append(client, "s", 0..<20)
            var read: [Int] = []
            for try await event in group.events {
                guard let delivery = event.delivery else { continue }
                #expect(delivery.attempt == 1 && delivery.key == "s")
                read.append(number(delivery))
                try await delivery.acknowledge()
                if read.count == 20 { try await append(client, "s", 20..<40) }
                if read.count == 40 { break }
            }
            #expect(read == Array(0..<40))
            #expect(try await client.xpending("s", "g").count == 0)
            await group.close()
            #expect(try server.command("XINFO", "CONSUMERS", "s", "g").isEmpty)
        }
    }

    @Test("has no more entries than its prefetch, whether or not they were read")
    func bounded() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<20)
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.prefetch = 3 })
            try await group.start()
            #expect(try await eventually { try await client.xpending("s", "g").count == 3 })
            let first = try #require(try await group.next(timeout: .seconds(5)).event?.delivery)
            #expect(try await client.xpending("s", "g").count == 3)
            try await first.acknowledge()
            #expect(try await eventually { try await client.xpending("s", "g").count == 3 })
            await group.close()
        }
    }

    @Test("calls so many handlers at a time as it is told, and acknowledges what they have handled")
    func runs() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<200)
            let group = try StreamGroup("s", group: "g", on: client)
            let handled = Collector<Int>()
            let running = Locked((now: 0, most: 0))
            let run = Task {
                try await group.run(concurrency: 8) { delivery in
                    running.withLock { running in
                        running.now += 1
                        running.most = max(running.most, running.now)
                    }
                    await Task.yield()
                    handled.add(number(delivery))
                    running.withLock { $0.now -= 1 }
                }
            }
            #expect(try await eventually { handled.all.count == 200 })
            #expect(await group.drain(within: .seconds(5)))
            try await run.joined
            #expect(handled.all.sorted() == Array(0..<200))
            #expect(running.withLock { $0.most } <= 8)
            #expect(try await client.xpending("s", "g").count == 0)
        }
    }

    @Test("delivers an entry again whose handler throws, and moves it to the dead letters in the end")
    func deadLetters() async throws {
        struct Refusal: Error, CustomStringConvertible { let description = "no such item" }
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.maxAttempts = 3 })
            let attempts = Collector<Int>()
            let letters = Collector<StreamGroup.DeadLetter>()
            let id = try await client.xadd("s", ["n": "7", "item": "x"])
            let run = Task {
                try await group.run(concurrency: 2) { event in
                    if case .deadLettered(let letter) = event { letters.add(letter) }
                } _: { delivery in
                    attempts.add(delivery.attempt)
                    throw Refusal()
                }
            }
            #expect(try await eventually { letters.all.count == 1 })
            #expect(attempts.all == [1, 2, 3])
            let letter = try #require(letters.all.first)
            #expect(letter.id == id && letter.attempts == 3 && letter.reason == "no such item")
            let dead = try #require(try await client.xrange(StreamGroup.deadLetters(of: "s")).first)
            #expect(dead.id == letter.letter)
            #expect(dead["source"] == id.redisBytes && dead["group"] == "g" && dead["attempts"] == "3")
            #expect(dead["reason"] == "no such item" && dead["n"] == "7" && dead["item"] == "x")
            #expect(try await client.xpending("s", "g").count == 0)
            #expect(try await client.xlen("s") == 1)
            run.cancel()
            try await run.joined
            await group.close()
        }
    }
}
