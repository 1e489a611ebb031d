import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("What a consumer of a group gives back", .tags(.server), .timeLimit(.minutes(2)))
struct GroupGiveBackTests: GroupScene {
    @Test("delivers an entry again whose handler throws, and moves it to the dead letters in the end")
    func deadLetters() async throws {
        struct Refusal: Error, CustomStringConvertible { let description = "no such item" }
        try await withClient { server, client in
            let options = options {
                $0.maxAttempts = 3
                $0.visibility = .seconds(20)
            }
            let group = try StreamGroup("s", group: "g", on: client, options: options)
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

    @Test("gives back what it is told to, and what nobody holds any more, without counting it")
    func givesBack() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.visibility = .seconds(20) })
            try await append(client, "s", 0..<1)
            for _ in 0..<3 {
                let delivery = try #require(try await group.next(timeout: .seconds(10)).event?.delivery)
                #expect(delivery.attempt == 1)
                try await delivery.giveBack()
                let again = await #expect(throws: RedisError.self) { try await delivery.acknowledge() }
                #expect(again?.code == .invalidCommand)
            }
            for _ in 0..<3 {
                // Nobody ends it.
                #expect(try await group.next(timeout: .seconds(10)).event?.delivery?.attempt == 1)
            }
            let rejected = try #require(try await group.next(timeout: .seconds(10)).event?.delivery)
            try await rejected.reject(because: "not now")
            let second = try #require(try await group.next(timeout: .seconds(10)).event?.delivery)
            #expect(second.attempt == 2)
            // What was not ended goes back with the close.
            await group.close()
            let late = await #expect(throws: RedisError.self) { try await second.acknowledge() }
            #expect(late?.code == .leaseLost)
            let pending = try await client.xpending("s", "g", count: 10)
            #expect(pending.map(\.deliveries) == [1] && pending.map(\.consumer) == ["(returned)"])
            #expect(try await !client.xpending("s", "g").consumers.keys.contains(group.consumer))
        }
    }

    @Test("gives back what no handler has got when a run ends, and takes nothing until the next one")
    func runEnds() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client)
            try await append(client, "s", 0..<10)
            let began = Collector<Int>()
            for _ in 0..<5 {
                let count = began.all.count
                let run = Task {
                    try await group.run(concurrency: 3) { delivery in
                        began.add(number(delivery))
                        try await untilCancelled()
                    }
                }
                #expect(try await eventually { began.all.count >= count + 3 })
                run.cancel()
                try await run.joined
                #expect(
                    try await eventually {
                        try await client.xpending("s", "g").consumers.keys.allSatisfy { $0 == "(returned)" }
                    }
                )
            }
            let handled = Collector<(Int, Int)>()
            let run = Task {
                try await group.run(concurrency: 3) { handled.add((number($0), $0.attempt)) }
            }
            #expect(try await eventually { Set(handled.all.map(\.0)).count == 10 })
            #expect(handled.all.allSatisfy { $0.1 == 1 })
            #expect(await group.drain(within: .seconds(5)))
            try await run.joined
            #expect(try await client.xpending("s", "g").count == 0)
        }
    }

    @Test("asks for nothing more when nobody has read an entry, until somebody reads again")
    func unread() async throws {
        try await withClient { server, client in
            let options = options { $0.visibility = .seconds(4) }
            let group = try StreamGroup("s", group: "g", on: client, options: options)
            func isWaiting() throws -> Bool { try server.command("INFO", "clients").contains("blocked_clients:1") }
            var iterator = group.events.makeAsyncIterator()
            try await append(client, "s", 0..<1)
            try await iterator.next()?.delivery?.acknowledge()
            #expect(try await eventually { try isWaiting() })
            try await append(client, "s", 1..<2)
            // It has been in the mailbox for most of its visibility.
            #expect(
                try await eventually { try await client.xpending("s", "g").consumers == ["(returned)": 1] }
            )
            let other = try StreamGroup("s", group: "g", on: client, options: options)
            let handled = Collector<Int>()
            let run = Task { try await other.run(concurrency: 1) { handled.add(number($0)) } }
            #expect(try await eventually { handled.all == [1] })
            for index in 2..<6 {
                try await append(client, "s", index..<(index + 1))
                #expect(try await eventually(within: .milliseconds(2800)) { handled.all.last == index })
            }
            #expect(await other.drain(within: .seconds(5)))
            try await run.joined
            // Its reader goes on where it was.
            try await append(client, "s", 6..<7)
            let delivery = try #require(try await iterator.next()?.delivery)
            #expect(number(delivery) == 6 && delivery.attempt == 1)
            await group.close()
        }
    }
}
