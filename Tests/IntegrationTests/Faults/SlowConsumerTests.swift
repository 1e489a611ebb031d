import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Slow consumers, for each overflow policy: what is lost is told where it is lost, the counters are exact, memory is
/// bounded.
@Suite("Slow consumers", .tags(.server, .timing), .timeLimit(.minutes(2)))
struct SlowConsumerTests {
    private let total = 30_000
    private let small = RedisBufferLimit(events: 100)

    /// A subscription to three channels whose confirmations are read.
    private func subscribed(_ server: RedisServer, _ overflow: PubSub.OverflowPolicy) async throws -> PubSub {
        try server.keepEverything()
        let pubsub = try PubSub(server.configuration(), buffer: small, overflow: overflow)
        try await pubsub.subscribe("a", "b", "c")
        #expect(try await pubsub.take(3) == ["subscribed a 1", "subscribed b 2", "subscribed c 3"])
        return pubsub
    }

    private func everythingCame(_ pubsub: PubSub, _ count: Int) async throws -> Bool {
        try await eventually {
            let statistics = pubsub.statistics
            return statistics.deliveredEvents + statistics.queuedEvents + statistics.droppedEvents == count + 3
        }
    }

    private func account(_ pubsub: PubSub, untilNumber end: Int) async throws -> (Account, [String]) {
        var account = Account()
        var messages: [String] = []
        while account.next < end, account.complaint == nil {
            guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
            account.add(event)
            if event.message != nil { messages.append(words(event)) }
        }
        return (account, messages)
    }

    @Test("that never read lose the oldest, and find the newest behind one drop")
    func dropOldest() async throws {
        try await withRedisServer { server in
            let pubsub = try await subscribed(server, .dropOldest)
            try server.flood("a", "b", "c", numbers: 0..<total)
            #expect(try await everythingCame(pubsub, total))
            let (account, messages) = try await account(pubsub, untilNumber: total)
            #expect(account.complaint == nil)
            #expect(account.delivered == 100)
            #expect(account.dropped == total - 100)
            #expect(account.drops == 1)
            #expect(messages.last == "message c \(total - 1)")
            #expect(pubsub.statistics.droppedEvents == account.dropped)
            #expect(pubsub.statistics.deliveredEvents == account.delivered + 3)
            await pubsub.close()
        }
    }

    @Test("that never read keep the oldest, and go on behind one drop")
    func dropNewest() async throws {
        try await withRedisServer { server in
            let pubsub = try await subscribed(server, .dropNewest)
            try server.flood("a", "b", "c", numbers: 0..<total)
            #expect(try await everythingCame(pubsub, total))
            #expect(pubsub.statistics.highWaterEvents == 100)
            let (account, messages) = try await account(pubsub, untilNumber: total)
            #expect(account.complaint == nil)
            #expect(messages.first == "message a 0")
            #expect(account.delivered == 100)
            #expect(account.dropped == total - 100)
            #expect(account.drops == 1)
            try server.publish("b", "again")
            #expect(try await pubsub.take(1) == ["message b again"])
            #expect(pubsub.statistics.droppedEvents == account.dropped)
            await pubsub.close()
        }
    }

    @Test("that never read find the latest of each channel, however rare")
    func latestPerChannel() async throws {
        try await withRedisServer { server in
            let pubsub = try await subscribed(server, .latestPerChannel)
            try server.publish("a", "0")
            try server.publish("b", "1")
            try server.flood("c", numbers: 2..<total)
            #expect(try await everythingCame(pubsub, total))
            #expect(pubsub.statistics.highWaterEvents == 100)
            let (account, messages) = try await account(pubsub, untilNumber: total)
            #expect(account.complaint == nil)
            #expect(Array(messages.prefix(2)) == ["message a 0", "message b 1"])
            #expect(messages.dropFirst(2) == (total - 98..<total).map { "message c \($0)" }[...])
            #expect(account.dropped == total - 100)
            #expect(account.drops == 1)
            await pubsub.close()
        }
    }

