import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("A gap of shard channels whose slot moves", .tags(.cluster), .timeLimit(.minutes(1)))
struct ShardGapBeginningTests {
    /// The gaps up to and including that of the last of these names, by name.
    private func gaps(of names: Set<RedisBytes>, _ pubsub: PubSub) async throws -> [RedisBytes: RedisGap] {
        var found: [RedisBytes: RedisGap] = [:]
        while !names.isSubset(of: found.keys),
            case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10))
        {
            guard case .gap(let gap) = event, gap.isComplete else { continue }
            for name in gap.names { found[name.name] = gap }
        }
        return found
    }

    @Test("begins with the last message of each name, or when the topology was verified last")
    func lastMessage() async throws {
        let topology = ScriptedTopology()
        let ports = Locked((0, 0))
        let hasMoved = Locked(false)
        let one = ScriptedShard(topology) { words, _ in
            words[0] == "SSUBSCRIBE" && hasMoved.withLock { $0 }
                ? "-MOVED \(HashSlot.slot(of: RedisBytes(words[1]))) 127.0.0.1:\(ports.withLock { $0.1 })\r\n"
                : ScriptedShard.confirmation(words)
        }
        let other = ScriptedShard(topology)
        try await one.run {
            try await other.run {
                ports.withLock { $0 = (one.port, other.port) }
                topology.set([(thirds.b, one.port), (thirds.a, one.port), (thirds.c, other.port)])
                var configuration = clusterConfiguration(one)
                // Nobody looks meanwhile.
                configuration.cluster?.refreshInterval = .seconds(600)
                let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
                // All of one slot.
                try await pubsub.ssubscribe("{a}loud", "{a}quiet", "{a}early")
                let verified = ContinuousClock.now
                try one.push(ScriptedShard.message("{a}early", "x"))
                #expect(try await pubsub.take(1) == ["smessage {a}early x"])
                try await Task.sleep(for: .milliseconds(250))
                let before = ContinuousClock.now
                try one.push(ScriptedShard.message("{a}loud", "y"))
                #expect(try await pubsub.take(1) == ["smessage {a}loud y"])
                let after = ContinuousClock.now
                try await Task.sleep(for: .milliseconds(150))
                // The slot goes; others stay, so that the shard does.
                topology.set([
                    (thirds.b, one.port), (10923...15494, one.port), (15496...16383, one.port),
                    (thirds.c, other.port), (15495...15495, other.port),
                ])
                hasMoved.withLock { $0 = true }
                // In one write, as a server does: nobody looks in between.
                let names = ["{a}early", "{a}loud", "{a}quiet"]
                try one.push(names.map { ScriptedShard.push("sunsubscribe", $0) }.joined())
                let gaps = try await gaps(of: ["{a}early", "{a}loud", "{a}quiet"], pubsub)
                let loud = try #require(gaps["{a}loud"])
                #expect((before...after).contains(loud.fromInstant))
                #expect(loud.names.map(\.name) == ["{a}loud"])
                let early = try #require(gaps["{a}early"])
                #expect(early.fromInstant < before)
                let quiet = try #require(gaps["{a}quiet"])
                #expect(quiet.fromInstant <= verified)
                #expect(one.openCount <= 1)
                await pubsub.close()
            }
        }
    }
}
