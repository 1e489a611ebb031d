import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Failovers of real servers by real Sentinels, while numbers are published all along.
@Suite(.tags(.cluster), .serialized, .timeLimit(.minutes(3))) struct SentinelFailoverTests {
    @Test func aKilledPrimaryAndItsReturnCostOneGapEach() async throws {
        try await withRedisSentinels { group in
            let run = try FailoverRun(group)
            try await run.run {
                let killed = try group.killPrimary()
                let new = try await group.perform { try $0.waitForFailover(from: killed) }
                let late = try await run.haveGaps(1)
                print("after SIGKILL: all go on \(late) after the failover")
                #expect(late < .seconds(2))
                for gap in run.gaps.compactMap(\.first) {
                    #expect(gap.cause.node == killed.endpoint)
                    #expect(gap.cause.reason == .relocated)
                }
                try await killed.restart()
                try await group.perform { try $0.waitUntilReady() }
                #expect(try killed.command("ROLE").hasPrefix("slave"))
                try await run.goesOn()
                #expect(run.gaps.map(\.count) == [1, 1, 1, 1])
                let begin = ContinuousClock.now
                let third = try await group.perform { try $0.failOver() }
                print("SENTINEL FAILOVER took \(begin.duration(to: .now))")
                #expect(third !== new)
                let later = try await run.haveGaps(2)
                print("after SENTINEL FAILOVER: all go on \(later) after the failover")
                #expect(later < .seconds(2))
                // Nobody stays with the primary of before, which goes on as one for a while.
                #expect(
                    try await eventually {
                        try new.command("PUBSUB", "NUMSUB", "c").hasSuffix("0")
                    }
                )
                try await group.perform { try $0.waitUntilReady() }
                try await run.goesOn()
                #expect(run.gaps.map(\.count) == [2, 2, 2, 2])
            }
        }
    }

    /// Its links stay open and silent; only the Sentinels report that the server is not the primary any more.
    @Test func aPrimaryThatHangsIsLeftWhenAnotherTakesItsPlace() async throws {
        try await withRedisSentinels { group in
            let run = try FailoverRun(group)
            let hung = group.servers[0]
            try await run.run {
                try hung.pause()
                _ = try await group.perform { try $0.waitForFailover(from: hung) }
                let late = try await run.haveGaps(1)
                print("after a hang: all go on \(late) after the failover")
                #expect(late < .seconds(2))
                for gap in run.gaps.compactMap(\.first) {
                    #expect(gap.cause.reason == .relocated)
                    #expect(gap.cause.confidence == .certain)
                }
                try hung.resume()
                try await group.perform { try $0.waitUntilReady() }
                #expect(try hung.command("ROLE").hasPrefix("slave"))
                try await run.goesOn()
                #expect(run.gaps.map(\.count) == [1, 1, 1, 1])
            }
        }
    }

    @Test(arguments: bothProtocols)
    func aLinkThatIsLostWhileAllSentinelsAreSilentComesBackWithThem(
        _ version: RedisConfiguration.ProtocolVersion
    ) async throws {
        try await withRedisSentinels(RedisSentinelOptions(replicas: 1)) { group in
            let primary = group.servers[0]
            let pubsub = try PubSub(group.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("c")
            for sentinel in group.sentinels { try sentinel.pause() }
            #expect(try primary.publish("c", "still") == 1)
            try primary.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await pubsub.take(3) == ["message c still", "lost", "retrying"])
            for sentinel in group.sentinels { try sentinel.resume() }
            let start = ContinuousClock.now
            #expect(try await eventually { try primary.publish("c", "again") == 1 })
            print("after the Sentinels' return: \(start.duration(to: .now))")
            let events = try await pubsub.take(3, skipping: ["retrying"])
            #expect(events == ["restored", "gap", "message c again"])
            await pubsub.close()
        }
    }

    @Test func passwordsOfServersAndSentinelsAreTheirOwn() async throws {
        let options = RedisSentinelOptions(replicas: 1, password: "of servers", sentinelPassword: "of sentinels")
        try await withRedisSentinels(options) { group in
            group.sentinels[0].kill()
            for version in bothProtocols {
                var configuration = group.configuration(version)
                configuration.credentials = RedisCredentials(password: "of servers")
                configuration.sentinel?.credentials = RedisCredentials(password: "of sentinels")
                let client = try RedisClient(configuration)
                #expect(try await client.ping() == "PONG")
                await client.close()
                configuration.sentinel?.credentials = RedisCredentials(password: "of servers")
                // One of the three is dead, which is no refusal.
                configuration.sentinel?.sentinels.removeFirst()
                let refused = try RedisClient(configuration)
                do throws(RedisError) {
                    try await refused.ping()
                    Issue.record("the Sentinels took the servers' password")
                } catch { #expect(error.code == .authenticationFailed) }
                await refused.close()
            }
        }
    }

    @Test func aReaderOfReplicasGoesFromOneToTheNext() async throws {
        try await withRedisSentinels { group in
            var configuration = group.configuration()
            configuration.sentinel?.server = .replica
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("c")
            func holders() throws -> [RedisServer] {
                try group.servers.filter { $0.isRunning }
                    .filter { try $0.command("PUBSUB", "NUMSUB", "c").hasSuffix("1") }
            }
            let first = try #require(try holders().first)
            #expect(first !== group.servers[0])
            first.kill()
            #expect(try await eventually { try holders().count == 1 })
            #expect(try holders().first !== group.servers[0])
            // What the primary is told, its replicas pass on.
            try group.servers[0].publish("c", "hello")
            #expect(try await pubsub.take(4, skipping: ["retrying"]) == ["lost", "restored", "gap", "message c hello"])
            await pubsub.close()
        }
    }
}
