import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("How long a consumer of a group has its entries", .tags(.server), .timeLimit(.minutes(2)))
struct GroupLeaseTests: GroupScene {
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
                options: options {
                    $0.prefetch = 10
                    $0.visibility = .seconds(3)
                }
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

    @Test("keeps an entry while its handler runs, however long that takes")
    func extends() async throws {
        try await withClient { server, client in
            try await append(client, "s", 0..<1)
            let options = options { $0.visibility = .seconds(2) }
            let first = try StreamGroup("s", group: "g", on: client, options: options)
            let second = try StreamGroup("s", group: "g", on: client, options: options)
            try await first.start()
            let delivery = try #require(try await first.next(timeout: .seconds(5)).event?.delivery)
            try await second.start()
            // Twice the visibility.
            guard case .nothing = try await second.next(timeout: .seconds(4)) else {
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
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.visibility = .seconds(4) })
            let hasBegun = Locked(false)
            let isCancelled = Locked(false)
            let lost = Collector<StreamGroup.LostLease>()
            let id = try await client.xadd("s", ["n": "1"])
            let run = Task {
                try await group.run(concurrency: 2) { event in
                    if case .leaseLost(let lease) = event { lost.add(lease) }
                } _: { delivery in
                    hasBegun.withLock { $0 = true }
                    do { try await untilCancelled() } catch {
                        isCancelled.withLock { $0 = true }
                        throw error
                    }
                }
            }
            #expect(try await eventually { hasBegun.withLock { $0 } })
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
            let group = try StreamGroup("s", group: "g", on: client, options: options { $0.visibility = .seconds(3) })
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
            if let time = lost.all.first?.1 { #expect(stopped.duration(to: time) < .milliseconds(4500)) }
            try server.resume()
            run.cancel()
            try await run.joined
            await group.close()
        }
    }
}
