import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Links that are not read", .tags(.server, .timing), .timeLimit(.minutes(2)))
struct PausedLinkTests {
    private let limit = RedisBufferLimit(events: 1000)

    /// On a loop of its own: all links of a loop read into one block, which a large reply to another link leaves
    /// larger.
    private func pausing(_ configuration: RedisConfiguration) throws -> PubSub {
        try PubSub(
            configuration,
            buffer: limit,
            overflow: .pauseReading,
            ignoreSubscribeMessages: true,
            loop: RedisEventLoop()
        )
    }

    @Test("lose nothing, keep the order, and hold no more than the limit and one read")
    func everything() async throws {
        try await withRedisServer { server in
            try server.keepEverything()
            let pubsub = try pausing(server.configuration())
            try await pubsub.subscribe("a")
            let total = 200_000
            try server.flood("a", numbers: 0..<total)
            #expect(try await eventually { pubsub.statistics.pauses == 1 })
            var account = Account()
            while account.next < total, account.complaint == nil {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
                account.add(event)
            }
            #expect(account.complaint == nil)
            #expect(account.delivered == total)
            let statistics = pubsub.statistics
            #expect(statistics.droppedEvents == 0)
            // One read of the socket brings 64 KiB, of messages of at least 31 bytes.
            #expect(statistics.highWaterEvents >= 1000)
            #expect(statistics.highWaterEvents <= 1000 + (64 << 10) / 31)
            #expect(statistics.pauses > 1)
            #expect(statistics.pausedTime > .zero)
            #expect(statistics.deliveredEvents == total + 1)
            #expect(statistics.timeInQueue.events == total + 1)
            #expect(statistics.timeInQueue.percentile(0.99) <= statistics.timeInQueue.maximum)
            await pubsub.close()
        }
    }

    @Test("are not taken for dead, however long it lasts; afterwards a dead one is found", arguments: bothProtocols)
    func heartbeat(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.keepEverything()
            var configuration = try server.configuration(version)
            configuration.heartbeat = .milliseconds(50)
            configuration.heartbeatTimeout = .seconds(1)
            let pubsub = try pausing(configuration)
            try await pubsub.subscribe("a")
            let total = 20_000
            try server.flood("a", numbers: 0..<total)
            // Longer than interval and deadline together.
            #expect(try await eventually { pubsub.statistics.pausedTime > .milliseconds(1500) })
            #expect(pubsub.statistics.pauses == 1)
            var account = Account()
            while account.next < total, account.complaint == nil {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
                account.add(event)
            }
            // No gap and no link event is among them.
            #expect(account.complaint == nil)
            #expect(account.delivered == total)
            let ping = try await pubsub.ping()
            #expect(ping > .zero)
            try server.pause()
            #expect(try await pubsub.take(1) == ["lost"])
            try server.resume()
            await pubsub.close()
        }
    }

    @Test("are read all the same while somebody waits for an answer")
    func answers() async throws {
        try await withRedisServer { server in
            try server.keepEverything()
            let pubsub = try pausing(server.configuration())
            try await pubsub.subscribe("a")
            let total = 20_000
            try server.flood("a", numbers: 0..<total)
            #expect(try await eventually { pubsub.statistics.pauses == 1 })
            // The task that waits here is the one that should read.
            try await pubsub.ping()
            try await pubsub.subscribe("b")
            try await pubsub.unsubscribe("b")
            #expect(try server.subscribers("b") == 0)
            var account = Account()
            while account.next < total, account.complaint == nil {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
                account.add(event)
            }
            #expect(account.complaint == nil)
            #expect(account.delivered == total)
            await pubsub.close()
        }
    }

    @Test("that the server gives up are found lost when they are read again, with a gap behind what came")
    func outputBufferLimit() async throws {
        try await withRedisServer { server in
            _ = try server.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 1mb 0")
            let pubsub = try pausing(server.configuration())
            try await pubsub.subscribe("a")
            let total = 600_000
            try server.flood("a", numbers: 0..<total)
            #expect(try await eventually { try server.subscribers("a") == 0 })
            #expect(try await eventually { pubsub.statistics.pauses == 1 })
            var account = Account()
            var rest: [String] = []
            while rest.last != "gap" {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
                if rest.isEmpty, event.message != nil { account.add(event) } else { rest.append(words(event)) }
            }
            #expect(account.complaint == nil)
            #expect(account.delivered >= 1000)
            #expect(account.delivered < total)
            #expect(rest == ["lost", "restored", "gap"])
            try server.publish("a", "again")
            #expect(try await pubsub.take(1) == ["message a again"])
            await pubsub.close()
        }
    }

    @Test("close and drain like others")
    func ends() async throws {
        try await withRedisServer { server in
            try server.keepEverything()
            let (closed, drained) = (try pausing(server.configuration()), try pausing(server.configuration()))
            for pubsub in [closed, drained] { try await pubsub.subscribe("a") }
            try server.flood("a", numbers: 0..<200_000)
            #expect(try await eventually { closed.statistics.pauses == 1 && drained.statistics.pauses == 1 })
            await closed.close()
            guard case .closed = try await closed.getMessage() else { return #expect(Bool(false)) }
            let draining = Task { await drained.drain(deadline: .seconds(20)) }
            var account = Account()
            while case .event(let event) = try await drained.getMessage(timeout: .seconds(20)) { account.add(event) }
            #expect(await draining.joined)
            #expect(account.complaint == nil)
            #expect(account.delivered >= 1000)
            #expect(drained.statistics.deliveredEvents == account.delivered + 1)
            #expect(try await eventually { try server.subscribers("a") == 0 })
        }
    }

    @Test("are not read for the sake of counters and probes, and not given up for them", arguments: bothProtocols)
    func ownQuestions(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.keepEverything()
            var configuration = try server.configuration(version)
            configuration.lossBoundInterval = .milliseconds(100)
            configuration.deliveryProbe = RedisDeliveryProbe(interval: .milliseconds(100), timeout: .seconds(1))
            let pubsub = try pausing(configuration)
            try await pubsub.subscribe("a")
            let total = 200_000
            try server.flood("a", numbers: 0..<total)
            #expect(try await eventually { pubsub.statistics.pausedTime > .milliseconds(1500) })
            #expect(pubsub.statistics.pauses == 1)
            #expect(pubsub.statistics.highWaterEvents <= 1000 + 2 * (64 << 10) / 31)
            var account = Account()
            while account.next < total, account.complaint == nil {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
                account.add(event)
            }
            #expect(account.complaint == nil)
            #expect(account.delivered == total)
            await pubsub.close()
        }
    }
}
