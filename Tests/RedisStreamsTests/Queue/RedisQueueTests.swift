import RedisCommands
import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("A queue on streams", .tags(.server), .timeLimit(.minutes(2)))
struct RedisQueueTests {
    private func options(_ change: (inout RedisQueueOptions) -> Void = { _ in }) -> RedisQueueOptions {
        var options = RedisQueueOptions()
        options.visibility = .seconds(2)
        options.retryDelay = .milliseconds(50)
        change(&options)
        return options
    }

    @Test("hands over what is put, one or many, with the ids of the puts, and deletes what was handled")
    func whole() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client)
            var ids = [try await queue.put("0")]
            ids += try await queue.put(contentsOf: (1..<101).map { "\($0)" })
            #expect(try await queue.put(contentsOf: [String]()) == [])
            let before = try await queue.statistics()
            #expect(before.waiting == 101 && before.inFlight == 0 && before.depth == 101 && before.oldestAge != nil)
            let handled = Collector<(RedisStreamID, String)>()
            let run = Task {
                try await queue.run(concurrency: 1) { message in
                    #expect(message.attempt == 1 && message.priority == 0)
                    handled.add((message.id, message.text ?? ""))
                }
            }
            #expect(try await eventually { handled.all.count == 101 })
            #expect(handled.all.map(\.0) == ids)
            #expect(handled.all.map(\.1) == (0..<101).map { "\($0)" })
            let none = RedisQueueStatistics.empty
            #expect(try await eventually { try await queue.statistics() == none })
            run.cancel()
            try await run.joined
            await queue.close()
        }
    }

    @Test("moves what is delayed in time also for users who may neither tell nor hear of it")
    func delayedUnheard() async throws {
        try await withClient { server, _ in
            try server.command("ACL", "SETUSER", "mute", "on", ">pw", "~*", "+@all", "resetchannels")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "mute", password: "pw")
            let client = try RedisClient(configuration)
            let queue = try RedisQueue("q", on: client, options: options())
            let handled = Collector<String>()
            let run = Task { try await queue.run(concurrency: 1) { handled.add($0.text ?? "") } }
            // It has looked, and there was nothing.
            #expect(try await eventually { try server.command("INFO", "commandstats").contains("zrangebyscore") })
            let began = ContinuousClock.now
            try await queue.put("late", delayedBy: .milliseconds(1))
            #expect(try await eventually(within: .seconds(20)) { handled.all == ["late"] })
            #expect(began.duration(to: .now) < .seconds(10))
            run.cancel()
            try await run.joined
            await queue.close()
            await client.close()
        }
    }

    @Test("hands over batches, and deletes those whose handler has returned")
    func batches() async throws {
        try await withClient { server, client in
            struct Refusal: Error {}
            var options = RedisQueueOptions()
            options.retryDelay = .milliseconds(50)
            let queue = try RedisQueue("q", on: client, options: options)
            try await queue.put(contentsOf: (0..<10).map { "\($0)" })
            let handled = Collector<[String]>()
            let errors = Collector<Int>()
            let run = Task {
                try await queue.run(
                    inBatchesOf: 5,
                    concurrency: 1,
                    onError: { error, messages in if error is Refusal { errors.add(messages.count) } },
                    { messages in
                        handled.add(messages.map { "\($0.text ?? "") \($0.attempt)" })
                        if messages[0].text == "0", messages[0].attempt == 1 { throw Refusal() }
                    }
                )
            }
            #expect(try await eventually { try await queue.statistics().depth == 0 })
            #expect(handled.all.first == (0..<5).map { "\($0) 1" })
            let rest = (5..<10).map { "\($0) 1" } + (0..<5).map { "\($0) 2" }
            #expect(handled.all.dropFirst().flatMap { $0 }.sorted() == rest.sorted())
            #expect(errors.all == [5])
            run.cancel()
            try await run.joined
            await queue.close()
        }
    }

    @Test("puts a message once, though the put is repeated, and its first attempt comes late")
    func repeatedPut() async throws {
        try await withClient { server, client in
            func put(_ number: Int, _ text: String) async throws -> [RedisBytes?] {
                let reply = try await client.run(
                    .putIntoQueue,
                    keys: ["{q}:put.x.0", "{q}:delayed", "q"],
                    arguments: [number, 0, 1, text, "\(text)2"]
                )
                return reply.elements?.map(\.bytes) ?? []
            }
            let first = try await put(1, "a")
            #expect(try await put(1, "a").dropFirst() == first.dropFirst())
            let second = try await put(2, "b")
            #expect(second != first)
            _ = try await put(1, "a")
            #expect(try await client.xlen("q") == 4)
        }
    }

    @Test("does not put what was refused for want of room, though its first attempt comes when there is some")
    func refusedPut() async throws {
        try await withClient { server, client in
            func put(_ number: Int, _ script: RedisScript, _ arguments: [RedisBytes]) async throws -> Int? {
                let keys: [RedisBytes] = ["{q}:put.x.0", "{q}:delayed", "q"]
                let all = [RedisBytes("\(number)")] + arguments
                return try await client.run(script, keys: keys, arguments: all).elements?.first?.integer
            }
            let message: [RedisBytes] = ["1", "1", "a"]
            let delayed: [RedisBytes] = ["1", "news", "0", "1", "60000", "1", "token", "a"]
            #expect(try await put(1, .putIntoQueue, message) == 1)
            #expect(try await put(2, .putIntoQueue, message) == 0)
            #expect(try await put(3, .putDelayed, delayed) == 0)
            try await client.del("q")
            #expect(try await put(2, .putIntoQueue, message) == 0)
            #expect(try await put(3, .putDelayed, delayed) == 0)
            #expect(try await client.xlen("q") == 0)
            #expect(try await client.zcard("{q}:delayed") == 0)
            #expect(try await put(4, .putIntoQueue, message) == 1)
            #expect(try await client.xlen("q") == 1)
        }
    }

    @Test("keeps a periodic message of a priority that a process lacks, and its time within its interval")
    func foreignPeriodic() async throws {
        try await withClient { server, client in
            let new = try RedisQueue("q", on: client, options: options { $0.priorities = 2 })
            try await new.putPeriodically("daily", named: "d", every: .seconds(60), priority: 1)
            try await client.zadd("{q}:delayed", "@d", 1000)
            // A process with one priority.
            let keys: [RedisBytes] = ["{q}:delayed", "{q}:periodic", "q"]
            #expect(try await client.run(.moveDue, keys: keys, arguments: [100]).elements?.first?.integer == 1)
            #expect(try await client.xrange("q").compactMap { $0["p"]?.text } == ["daily"])
            #expect(try await client.zcard("{q}:delayed") == 1)
            // The server's clock was a day ahead then, and was set back.
            try await client.zadd("{q}:delayed", "@d", 9_999_999_999_999)
            #expect(try await new.putPeriodically("daily", named: "d", every: .seconds(60), priority: 1))
            let due = try #require(try await client.zscore("{q}:delayed", "@d"))
            #expect(due < 9_000_000_000_000)
            #expect(try await !new.putPeriodically("daily", named: "d", every: .seconds(60), priority: 1))
        }
    }

    @Test("tries a put that does not wait, though others wait for more room than it needs")
    func impatientPut() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client, options: options { $0.capacity = 3 })
            try await queue.put("a")
            let many = Task { try await queue.put(contentsOf: ["1", "2", "3"]) }
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "{q}:news").hasSuffix("1") })
            try await queue.put("b", timeout: .zero)
            #expect(try await client.xlen("q") == 2)
            try await client.del("q")
            #expect(try await many.joined.count == 3)
        }
    }

    @Test("puts each message once while the links are cut, and hands over each")
    func cuts() async throws {
        try await withClient { server, client in
            var configuration = try server.configuration()
            configuration.reconnect.minimumDelay = .milliseconds(5)
            configuration.reconnect.maximumDelay = .milliseconds(20)
            let putter = try RedisClient(configuration)
            let queue = try RedisQueue("q", on: putter)
            for round in 0..<12 {
                let putting = Task { try await queue.put(contentsOf: (round * 5..<round * 5 + 5).map { "\($0)" }) }
                await putter.cut()
                _ = try await putting.joined
            }
            let entries = try await client.xrange("q").compactMap { $0["p"]?.text }
            #expect(entries.sorted() == (0..<60).map { "\($0)" }.sorted())
            await putter.close()
        }
    }

    @Test("delivers a delayed message when it is due, and wakes for an earlier one")
    func delayed() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client)
            let handled = Collector<(String, ContinuousClock.Instant)>()
            let run = Task {
                try await queue.run(concurrency: 1) { handled.add(($0.text ?? "", .now)) }
            }
            try await queue.put("hour", delayedBy: .seconds(3600))
            let began = ContinuousClock.now
            try await queue.put("second", delayedBy: .seconds(4))
            try await queue.put("first", delayedBy: .seconds(1))
            try await queue.put("over", delayedUntil: RedisTimestamp(microseconds: 0))
            try await queue.put("with \0 and\n spaces", delayedBy: .zero)
            #expect(try await eventually { handled.all.count == 4 })
            let texts = handled.all.map(\.0)
            #expect(
                Set(texts.prefix(2)) == ["over", "with \0 and\n spaces"] && texts.suffix(2) == ["first", "second"]
            )
            for (text, time) in handled.all {
                let wait = began.duration(to: time)
                if text == "first" { #expect(wait > .milliseconds(980) && wait < .milliseconds(3500)) }
                if text == "second" { #expect(wait > .milliseconds(3980)) }
            }
            #expect(try await queue.statistics().delayed == 1)
            run.cancel()
            try await run.joined
            await queue.close()
        }
    }

    @Test("hears of a delayed message that another process puts, and moves many in pieces")
    func moves() async throws {
        try await withClient { server, client in
            let putter = try RedisClient(try server.configuration())
            let other = try RedisQueue("q", on: putter)
            for number in 0..<250 { try await other.put("\(number)", delayedBy: .zero) }
            let queue = try RedisQueue("q", on: client)
            let handled = Collector<String>()
            let run = Task { try await queue.run(concurrency: 20) { handled.add($0.text ?? "") } }
            #expect(try await eventually { handled.all.count == 250 })
            try await other.put("later", delayedBy: .milliseconds(100))
            #expect(try await eventually { handled.all.last == "later" })
            await client.cut()
            try await other.put("after a cut", delayedBy: .milliseconds(10))
            #expect(try await eventually { handled.all.last == "after a cut" })
            run.cancel()
            try await run.joined
            await queue.close()
            await other.close()
            await putter.close()
        }
    }

    @Test("delivers a periodic message again and again, until it is ended")
    func periodic() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client)
            let handled = Collector<String>()
            let run = Task { try await queue.run(concurrency: 1) { handled.add($0.text ?? "") } }
            #expect(try await queue.putPeriodically("tick", named: "t", every: .milliseconds(100)))
            #expect(try await !queue.putPeriodically("tick", named: "t", every: .milliseconds(100)))
            #expect(try await eventually { handled.all.count >= 5 })
            #expect(try await queue.putPeriodically("tock", named: "t", every: .milliseconds(100)))
            #expect(try await eventually { handled.all.contains("tock") })
            #expect(try await queue.endPeriodic(named: "t"))
            #expect(try await !queue.endPeriodic(named: "t"))
            #expect(try await queue.statistics().delayed == 0)
            // The last one may be on its way still.
            #expect(try await eventually { try await client.xlen("q") == 0 })
            // What was not moved for long comes once.
            run.cancel()
            try await run.joined
            await queue.close()
            #expect(try await client.xlen("q") == 0)
            let late = try RedisQueue("q", on: client)
            try await late.putPeriodically("late", named: "l", every: .milliseconds(50))
            let began = ContinuousClock.now
            #expect(try await eventually { began.duration(to: .now) > .milliseconds(300) })
            let reply = try await client.run(.moveDue, keys: ["{q}:delayed", "{q}:periodic", "q"], arguments: [100])
            #expect(reply.elements?.first?.integer == 1)
            #expect((reply.elements?.last?.integer ?? 0) > 0)
            #expect(try await client.xlen("q") == 1)
        }
    }

    @Test("has room for so many, and lets puts wait until there is some")
    func capacity() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client, options: options { $0.capacity = 3 })
            try await queue.put(contentsOf: ["a", "b"])
            try await queue.put("c", delayedBy: .seconds(60))
            let full = await #expect(throws: RedisError.self) { try await queue.put("d", timeout: .zero) }
            #expect(full?.code == .timedOut && full?.execution == .notExecuted)
            let late = await #expect(throws: RedisError.self) { try await queue.put("d", timeout: .milliseconds(50)) }
            #expect(late?.code == .timedOut)
            let many = await #expect(throws: RedisError.self) { try await queue.put(contentsOf: ["1", "2", "3", "4"]) }
            #expect(many?.code == .limitExceeded)
            let waiting = (0..<4).map { number in Task { try await queue.put("waits \(number)") } }
            let cancelled = Task { try await queue.put("never") }
            cancelled.cancel()
            let error = await #expect(throws: RedisError.self) { try await cancelled.joined }
            #expect(error?.code == .cancelled)
            let handled = Collector<String>()
            let run = Task { try await queue.run(concurrency: 1) { handled.add($0.text ?? "") } }
            for task in waiting { _ = try await task.joined }
            #expect(try await eventually { handled.all.count == 6 })
            #expect(Set(handled.all) == Set(["a", "b"] + (0..<4).map { "waits \($0)" }))
            run.cancel()
            try await run.joined
            await queue.close()
        }
    }

    @Test("delivers the more urgent messages first")
    func priorities() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client, options: options { $0.priorities = 3 })
            try await queue.put(contentsOf: ["c1", "c2"])
            try await queue.put("b1", priority: 1)
            try await queue.put(contentsOf: ["a1", "a2"], priority: 2)
            let handled = Collector<(String, Int)>()
            let run = Task { try await queue.run(concurrency: 1) { handled.add(($0.text ?? "", $0.priority)) } }
            #expect(try await eventually { handled.all.count == 5 })
            #expect(handled.all.map(\.0) == ["a1", "a2", "b1", "c1", "c2"])
            #expect(handled.all.map(\.1) == [2, 2, 1, 0, 0])
            try await queue.put("later", delayedBy: .milliseconds(20), priority: 2)
            #expect(try await eventually { handled.all.last?.0 == "later" && handled.all.last?.1 == 2 })
            let error = await #expect(throws: RedisError.self) { try await queue.put("x", priority: 3) }
            #expect(error?.code == .invalidCommand)
            run.cancel()
            try await run.joined
            await queue.close()
        }
    }

    @Test("drains: takes nothing more, and ends what runs")
    func drains() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client, options: options { $0.visibility = .seconds(20) })
            // More than are handled before the drain has begun, whoever of the two goes on first.
            try await queue.put(contentsOf: (0..<500).map { "\($0)" })
            let mayGoOn = Locked(false)
            let begun = Collector<String>()
            let ended = Collector<String>()
            let run = Task {
                try await queue.run(concurrency: 4) { message in
                    begun.add(message.text ?? "")
                    while !mayGoOn.withLock({ $0 }) { await Task.yield() }
                    ended.add(message.text ?? "")
                }
            }
            #expect(try await eventually { begun.all.count == 4 })
            let draining = Task { await queue.drain(within: .seconds(10)) }
            try await queue.put("500")
            mayGoOn.withLock { $0 = true }
            #expect(await draining.joined)
            try await run.joined
            #expect(ended.all.count == begun.all.count && begun.all.count < 500)
            #expect(try await queue.statistics().depth == 501 - ended.all.count)
            #expect(try await queue.statistics().inFlight == 0)

            // Who does not end in time is cancelled, and the message is another consumer's at once.
            let second = try RedisQueue("q", on: client, options: options { $0.visibility = .seconds(20) })
            let taken = Collector<String>()
            let stuck = Task {
                try await second.run(concurrency: 2) { message in
                    taken.add(message.text ?? "")
                    try await untilCancelled()
                }
            }
            #expect(try await eventually { taken.all.count == 2 })
            #expect(await second.drain(within: .milliseconds(100)) == false)
            try await stuck.joined
            #expect(try await queue.statistics().inFlight == 0)
            #expect(try await queue.statistics().depth == 501 - ended.all.count)
        }
    }

    @Test("counts dead letters and redelivered messages, and tells of them")
    func lifecycle() async throws {
        struct Refusal: Error {}
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client, options: options { $0.maxAttempts = 2 })
            let told = Collector<String>()
            let lifecycle = queue.lifecycle
            let watching = Task { for await event in lifecycle { told.add("\(event)") } }
            let attempts = Collector<Int>()
            let run = Task {
                try await queue.run(concurrency: 1) { message in
                    attempts.add(message.attempt)
                    if message.attempt == 2 { #expect(try await queue.statistics().redelivered == 1) }
                    throw Refusal()
                }
            }
            try await queue.put("never")
            #expect(try await eventually { try await queue.statistics().dead == 1 })
            #expect(attempts.all == [1, 2])
            #expect(try await queue.statistics().depth == 0)
            #expect(try await eventually { told.all.contains { $0.hasPrefix("dead letter: q ") } })
            run.cancel()
            try await run.joined
            await queue.close()
            await watching.joined
        }
    }

    @Test("runs on a thread, and puts from one")
    func thread() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client)
            let handled = Collector<String>()
            let thread = try queue.runInThread { handled.add($0.text ?? "") }
            let putting = Task.detached {
                try Self.put(queue)
            }
            try await putting.joined
            #expect(try await eventually { handled.all.count == 4 })
            #expect(try await eventually { try await queue.statistics() == .empty })
            thread.stop()
            #expect(try await eventually { !thread.isAlive })
        }
    }

    private static func put(_ queue: RedisQueue) throws {
        try queue.blocking.put("1")
        try queue.blocking.put(contentsOf: ["2", "3", "4"])
        _ = try queue.blocking.statistics()
    }

    @Test("loses nothing when runs are cancelled a hundred times")
    func cancellations() async throws {
        try await withClient { server, client in
            let queue = try RedisQueue("q", on: client)
            let handled = Collector<Int>()
            for round in 0..<100 {
                let count = handled.all.count
                let run = Task {
                    try await queue.run(concurrency: 3) { message in
                        await Task.yield()
                        try Task.checkCancellation()
                        handled.add(Int(message.text ?? "") ?? -1)
                    }
                }
                try await queue.put(contentsOf: (round * 10..<round * 10 + 10).map { "\($0)" })
                #expect(try await eventually { handled.all.count > count })
                run.cancel()
                try await run.joined
            }
            let last = Task { try await queue.run(concurrency: 20) { handled.add(Int($0.text ?? "") ?? -1) } }
            #expect(try await eventually { Set(handled.all) == Set(0..<1000) })
            #expect(try await eventually { try await queue.statistics().depth == 0 })
            // A handler that has ended before its cancellation was acknowledged.
            #expect(handled.all.count == 1000)
            last.cancel()
            try await last.joined
            await queue.close()
        }
    }

    @Test("refuses what cannot work")
    func configuration() async throws {
        try await withClient { server, client in
            func code(_ name: String, _ change: (inout RedisQueueOptions) -> Void = { _ in }) -> RedisError.Code? {
                do { _ = try RedisQueue(name, on: client, options: options(change)) } catch { return error.code }
                return nil
            }
            #expect(code("") == .invalidConfiguration)
            #expect(code("q") { $0.capacity = 0 } == .invalidConfiguration)
            #expect(code("q") { $0.priorities = 0 } == .invalidConfiguration)
            #expect(code("q") { $0.priorities = 17 } == .invalidConfiguration)
            #expect(code("q") { $0.visibility = .zero } == .invalidConfiguration)
            let queue = try RedisQueue("q", on: client)
            func thrown(_ body: () async throws -> Void) async -> RedisError.Code? {
                do { try await body() } catch { return (error as? RedisError)?.code }
                return nil
            }
            #expect(await thrown { try await queue.put("x", delayedBy: .seconds(-1)) } == .invalidCommand)
            #expect(
                await thrown { try await queue.putPeriodically("x", named: "n", every: .zero) } == .invalidCommand
            )
            #expect(
                await thrown { try await queue.put(contentsOf: Array(repeating: "x", count: 1001)) } == .invalidCommand
            )
            try await client.set("text", "x")
            let text = try RedisQueue("text", on: client)
            #expect(await thrown { try await text.put("x") } == .serverError)
        }
    }
}

extension RedisQueueStatistics {
    fileprivate static var empty: RedisQueueStatistics {
        RedisQueueStatistics(waiting: 0, inFlight: 0, redelivered: 0, delayed: 0, dead: 0, oldestAge: nil)
    }
}