    @Test("end with an error behind what waited, if they asked for that")
    func fail() async throws {
        try await withRedisServer { server in
            let pubsub = try await subscribed(server, .fail)
            try server.flood("a", "b", "c", numbers: 0..<total)
            #expect(try await eventually { try server.subscribers("a") == 0 })
            var account = Account()
            let error = await #expect(throws: RedisError.self) {
                while case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) { account.add(event) }
            }
            #expect(error?.code == .consumerTooSlow)
            #expect(account.complaint == nil)
            #expect(account.delivered == 100)
            #expect(account.dropped > 0)
            #expect(account.drops == 1)
            #expect(pubsub.statistics.droppedEvents == account.dropped)
            let refused = await #expect(throws: RedisError.self) { try await pubsub.subscribe("d") }
            #expect(refused?.code == .closed)
            await pubsub.close()
        }
    }

    @Test("of a monitor may ask for the oldest, or for an end")
    func monitors() async throws {
        try await withRedisServer { server in
            let keeping = try Monitor(
                server.configuration(),
                buffer: RedisBufferLimit(events: 5),
                overflow: .dropNewest,
                guard: nil
            )
            let failing = try Monitor(
                server.configuration(),
                buffer: RedisBufferLimit(events: 5),
                overflow: .fail,
                guard: nil
            )
            try await failing.start()
            // It sees no command of the other one, so that it is known how many come.
            try await keeping.start()
            for index in 0..<20 { try server.command("SET", "k", "\(index)") }
            #expect(
                try await eventually {
                    keeping.statistics.droppedEvents + 5 >= 20 && failing.statistics.droppedEvents > 0
                }
            )
            for _ in 0..<5 {
                guard case .event(.command) = try await keeping.next() else { return #expect(Bool(false)) }
            }
            guard case .event(.drop(let drop)) = try await keeping.next() else { return #expect(Bool(false)) }
            #expect(drop.count == keeping.statistics.droppedEvents)
            let error = await #expect(throws: RedisError.self) {
                while case .event = try await failing.next() {}
            }
            #expect(error?.code == .consumerTooSlow)
            #expect(failing.statistics.deliveredEvents == 5)
            #expect(failing.statistics.droppedEvents > 0)
            await keeping.close()
            await failing.close()
        }
    }

    @Test("that are stuck in a handler harm nobody else, and are told what they lost")
    func stuckHandler() async throws {
        try await withRedisServer { server in
            try server.keepEverything()
            let stuck = try PubSub(server.configuration(), buffer: small)
            let other = try PubSub(server.configuration())
            let isReleased = Promise<Void>()
            let told = Locked(Account())
            try await stuck.subscribe("a") { message in
                // Blocks the listener's thread, as a handler that hangs does.
                try isReleased.waitBlocking()
                told.withLock { $0.add(message) }
            }
            let listener = try stuck.runInThread(onEvent: { event in told.withLock { $0.add(event) } })
            try await other.subscribe("a")
            #expect(try await other.take(1) == ["subscribed a 1"])
            try server.flood("a", numbers: 0..<total)
            let (account, _) = try await account(other, untilNumber: total)
            #expect(account.complaint == nil)
            #expect(account.delivered == total)
            #expect(try await eventually { stuck.statistics.droppedEvents > 0 })
            isReleased.complete(.success(()))
            #expect(try await eventually { told.withLock { $0.next } == total })
            let end = told.withLock { copy $0 }
            #expect(end.complaint == nil)
            #expect(end.delivered + end.dropped == total)
            #expect(stuck.statistics.droppedEvents == end.dropped)
            listener.stop()
            #expect(try await eventually { !listener.isAlive })
            await other.close()
        }
    }

    @Test("whose handler throws each time lose nothing by it")
    func throwingHandler() async throws {
        struct Trouble: Error {}
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), overflow: .dropNewest)
            let (told, errors) = (Locked(Account()), Locked(0))
            try await pubsub.subscribe("a") { message in
                told.withLock { $0.add(message) }
                throw Trouble()
            }
            let listener = try pubsub.runInThread { _, _, _ in errors.withLock { $0 += 1 } }
            try server.flood("a", numbers: 0..<1000)
            #expect(try await eventually { errors.withLock { $0 } == 1000 })
            #expect(told.withLock { $0.complaint } == nil)
            #expect(pubsub.statistics.deliveredEvents == 1001)
            #expect(pubsub.statistics.timeInQueue.events == 1001)
            #expect(pubsub.statistics.timeInQueue.maximum > .zero)
            listener.stop()
            #expect(try await eventually { !listener.isAlive })
        }
    }
}
