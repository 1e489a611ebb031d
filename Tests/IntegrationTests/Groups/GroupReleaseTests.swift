import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("Consumer groups and queues at each release", .tags(.release, .once), .timeLimit(.minutes(2)))
struct GroupReleaseTests {
    private func options(_ change: (inout StreamGroupOptions) -> Void) -> StreamGroupOptions {
        var options = StreamGroupOptions()
        options.visibility = .milliseconds(1500)
        options.retryDelay = .milliseconds(50)
        change(&options)
        return options
    }

    /// Reads so many entries, and acknowledges them. Returns their numbers and attempts.
    private func read(_ group: StreamGroup, _ count: Int) async throws -> [[Int]] {
        var read: [[Int]] = []
        while read.count < count {
            guard let delivery = try await group.next(timeout: .seconds(10)).event?.delivery else { continue }
            read.append([delivery["n"]?.text.flatMap { Int($0) } ?? -1, delivery.attempt])
            try await delivery.acknowledge()
        }
        return read
    }

    @Test(
        "take over what others had, extend, give back, move to the dead letters and trim",
        arguments: ServerRelease.all
    )
    func groups(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            for number in 0..<6 { try await client.xadd("s", ["n": "\(number)"]) }
            try await client.xgroupCreate("s", "g", from: .beginning)
            _ = try await client.xreadgroup("g", "dead", ["s": .undelivered], count: 2)
            let mine = try await client.xreadgroup("g", "me", ["s": .undelivered], count: 2)["s"] ?? []
            try await client.xdel("s", mine[1].id)
            let group = try StreamGroup(
                "s",
                group: "g",
                consumer: "me",
                on: client,
                options: options {
                    $0.prefetch = 10
                    $0.maxAttempts = 2
                    $0.acknowledged = .trimmedBehindAllGroups
                }
            )
            // Those that the other one had come first where its time was over when the group began.
            let first = try await read(group, 5).sorted { $0[0] < $1[0] }
            #expect(first == [[0, 2], [1, 2], [2, 1], [4, 1], [5, 1]])
            #expect(try await client.xpending("s", "g").count == 0)

            // Longer than the visibility.
            try await client.xadd("s", ["n": "6"])
            var next = try #require(try await group.next(timeout: .seconds(5)).event?.delivery)
            let began = ContinuousClock.now
            #expect(try await eventually { began.duration(to: .now) > .milliseconds(1750) })
            #expect(try await client.xpending("s", "g").consumers == ["me": 1])
            try await next.giveBack()
            next = try #require(try await group.next(timeout: .seconds(5)).event?.delivery)
            #expect(next.attempt == 1)
            try await next.reject(because: "no")
            next = try #require(try await group.next(timeout: .seconds(5)).event?.delivery)
            #expect(next.attempt == 2)
            try await next.reject(because: "never")
            let letter = try #require(try await client.xrange("{s}:dead").first)
            #expect(letter["reason"] == "never" && letter["n"] == "6" && letter["attempts"] == "2")
            #expect(try await client.xpending("s", "g").count == 0)
            try await trims(client, group)

            _ = try server.command("DEL", "s")
            try await client.xadd("s", ["n": "7"])
            var isTold = false
            while true {
                switch try await group.next(timeout: .seconds(20)) {
                case .event(.groupCreated): isTold = true
                case .event(.delivery(let delivery)):
                    #expect(delivery["n"] == "7" && isTold)
                    try await delivery.acknowledge()
                case .event: continue
                case .nothing, .closed, .handled: Issue.record("it did not come")
                }
                break
            }
            await group.close()
            let left = try await client.send(["XINFO", "CONSUMERS", "s", "g"]).elements ?? []
            #expect(!left.contains { $0["name"]?.text == "me" })
            await client.close()
        }
    }

    private func trims(_ client: RedisClient, _ group: StreamGroup) async throws {
        for _ in 0..<300 { try await client.xadd("s", ["n": "0"]) }
        _ = try await read(group, 300)
        #expect(try await eventually { try await client.xlen("s") <= 110 })
    }

    @Test("keep no more than there are handlers", arguments: ServerRelease.all)
    func atOnce(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            let keys: [RedisBytes] = ["a", "b", "c"]
            let group = try StreamGroup(
                keys,
                group: "g",
                on: client,
                options: options {
                    $0.visibility = .seconds(20)
                    $0.acknowledged = .deleted
                },
                inOrder: true
            )
            let handled = Handled()
            let mayGoOn = Locked(false)
            let run = Task {
                try await group.run(concurrency: 1) { delivery in
                    handled.add("\(delivery.key) \(delivery.attempt)")
                    while !mayGoOn.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
                }
            }
            #expect(try await eventually { try server.command("INFO", "clients").contains("blocked_clients:1") })
            // From Redis 7.2 on the read brings an entry of each.
            let script = "for _, key in ipairs(KEYS) do redis.call('XADD', key, '*', 'n', '1') end"
            _ = try server.command("EVAL", script, "3", "c", "b", "a")
            #expect(try await eventually { handled.all.count == 1 })
            #expect(
                try await eventually {
                    var own = 0
                    for key in keys { own += try await client.xpending(key, "g").consumers[group.consumer] ?? 0 }
                    return own == 1
                }
            )
            mayGoOn.withLock { $0 = true }
            #expect(try await eventually { handled.all.count == 3 })
            #expect(Set(handled.all) == ["a 1", "b 1", "c 1"])
            for key in keys {
                #expect(try await eventually { try await client.xlen(key) == 0 })
                #expect(try await client.xpending(key, "g").count == 0)
            }
            run.cancel()
            try await run.joined
            await group.close()
            await client.close()
        }
    }

    @Test("delete what they have acknowledged, around what is pending, and nothing else", arguments: ServerRelease.all)
    func deletes(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            // With nothing before its first entry the stream is trimmed, otherwise entries are deleted one by one.
            for older in [0, 5] {
                let key = RedisBytes("s\(older)")
                // In one step, so that many ids are of one millisecond, with numbers of one, two and three digits.
                let script = "for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'n', i) end"
                _ = try server.command("EVAL", script, "1", "\(key)", "\(older)")
                try await client.xgroupCreate(key, "g", from: .end, makingStream: true)
                _ = try server.command("EVAL", script, "1", "\(key)", "300")
                let group = try StreamGroup(
                    key,
                    group: "g",
                    on: client,
                    options: options {
                        $0.visibility = .seconds(20)
                        $0.acknowledged = .deleted
                    }
                )
                let handled = Handled()
                let mayGoOn = Locked(false)
                let run = Task {
                    try await group.run(concurrency: 40) { delivery in
                        let number = delivery["n"]?.text ?? ""
                        if number == "150" {
                            while !mayGoOn.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
                        }
                        handled.add(number)
                    }
                }
                let olderNumbers = (0..<older).map { "\($0 + 1)" }
                #expect(try await eventually { try await numbers(client, key) == olderNumbers + ["150"] })
                mayGoOn.withLock { $0 = true }
                #expect(try await eventually { try await numbers(client, key) == olderNumbers })
                #expect(handled.all.count == 300)
                #expect(try await client.xpending(key, "g").count == 0)
                run.cancel()
                try await run.joined
                await group.close()
            }
            await client.close()
        }
    }

    private func numbers(_ client: RedisClient, _ key: RedisBytes) async throws -> [String] {
        try await client.xrange(key).map { $0["n"]?.text ?? "" }
    }

    @Test("put, delay, repeat, count and hand over", arguments: ServerRelease.all)
    func queues(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration())
            var options = RedisQueueOptions()
            options.capacity = 120
            options.priorities = 2
            options.retryDelay = .milliseconds(50)
            options.maxAttempts = 2
            let queue = try RedisQueue("q", on: client, options: options)
            struct Refusal: Error {}
            let handled = Handled()
            try await queue.put(contentsOf: (0..<100).map { "\($0)" })
            try await queue.put("urgent", priority: 1)
            let run = Task {
                try await queue.run(concurrency: 1) { message in
                    handled.add(message.text ?? "")
                    if message.text == "bad" { throw Refusal() }
                }
            }
            for number in 100..<200 { try await queue.put("\(number)") }
            try await queue.put("delayed", delayedBy: .milliseconds(50))
            try await queue.putPeriodically("tick", named: "t", every: .milliseconds(50))
            try await queue.put("bad")
            #expect(try await eventually { Set(handled.all).isSuperset(of: (0..<200).map { "\($0)" }) })
            #expect(try await eventually { handled.all.filter { $0 == "tick" }.count >= 2 })
            #expect(try await eventually { try await queue.statistics().dead == 1 })
            try await queue.endPeriodic(named: "t")
            #expect(try await eventually { try await queue.statistics().depth == 0 })
            #expect(handled.all.first == "urgent" && handled.all.contains("delayed"))
            #expect(handled.all.filter { $0 == "bad" }.count == 2)
            #expect(handled.all.filter { Int($0) != nil }.count == 200)
            #expect(await queue.drain(within: .seconds(5)))
            try await run.joined
            await client.close()
        }
    }
}

private final class Handled: Sendable {
    private let texts = Locked<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) { texts.withLock { $0.append(text) } }
}
