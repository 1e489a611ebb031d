import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// How a link follows what Sentinels tell while it stands. The two servers are real.
@Suite(.tags(.cluster, .once), .timeLimit(.minutes(1))) struct SentinelWatchTests {
    private func withGroup(
        _ version: RedisConfiguration.ProtocolVersion = .resp3,
        _ body: (RedisServer, RedisServer, [FakeSentinel], RedisConfiguration) async throws -> Void
    ) async throws {
        try await withRedisServer { old in
            try await withRedisServer { new in
                try await withFakeSentinels(3, old.endpoint) { sentinels in
                    try await body(old, new, sentinels, configuration(sentinels.map(\.endpoint), version))
                }
            }
        }
    }

    private func subscribed(_ configuration: RedisConfiguration) async throws -> PubSub {
        let pubsub = try PubSub(configuration)
        try await pubsub.subscribe("news")
        #expect(try await pubsub.take(1) == ["subscribed news 1"])
        return pubsub
    }

    private func watched(_ sentinels: [FakeSentinel]) async throws {
        // They are asked before the first attempt, and again when the links to them stand, maybe twice. Then there is
        // quiet.
        var count = 0
        var since = ContinuousClock.now
        let isQuiet = try await eventually {
            let now = sentinels.reduce(0) { $0 + $1.questionCount }
            if now != count { (count, since) = (now, .now) }
            let isWatched = sentinels.allSatisfy { $0.subscriberCount == 1 && $0.questionCount >= 2 }
            return isWatched && since.duration(to: .now) > .milliseconds(400)
        }
        #expect(isQuiet)
    }

    @Test(arguments: bothProtocols)
    func aSwitchIsFollowedAtOnce(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withGroup(version) { old, new, sentinels, configuration in
            let pubsub = try await subscribed(configuration)
            try await watched(sentinels)
            for sentinel in sentinels { sentinel.change { ($0.primary, $0.epoch) = (new.endpoint, 2) } }
            let start = ContinuousClock.now
            sentinels[1].publish("shop 127.0.0.1 \(old.port) 127.0.0.1 \(new.port)")
            #expect(try await eventually { try new.publish("news", "hello") == 1 })
            #expect(start.duration(to: .now) < .seconds(2))
            let events = try await pubsub.take(4, skipping: ["subscribed news 1"])
            #expect(events == ["lost", "restored", "gap", "message news hello"])
            #expect(try old.publish("news", "nobody") == 0)
            await pubsub.close()
            #expect(try await eventually { sentinels.allSatisfy { $0.subscriberCount == 0 } })
        }
    }

    @Test func theGapTellsThatTheServerIsAnother() async throws {
        try await withGroup { old, new, sentinels, configuration in
            let pubsub = try await subscribed(configuration)
            try await watched(sentinels)
            for sentinel in sentinels { sentinel.change { ($0.primary, $0.epoch) = (new.endpoint, 2) } }
            sentinels[0].publish("shop 127.0.0.1 \(old.port) 127.0.0.1 \(new.port)")
            var gap: RedisGap?
            while gap == nil {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) else { break }
                if case .gap(let found) = event { gap = found }
            }
            #expect(gap?.cause.reason == .relocated)
            #expect(gap?.cause.node == old.endpoint)
            await pubsub.close()
        }
    }

    @Test func whatIsNotConfirmedMovesNobody() async throws {
        try await withGroup { old, new, sentinels, configuration in
            let pubsub = try await subscribed(configuration)
            try await watched(sentinels)
            let count = sentinels[0].questionCount
            for payload in [
                "shop 127.0.0.1 \(old.port) 127.0.0.1 \(new.port)", "other 127.0.0.1 1 127.0.0.1 \(new.port)", "shop",
                "",
                "shop 127.0.0.1 1 127.0.0.1 99999", "shop a b c d e f",
            ] { sentinels[0].publish(payload) }
            #expect(try await eventually { sentinels[0].questionCount > count })
            #expect(try old.publish("news", "hello") == 1)
            #expect(try await pubsub.take(1) == ["message news hello"])
            await pubsub.close()
        }
    }

    @Test func switchesThatNeverEndAreNoStorm() async throws {
        try await withGroup { old, new, sentinels, configuration in
            let pubsub = try await subscribed(configuration)
            try await watched(sentinels)
            let count = sentinels[1].questionCount
            let start = ContinuousClock.now
            while start.duration(to: .now) < .seconds(1) {
                sentinels[0].publish("shop 127.0.0.1 \(old.port) 127.0.0.1 \(new.port)")
                try await Task.sleep(for: .milliseconds(1))
            }
            let rounds = sentinels[1].questionCount - count
            let limit = Int(start.duration(to: .now) / .milliseconds(100)) + 2
            #expect(rounds > 0 && rounds <= limit, "\(rounds) of \(limit)")
            await pubsub.close()
        }
    }

    @Test func aSwitchThatWasMissedIsFoundWhenASentinelComesBack() async throws {
        try await withGroup { old, new, sentinels, configuration in
            let pubsub = try await subscribed(configuration)
            try await watched(sentinels)
            for sentinel in sentinels.dropFirst() { sentinel.change { ($0.primary, $0.epoch) = (new.endpoint, 2) } }
            let start = ContinuousClock.now
            sentinels[0].dropSubscribers()
            #expect(try await eventually { try new.publish("news", "hello") == 1 })
            #expect(start.duration(to: .now) < .seconds(5))
            await pubsub.close()
        }
    }

    @Test func aSwitchOfWhichNobodyTellsIsFoundByAsking() async throws {
        try await withGroup { old, new, sentinels, configuration in
            let pubsub = try await subscribed(configuration)
            try await watched(sentinels)
            sentinels[2].change { ($0.primary, $0.epoch) = (new.endpoint, 2) }
            #expect(try await eventually(within: .seconds(20)) { try new.publish("news", "hello") == 1 })
            #expect(try old.publish("news", "nobody") == 0)
            await pubsub.close()
        }
    }

    @Test(arguments: bothProtocols)
    func aServerThatIsNoPrimaryIsNotStayedWith(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withGroup(version) { old, new, sentinels, configuration in
            _ = try old.command("REPLICAOF", "127.0.0.1", "\(new.port)")
            let hasty = try PubSub(configuration)
            do throws(RedisError) {
                _ = try await hasty.subscribe("news")
                Issue.record("subscribed at a replica")
            } catch {
                #expect(error.code == .wrongRole)
                #expect(error.endpoint == old.endpoint)
            }
            await hasty.close()
            var patient = configuration
            patient.reconnect.initialPatience = .seconds(20)
            let pubsub = try PubSub(patient)
            let count = sentinels[0].questionCount
            async let results = pubsub.subscribe("news")
            #expect(try await eventually { sentinels[0].questionCount >= count + 2 })
            for sentinel in sentinels { sentinel.change { ($0.primary, $0.epoch) = (new.endpoint, 2) } }
            _ = try await results
            #expect(try new.publish("news", "hello") == 1)
            await pubsub.close()
            // A server with a replica takes its time to stop.
            _ = try old.command("REPLICAOF", "NO", "ONE")
        }
    }

    @Test func aSentinelIsNoPrimary() async throws {
        try await withFakeSentinels(2, .tcp(host: "127.0.0.1", port: 1)) { sentinels in
            sentinels[1].change { ($0.primary, $0.epoch) = (sentinels[0].endpoint, 2) }
            let pubsub = try PubSub(configuration(sentinels.map(\.endpoint)))
            do throws(RedisError) {
                _ = try await pubsub.subscribe("news")
                Issue.record("subscribed at a Sentinel")
            } catch {
                #expect(error.code == .wrongRole)
                #expect(error.endpoint == sentinels[0].endpoint)
            }
            await pubsub.close()
        }
    }

    /// The probe publishes where the Sentinels say; that it does not come tells that the link is at the wrong place.
    @Test func aDeliveryProbeFindsThatTheLinkIsAtTheWrongPlace() async throws {
        try await withGroup { old, new, sentinels, configuration in
            var configuration = configuration
            configuration.deliveryProbe = RedisDeliveryProbe(interval: .milliseconds(1500), timeout: .milliseconds(300))
            let pubsub = try await subscribed(configuration)
            try await watched(sentinels)
            for sentinel in sentinels { sentinel.change { ($0.primary, $0.epoch) = (new.endpoint, 2) } }
            let start = ContinuousClock.now
            #expect(try await eventually { try new.publish("news", "hello") == 1 })
            #expect(start.duration(to: .now) < .seconds(5))
            var reason: RedisDisconnect.Reason?
            while reason == nil {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) else { break }
                if case .gap(let gap) = event { reason = gap.cause.reason }
            }
            #expect(reason == .deliveryFailed)
            await pubsub.close()
        }
    }

    @Test func invalidationsGoAlong() async throws {
        try await withGroup { old, new, sentinels, configuration in
            let invalidations = try Invalidations(configuration)
            try await invalidations.start()
            try await watched(sentinels)
            for sentinel in sentinels { sentinel.change { ($0.primary, $0.epoch) = (new.endpoint, 2) } }
            sentinels[2].publish("shop 127.0.0.1 \(old.port) 127.0.0.1 \(new.port)")
            var restored: RedisEndpoint?
            while restored == nil {
                guard case .event(let event) = try await invalidations.next(timeout: .seconds(10)) else { break }
                if case .link(.restored(_, at: let endpoint)) = event { restored = endpoint }
            }
            #expect(restored == new.endpoint)
            await invalidations.close()
        }
    }

    @Test func closingDoesNotWaitForSentinels() async throws {
        try await withGroup { _, _, sentinels, configuration in
            for sentinel in sentinels { sentinel.change { $0.isSilent = true } }
            var configuration = configuration
            configuration.sentinel?.timeout = .seconds(30)
            let descriptors = ResourceCount.openFileDescriptors()
            let pubsub = try PubSub(configuration)
            let task = Task { try await pubsub.subscribe("news") }
            #expect(try await eventually { sentinels.allSatisfy { $0.commandCount > 0 } })
            let start = ContinuousClock.now
            await pubsub.close()
            await #expect(throws: RedisError.self) { try await task.joined }
            #expect(start.duration(to: .now) < .seconds(5))
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
        }
    }
}
