import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("A consumer of a group", .tags(.server), .timeLimit(.minutes(2)))
struct StreamGroupTests: GroupScene {
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
            let options = options {
                $0.prefetch = 3
                $0.visibility = .seconds(20)
            }
            let group = try StreamGroup("s", group: "g", on: client, options: options)
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

    @Test("says so when an entry was acknowledged that another consumer has ended")
    func foreignAcknowledgement() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client)
            try await append(client, "s", 0..<1)
            let delivery = try #require(try await group.next(timeout: .seconds(5)).event?.delivery)
            #expect(try await client.xack("s", "g", delivery.id) == 1)
            let error = await #expect(throws: RedisError.self) { try await delivery.acknowledge() }
            #expect(error?.code == .leaseLost)
            await group.close()
        }
    }

    @Test("loses nothing when its links are cut again and again")
    func cuts() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.acknowledged = .deleted })
            let handled = Collector<Int>()
            let run = Task { try await group.run(concurrency: 4) { handled.add(number($0)) } }
            let putter = try RedisClient(try server.configuration())
            for round in 0..<20 {
                try await append(putter, "s", (round * 20)..<(round * 20 + 20))
                await client.cut()
            }
            #expect(try await eventually(within: .seconds(30)) { Set(handled.all) == Set(0..<400) })
            #expect(try await eventually { try await putter.xpending("s", "g").count == 0 })
            #expect(try await eventually { try await putter.xlen("s") == 0 })
            #expect(handled.all.count - 400 <= 20 * 4)
            run.cancel()
            try await run.joined
            await group.close()
            await putter.close()
        }
    }

    @Test("reads several streams, and those of a higher priority first")
    func priorities() async throws {
        try await withClient { server, client in
            try await append(client, "low", 0..<5)
            try await append(client, "high", 100..<105)
            let group = try StreamGroup(["high", "low"], group: "g", on: client, inOrder: true)
            var read: [Int] = []
            while read.count < 11 {
                let delivery = try #require(try await group.next(timeout: .seconds(10)).event?.delivery)
                read.append(number(delivery))
                if read.count == 7 { try await append(client, "high", 105..<106) }
                try await delivery.acknowledge()
            }
            #expect(read == [100, 101, 102, 103, 104, 0, 1, 105, 2, 3, 4])
            try await append(client, "low", 5..<6)
            #expect(try await group.next(timeout: .seconds(10)).event?.delivery?["n"] == "5")
            await group.close()
        }
    }

    @Test("reads several streams without priorities, each in its order")
    func several() async throws {
        try await withClient { server, client in
            let group = try StreamGroup(["a", "b", "c"], group: "g", on: client)
            for key: RedisBytes in ["a", "b", "c"] { try await append(client, key, 0..<50) }
            for limit in [2, 9] {
                let handled = Collector<(RedisBytes, Int)>()
                let run = Task {
                    try await group.run(concurrency: limit) { handled.add(($0.key, number($0))) }
                }
                #expect(try await eventually { handled.all.count == 150 })
                for key: RedisBytes in ["a", "b", "c"] {
                    #expect(Set(handled.all.filter { $0.0 == key }.map(\.1)) == Set(0..<50))
                    try await append(client, key, 0..<50)
                }
                run.cancel()
                try await run.joined
                for key: RedisBytes in ["a", "b", "c"] {
                    _ = try server.command("DEL", key.text ?? "")
                    try await append(client, key, 0..<50)
                }
            }
            await group.close()
        }
    }

    @Test("runs on a thread, which rejects what its handler throws for")
    func thread() async throws {
        struct Refusal: Error {}
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { _ in })
            let handled = Collector<(Int, Int)>()
            let errors = Collector<String>()
            let thread = try group.runInThread { error, _, _ in
                errors.add("\(error)")
            } handling: { delivery in
                handled.add((number(delivery), delivery.attempt))
                if delivery.attempt == 1, number(delivery) == 3 { throw Refusal() }
            }
            try await append(client, "s", 0..<5)
            #expect(try await eventually { handled.all.count == 6 })
            #expect(handled.all.filter { $0.0 == 3 }.map(\.1) == [1, 2])
            #expect(errors.all == ["Refusal()"])
            #expect(try await eventually { try await client.xpending("s", "g").count == 0 })
            thread.stop()
            #expect(try await eventually { !thread.isAlive })
        }
    }

    @Test("cannot start at a key that is no stream, and can when that is gone")
    func wrongType() async throws {
        try await withClient { server, client in
            try await client.set("s", "text")
            let group = try StreamGroup("s", group: "g", on: client)
            let error = await #expect(throws: RedisError.self) { try await group.start() }
            #expect(error?.serverPrefix == "WRONGTYPE")
            let run = await #expect(throws: RedisError.self) { try await group.run(concurrency: 1) { _ in } }
            #expect(run?.serverPrefix == "WRONGTYPE")
            _ = try server.command("DEL", "s")
            try await group.start()
            try await append(client, "s", 0..<1)
            #expect(try await group.next(timeout: .seconds(5)).event?.delivery != nil)
            await group.close()
        }
    }

    @Test("refuses what cannot work")
    func configuration() async throws {
        try await withClient { server, client in
            func code(_ body: () throws -> StreamGroup) -> RedisError.Code? {
                do { _ = try body() } catch { return (error as? RedisError)?.code }
                return nil
            }
            #expect(code { try StreamGroup("", group: "g", on: client) } == .invalidConfiguration)
            #expect(code { try StreamGroup("s", group: "", on: client) } == .invalidConfiguration)
            #expect(code { try StreamGroup(["s", "s"], group: "g", on: client) } == .invalidConfiguration)
            #expect(code { try StreamGroup([RedisBytes](), group: "g", on: client) } == .invalidConfiguration)
            #expect(code { try StreamGroup("s", group: "g", consumer: "", on: client) } == .invalidConfiguration)
            for change: (inout StreamGroupOptions) -> Void in [
                { $0.visibility = .milliseconds(99) }, { $0.prefetch = 0 }, { $0.maxAttempts = 0 },
                { $0.retryDelay = .milliseconds(-1) }, { $0.idleConsumerLimit = .seconds(59) },
                { $0.deadLetterLimit = 0 },
            ] {
                #expect(
                    code { try StreamGroup("s", group: "g", on: client, options: options(change)) }
                        == .invalidConfiguration
                )
            }
            let group = try StreamGroup("s", group: "g", on: client)
            let none = await #expect(throws: RedisError.self) { try await group.run(concurrency: 0) { _ in } }
            #expect(none?.code == .invalidConfiguration)
            let empty = await #expect(throws: RedisError.self) {
                try await group.run(inBatchesOf: 0, concurrency: 1) { _ in }
            }
            #expect(empty?.code == .invalidConfiguration)
            await group.close()
            let closed = await #expect(throws: RedisError.self) { try await group.start() }
            #expect(closed?.code == .closed)
        }
    }
}
