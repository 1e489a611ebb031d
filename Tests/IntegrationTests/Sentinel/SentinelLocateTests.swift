import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

private let old = RedisEndpoint.tcp(host: "10.0.0.1", port: 6379)
private let new = RedisEndpoint.tcp(host: "10.0.0.2", port: 6379)

private func discovery(
    _ sentinels: [RedisEndpoint],
    _ change: (inout RedisSentinelConfiguration) -> Void = { _ in }
) throws -> SentinelDiscovery {
    let configuration = configuration(sentinels)
    var sentinel = try #require(configuration.sentinel)
    change(&sentinel)
    return SentinelDiscovery(configuration, sentinel, loop: try RedisEventLoop.shared)
}

/// A port that refuses.
private func deadEndpoint() throws -> RedisEndpoint { .tcp(host: "127.0.0.1", port: UInt16(try closedPort())) }

private func failure(_ discovery: SentinelDiscovery) async throws -> RedisError {
    do throws(RedisError) {
        let endpoint = try await discovery.locate()
        Issue.record("found \(endpoint)")
        return RedisError(.closed, "")
    } catch { return error }
}

/// Which server is gone to, where Sentinels differ, are slow, are dead, or talk nonsense.
@Suite(.tags(.cluster, .once), .timeLimit(.minutes(1))) struct SentinelLocateTests {
    @Test(arguments: bothProtocols)
    func aSentinelThatMissedAFailoverDoesNotWin(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withFakeSentinels(3, new, epoch: 5) { sentinels in
            sentinels[0].change { ($0.primary, $0.epoch) = (old, 4) }
            var configuration = configuration(sentinels.map(\.endpoint))
            configuration.protocolVersion = version
            let sentinel = try #require(configuration.sentinel)
            let discovery = SentinelDiscovery(configuration, sentinel, loop: try RedisEventLoop.shared)
            #expect(try await discovery.locate() == new)
        }
    }

    @Test func theOthersOfALoneSeedAreAskedBeforeItIsBelieved() async throws {
        try await withFakeSentinels(3, new, epoch: 5) { sentinels in
            sentinels[0].change { ($0.primary, $0.epoch) = (old, 4) }
            let discovery = try discovery([sentinels[0].endpoint])
            #expect(try await discovery.locate() == new)
            #expect(Set(discovery.sentinels) == Set(sentinels.map(\.endpoint)))
        }
    }

    @Test func theOthersSufficeWhenTheSeedIsGone() async throws {
        try await withFakeSentinels(3, old) { sentinels in
            let discovery = try discovery([sentinels[0].endpoint])
            #expect(try await discovery.locate() == old)
            sentinels[0].stop()
            for sentinel in sentinels.dropFirst() { sentinel.change { ($0.primary, $0.epoch) = (new, 2) } }
            #expect(try await discovery.locate() == new)
        }
    }

    @Test func aSlowMinorityIsNotWaitedFor() async throws {
        try await withFakeSentinels(3, new) { sentinels in
            sentinels[0].change { $0.isSilent = true }
            let discovery = try discovery(sentinels.map(\.endpoint)) { $0.timeout = .seconds(10) }
            let start = ContinuousClock.now
            #expect(try await discovery.locate() == new)
            #expect(start.duration(to: .now) < .seconds(3))
        }
    }

    @Test func aMinorityIsTakenWhenTheOthersAreSilent() async throws {
        try await withFakeSentinels(3, new) { sentinels in
            for sentinel in sentinels.dropFirst() { sentinel.change { $0.isSilent = true } }
            let discovery = try discovery(sentinels.map(\.endpoint)) { $0.timeout = .seconds(1) }
            let start = ContinuousClock.now
            #expect(try await discovery.locate() == new)
            #expect(start.duration(to: .now) >= .seconds(1))
        }
    }

    @Test func aMinorityDoesNotLeadBack() async throws {
        try await withFakeSentinels(3, new, epoch: 5) { sentinels in
            sentinels[0].change { ($0.primary, $0.epoch) = (old, 4) }
            let discovery = try discovery(sentinels.map(\.endpoint))
            #expect(try await discovery.locate() == new)
            sentinels[1].stop()
            sentinels[2].stop()
            #expect(try await discovery.locate() == new)
        }
    }

    @Test func deadOnesBesideALiveOneDoNoHarm() async throws {
        try await withFakeSentinels(1, new) { sentinels in
            let discovery = try discovery([try deadEndpoint(), try deadEndpoint(), sentinels[0].endpoint])
            #expect(try await discovery.locate() == new)
        }
    }

    @Test(arguments: [
        "!", "*99999999\r\n", "$999999999\r\n", "+OK\r\n", "*2\r\n$1\r\na\r\n$1\r\n0\r\n", ":1\r\n", "-ERR no\r\n",
    ])
    func nonsenseIsNoAnswer(_ nonsense: String) async throws {
        try await withFakeSentinels(2, new) { sentinels in
            sentinels[0].change { $0.rawAnswer = nonsense }
            let mixed = try discovery(sentinels.map(\.endpoint)) { $0.timeout = .milliseconds(500) }
            #expect(try await mixed.locate() == new)
            sentinels[1].stop()
            let alone = try discovery([sentinels[0].endpoint]) { $0.timeout = .milliseconds(500) }
            #expect(try await failure(alone).code == .noServer)
        }
    }

    @Test func anUnknownNameIsTold() async throws {
        try await withFakeSentinels(2, new) { sentinels in
            for sentinel in sentinels { sentinel.change { $0.name = "other" } }
            let error = try await failure(try discovery(sentinels.map(\.endpoint)))
            #expect(error.code == .noServer)
            let reasons = sentinels.map { "\($0.endpoint): does not know that name" }.sorted().joined(separator: "; ")
            #expect(error.message == "no Sentinel tells where the primary shop is: \(reasons)")
        }
    }

    @Test func thatNobodyAnswersIsTold() async throws {
        let dead = try deadEndpoint()
        let error = try await failure(try discovery([dead]))
        #expect(error.code == .noServer)
        #expect(error.message == "no Sentinel tells where the primary shop is: \(dead): Connection refused")
    }

    @Test(arguments: bothProtocols)
    func thePasswordIsThatOfTheSentinels(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withFakeSentinels(2, new) { sentinels in
            for sentinel in sentinels { sentinel.change { $0.password = "right" } }
            let right = try passworded(sentinels, "right", version)
            #expect(try await right.locate() == new)
            let wrong = try await failure(try passworded(sentinels, "wrong-secret", version))
            #expect(wrong.code == .authenticationFailed)
            #expect(!"\(wrong) \(wrong.serverMessage ?? "")".contains("wrong-secret"))
        }
    }

    private func passworded(
        _ sentinels: [FakeSentinel],
        _ password: String,
        _ version: RedisConfiguration.ProtocolVersion
    ) throws -> SentinelDiscovery {
        var configuration = configuration(sentinels.map(\.endpoint), version)
        configuration.credentials = RedisCredentials(password: "of the server")
        var sentinel = try #require(configuration.sentinel)
        sentinel.credentials = RedisCredentials(password: password)
        return SentinelDiscovery(configuration, sentinel, loop: try RedisEventLoop.shared)
    }

    @Test func aReplicaIsDrawnFromTheHealthyOnes() async throws {
        let replica = RedisEndpoint.tcp(host: "10.0.0.3", port: 6379)
        try await withFakeSentinels(3, new) { sentinels in
            let discovery = try discovery(sentinels.map(\.endpoint)) { $0.server = .replica }
            #expect(try await discovery.locate() == new)
            for sentinel in sentinels {
                sentinel.change { $0.replicas = [(old, "slave,s_down"), (replica, "slave")] }
            }
            #expect(try await discovery.locate() == replica)
        }
    }

    @Test func aCancelledQuestionLeavesNothing() async throws {
        try await withFakeSentinels(2, new) { sentinels in
            for sentinel in sentinels { sentinel.change { $0.isSilent = true } }
            let discovery = try discovery(sentinels.map(\.endpoint)) { $0.timeout = .seconds(30) }
            let start = ContinuousClock.now
            let task = Task { try await discovery.locate() }
            #expect(try await eventually { sentinels.contains { $0.commandCount > 0 } })
            task.cancel()
            await #expect(throws: RedisError.self) { try await task.joined }
            #expect(start.duration(to: .now) < .seconds(5))
        }
    }
}
