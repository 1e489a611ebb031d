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

    @Test("gets what another consumer has had for too long, and what one of its own name had at once")
    func takesOver() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<4)
            try await client.xgroupCreate("s", "g", from: .beginning)
            _ = try await client.xreadgroup("g", "dead", ["s": .undelivered], count: 2)
            _ = try await client.xreadgroup("g", "me", ["s": .undelivered], count: 1)
            let group = try StreamGroup(
                "s",
                group: "g",
                consumer: "me",
                on: client,
                options: options { $0.prefetch = 10 }
            )
            var read: [[Int]] = []
            for try await event in group.events {
                guard let delivery = event.delivery else { continue }
                read.append([number(delivery), delivery.attempt])
                try await delivery.acknowledge()
                if read.count == 4 { break }
            }
            #expect(read == [[2, 1], [3, 1], [0, 2], [1, 2]])
            await group.close()
        }
    }

    @Test("makes the group again when its stream is deleted or the group destroyed, and tells it")
    func heals() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client)
            let handled = Collector<Int>()
            let created = Collector<RedisBytes>()
            let run = Task {
                try await group.run(concurrency: 1) { event in
                    if case .groupCreated(let key) = event { created.add(key) }
                } _: { delivery in
                    handled.add(number(delivery))
                }
            }
            try await append(client, "s", 0..<3)
            #expect(try await eventually { handled.all.count == 3 })
            _ = try server.command("DEL", "s")
            #expect(try await eventually { created.all.count == 1 })
            try await append(client, "s", 3..<5)
            #expect(try await eventually { handled.all.count == 5 })
            _ = try server.command("XGROUP", "DESTROY", "s", "g")
            try await append(client, "s", 5..<6)
            #expect(try await eventually { created.all.count == 2 && handled.all.count >= 8 })
            _ = try server.command("FLUSHALL")
            #expect(try await eventually { created.all.count == 3 })
            try await append(client, "s", 6..<7)
            #expect(try await eventually { handled.all.last == 6 })
            #expect(handled.all == [0, 1, 2, 3, 4, 3, 4, 5, 6])
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("keeps an entry while its handler runs, however long that takes")
    func extends() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<1)
            let options = options { $0.visibility = .milliseconds(400) }
            let first = try StreamGroup("s", group: "g", on: client, options: options)
            let second = try StreamGroup("s", group: "g", on: client, options: options)
            try await first.start()
            let delivery = try #require(try await first.next(timeout: .seconds(5)).event?.delivery)
            try await second.start()
            // Three times the visibility.
            guard case .nothing = try await second.next(timeout: .milliseconds(1200)) else {
                Issue.record("the second consumer has got something")
                return
            }
            try await delivery.acknowledge()
            #expect(try await client.xpending("s", "g").count == 0)
            await first.close()
            await second.close()
        }
    }

    @Test("cancels the handler of an entry that another consumer has taken, and tells it")
    func leaseLost() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { _ in })
            let isCancelled = Locked(false)
            let lost = Collector<StreamGroup.LostLease>()
            let id = try await client.xadd("s", ["n": "1"])
            let run = Task {
                try await group.run(concurrency: 2) { event in
                    if case .leaseLost(let lease) = event { lost.add(lease) }
                } _: { delivery in
                    do { try await untilCancelled() } catch {
                        isCancelled.withLock { $0 = true }
                        throw error
                    }
                }
            }
            #expect(try await eventually { (try? await client.xpending("s", "g").count) == 1 })
            _ = try await client.xclaim("s", "g", "thief", idle: .zero, id)
            #expect(try await eventually { isCancelled.withLock { $0 } && lost.all.count == 1 })
            #expect(lost.all.first?.id == id && lost.all.first?.cause == .taken)
            #expect(try await client.xpending("s", "g").consumers == ["thief": 1])
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("cancels the handler of an entry whose time it cannot extend, before another consumer can have it")
    func unreachable() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { _ in })
            let began = Locked<ContinuousClock.Instant?>(nil)
            let lost = Collector<(StreamGroup.LostLease, ContinuousClock.Instant)>()
            let run = Task {
                try await group.run(concurrency: 1) { event in
                    if case .leaseLost(let lease) = event { lost.add((lease, .now)) }
                } _: { delivery in
                    began.withLock { $0 = .now }
                    try await untilCancelled()
                }
            }
            try await append(client, "s", 0..<1)
            #expect(try await eventually { began.withLock { $0 } != nil })
            let stopped = ContinuousClock.now
            try server.pause()
            #expect(try await eventually { lost.all.count == 1 })
            #expect(lost.all.first?.0.cause == .unreachable)
            if let time = lost.all.first?.1 { #expect(stopped.duration(to: time) < .milliseconds(1500)) }
            try server.resume()
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

    @Test("trims what all groups have acknowledged, and nothing else")
    func trims() async throws {
        try await withClient { server, client in
            for _ in 0..<10 { try await append(client, "s", 0..<100) }
            try await client.xgroupCreate("s", "slow", from: .beginning)
            let slow = try await client.xreadgroup("slow", "c", ["s": .undelivered], count: 300)["s"] ?? []
            let group = try StreamGroup(
                "s",
                group: "g",
                on: client,
                options: options { $0.acknowledged = .trimmedBehindAllGroups }
            )
            let handled = Collector<Int>()
            let run = Task { try await group.run(concurrency: 50) { handled.add(number($0)) } }
            #expect(try await eventually { handled.all.count == 1000 })
            try await client.xack("s", "slow", slow.prefix(250).map(\.id))
            try await append(client, "s", 0..<1)
            // The server trims whole nodes of a hundred.
            #expect(try await eventually { try await client.xlen("s") == 801 })
            #expect(try await client.xpending("s", "slow").lowest == slow[250].id)
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("tells of entries that were removed from the stream while they were pending")
    func removed() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<3)
            try await client.xgroupCreate("s", "g", from: .beginning)
            let read = try await client.xreadgroup("g", "me", ["s": .undelivered])["s"] ?? []
            try await client.xdel("s", read[1].id)
            let group = try StreamGroup(
                "s",
                group: "g",
                consumer: "me",
                on: client,
                options: options { $0.prefetch = 5 }
            )
            var numbers: [Int] = []
            var gone: [RedisStreamID] = []
            while numbers.count + gone.count < 3 {
                switch try await group.next(timeout: .seconds(10)) {
                case .event(.delivery(let delivery)):
                    numbers.append(number(delivery))
                    try await delivery.acknowledge()
                case .event(.removed(_, let id)): gone.append(id)
                case .event(let event): Issue.record("\(event)")
                case .nothing, .closed, .handled:
                    Issue.record("nothing came: \(numbers) \(gone)")
                    return
                }
            }
            #expect(numbers == [0, 2] && gone == [read[1].id])
            #expect(try await client.xpending("s", "g").count == 0)
            await group.close()
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

    @Test("asks for nothing more when nobody has read an entry, until somebody reads again")
    func unread() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: options { _ in })
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
            let other = try StreamGroup("s", group: "g", on: client, options: options { _ in })
            let handled = Collector<Int>()
            let run = Task { try await other.run(concurrency: 1) { handled.add(number($0)) } }
            #expect(try await eventually { handled.all == [1] })
            for index in 2..<6 {
                try await append(client, "s", index..<(index + 1))
                #expect(try await eventually(within: .milliseconds(700)) { handled.all.last == index })
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
            await group.close()
            let closed = await #expect(throws: RedisError.self) { try await group.start() }
            #expect(closed?.code == .closed)
        }
    }

    @Test("removes consumers that were not heard of and have nothing, and no others")
    func idleConsumers() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<1)
            try await client.xgroupCreate("s", "g", from: .beginning)
            _ = try await client.xreadgroup("g", "busy", ["s": .undelivered])
            for name in ["empty", "me"] { try await client.xgroupCreateConsumer("s", "g", name) }
            #expect(
                try await eventually {
                    let reply = try await client.run(.removeConsumers, keys: ["s"], arguments: ["g", "me", 50])
                    return reply.elements?.compactMap(\.text) == ["empty"]
                }
            )
            let rest = try await client.send(["XINFO", "CONSUMERS", "s", "g"]).elements?.compactMap { $0["name"]?.text }
            #expect(rest == ["busy", "me"])
            #expect(try await client.run(.removeConsumers, keys: ["s"], arguments: ["g", "busy"]).elements == [])
            #expect(try await client.run(.removeConsumers, keys: ["s"], arguments: ["g", "me"]).elements?.count == 1)
        }
    }
}
