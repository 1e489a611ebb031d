import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("A consumer of a group that handles batches", .tags(.server), .timeLimit(.minutes(2)))
struct GroupBatchTests: GroupScene {
    private func longOptions() -> StreamGroupOptions {
        options {
            // A busy machine may stand still for a second: no entry is to be handled once more for that.
            $0.visibility = .seconds(20)
        }
    }

    @Test("calls a handler for several entries at once, in their order, and has no more than its handlers can have")
    func batches() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<100)
            let group = try StreamGroup("s", group: "g", on: client, options: longOptions())
            let batches = Collector<[Int]>()
            let mayGoOn = Locked(false)
            let run = Task {
                try await group.run(inBatchesOf: 7, concurrency: 2) { deliveries in
                    batches.add(deliveries.map(number))
                    while !mayGoOn.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
                }
            }
            // The handlers may begin in any order.
            #expect(try await eventually { batches.all.count == 2 })
            #expect(Set(batches.all) == [Array(0..<7), Array(7..<14)])
            #expect(try await client.xpending("s", "g").count == 14)
            mayGoOn.withLock { $0 = true }
            #expect(try await eventually { batches.all.flatMap { $0 }.count == 100 })
            #expect(await group.drain(within: .seconds(10)))
            try await run.joined
            #expect(batches.all.flatMap { $0 }.sorted() == Array(0..<100))
            #expect(batches.all.allSatisfy { !$0.isEmpty && $0.count <= 7 && $0 == $0.sorted() })
            #expect(try await client.xpending("s", "g").count == 0)
        }
    }

    @Test("leaves to others what its handlers cannot have, though they have few entries each")
    func leavesRest() async throws {
        try await withClient { server, client in
            let group = try StreamGroup("s", group: "g", on: client, options: longOptions())
            let handled = Collector<[Int]>()
            let mayGoOn = Locked(false)
            let run = Task {
                try await group.run(inBatchesOf: 10, concurrency: 2) { deliveries in
                    handled.add(deliveries.map(number))
                    while !mayGoOn.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
                }
            }
            // Each handler gets one.
            for count in 1...2 {
                try await append(client, "s", (count - 1)..<count)
                #expect(try await eventually { handled.all.count == count })
            }
            // It asks for nothing any more. A request that was on its way when the handlers were busy may still come to the
            // server, and is ended there.
            let quietCount = Locked(0)
            let isQuiet = try await eventually {
                let isBlocked = try !server.command("INFO", "clients").contains("blocked_clients:0")
                return quietCount.withLock { count in
                    count = isBlocked ? 0 : count + 1
                    return count == 100
                }
            }
            #expect(isQuiet)
            try await append(client, "s", 2..<30)
            let other = try await client.xreadgroup("g", "other", ["s": .undelivered], count: 100)["s"] ?? []
            #expect(other.count == 28)
            mayGoOn.withLock { $0 = true }
            try await append(client, "s", 30..<31)
            #expect(try await eventually { handled.all.flatMap { $0 } == [0, 1, 30] })
            #expect(await group.drain(within: .seconds(10)))
            try await run.joined
            #expect(try await client.xpending("s", "g").consumers == ["other": 28])
        }
    }

    @Test("rejects the entries of a batch whose handler throws, but for those that it has ended")
    func throwing() async throws {
        try await withClient { server, client in
            struct Refusal: Error {}
            try await append(client, "s", 0..<3)
            let group = try StreamGroup("s", group: "g", on: client, options: longOptions())
            let handled = Collector<[Int]>()
            let errors = Collector<[Int]>()
            let sizes = Collector<Int>()
            let run = Task {
                try await group.run(
                    inBatchesOf: 3,
                    concurrency: 1,
                    onError: { error, deliveries in
                        if error is Refusal { errors.add(deliveries.map(number)) }
                    },
                    { deliveries in
                        sizes.add(deliveries.count)
                        for delivery in deliveries { handled.add([number(delivery), delivery.attempt]) }
                        guard deliveries[0].attempt == 1 else { return }
                        try await deliveries[0].acknowledge()
                        throw Refusal()
                    }
                )
            }
            #expect(try await eventually { handled.all.count == 5 })
            #expect(await group.drain(within: .seconds(10)))
            try await run.joined
            #expect(Array(handled.all.prefix(3)) == [[0, 1], [1, 1], [2, 1]])
            #expect(Set(handled.all.dropFirst(3)) == [[1, 2], [2, 2]])
            #expect(errors.all == [[0, 1, 2]])
            // What comes again comes alone.
            #expect(sizes.all == [3, 1, 1])
            #expect(try await client.xpending("s", "g").count == 0)
        }
    }

    @Test("runs no more handlers than it may when all entries of a batch come again, each alone")
    func againOneByOne() async throws {
        try await withClient { server, client in
            struct Refusal: Error {}
            try await append(client, "s", 0..<20)
            let group = try StreamGroup("s", group: "g", on: client, options: longOptions())
            let handled = Collector<Int>()
            let running = Locked((now: 0, most: 0))
            let run = Task {
                try await group.run(
                    inBatchesOf: 20,
                    concurrency: 2,
                    onError: { _, _ in },
                    { deliveries in
                        guard deliveries[0].attempt > 1 else { throw Refusal() }
                        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        // Time for others to begin.
                        for _ in 0..<1000 { await Task.yield() }
                        running.withLock { $0.now -= 1 }
                        for delivery in deliveries { handled.add(number(delivery)) }
                    }
                )
            }
            #expect(try await eventually { handled.all.count == 20 })
            #expect(await group.drain(within: .seconds(10)))
            try await run.joined
            #expect(handled.all.sorted() == Array(0..<20))
            #expect(running.withLock { $0.most } == 2)
        }
    }

    @Test("cancels the handler of a batch that has lost an entry, and gives back the others")
    func loses() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<3)
            // Long enough for the thief to keep what it has while a busy machine stands still.
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.visibility = .seconds(12) })
            let handled = Collector<[[Int]]>()
            let lost = Collector<RedisStreamID>()
            let run = Task {
                try await group.run(inBatchesOf: 3, concurrency: 1) { event in
                    if case .leaseLost(let lease) = event { lost.add(lease.id) }
                } _: { deliveries in
                    handled.add(deliveries.map { [number($0), $0.attempt] })
                    if handled.all.count == 1 { try await untilCancelled() }
                }
            }
            #expect(try await eventually { handled.all.count == 1 })
            let second = try #require(try await client.xpending("s", "g", count: 3).dropFirst().first?.id)
            _ = try await client.xclaim("s", "g", "thief", idle: .zero, second)
            #expect(try await eventually(within: .seconds(30)) { handled.all.flatMap { $0 }.count == 5 })
            #expect(handled.all.first == [[0, 1], [1, 1], [2, 1]])
            #expect(Set(handled.all.dropFirst().flatMap { $0 }) == [[0, 1], [2, 1]])
            #expect(lost.all == [second])
            #expect(try await eventually { try await client.xpending("s", "g").consumers == ["thief": 1] })
            run.cancel()
            try await run.joined
            await group.close()
        }
    }

    @Test("gives back what its handlers have not ended when the run is cancelled")
    func cancelled() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<6)
            let group = try StreamGroup("s", group: "g", on: client, options: longOptions())
            let begun = Collector<Int>()
            let run = Task {
                try await group.run(inBatchesOf: 3, concurrency: 2) { deliveries in
                    begun.add(deliveries.count)
                    try await deliveries[0].acknowledge()
                    try await untilCancelled()
                }
            }
            #expect(try await eventually { begun.all.count == 2 })
            #expect(try await eventually { try await client.xpending("s", "g").count == 4 })
            run.cancel()
            try await run.joined
            #expect(begun.all == [3, 3])
            let again = Collector<[Int]>()
            let second = Task {
                try await group.run(inBatchesOf: 10, concurrency: 1) { deliveries in
                    for delivery in deliveries { again.add([number(delivery), delivery.attempt]) }
                }
            }
            #expect(try await eventually { again.all.count == 4 })
            #expect(again.all.sorted { $0[0] < $1[0] } == [[1, 1], [2, 1], [4, 1], [5, 1]])
            #expect(await group.drain(within: .seconds(10)))
            try await second.joined
        }
    }
}
