import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("Reads of single nodes", .tags(.cluster), .serialized, .timeLimit(.minutes(2)))
struct NodeReadTests {
    @Test("at the same time get all of their nodes, in order")
    func readersOfNodes() async throws {
        let topology = ScriptedTopology()
        let (one, other) = (ScriptedShard(topology), ScriptedShard(topology))
        try await one.run {
            try await other.run {
                topology.set([(thirds.a, one.port), (thirds.b, other.port)])
                let pubsub = try PubSub(clusterConfiguration(one), ignoreSubscribeMessages: true)
                try await pubsub.ssubscribe("a", "b")
                let rounds = 300
                let read = { @Sendable (node: RedisEndpoint) async throws -> [Int] in
                    var numbers: [Int] = []
                    while numbers.count < rounds * 20 {
                        let outcome = try await pubsub.getShardedMessage(timeout: .seconds(3), node: node)
                        guard case .event(.message(let message)) = outcome else { break }
                        numbers.append(Int(message.text ?? "") ?? -1)
                    }
                    return numbers
                }
                let first = Task { try await read(one.endpoint) }
                let second = Task { try await read(other.endpoint) }
                for round in 0..<rounds {
                    let numbers = (round * 20)..<(round * 20 + 20)
                    try one.push(numbers.map { ScriptedShard.message("a", "\($0)") }.joined())
                    try other.push(numbers.map { ScriptedShard.message("b", "\($0)") }.joined())
                }
                #expect(try await first.joined == Array(0..<rounds * 20))
                #expect(try await second.joined == Array(0..<rounds * 20))
                await pubsub.close()
            }
        }
    }

    @Test("leave much for others, which is read as quickly as ever")
    func muchSetAside() async throws {
        let topology = ScriptedTopology()
        let node = ScriptedShard(topology)
        try await node.run {
            topology.set([(0...16383, node.port)])
            let pubsub = try PubSub(clusterConfiguration(node), ignoreSubscribeMessages: true)
            try await pubsub.ssubscribe("a")
            let count = 100_000
            let text = (0..<1000).map { _ in ScriptedShard.message("a", "1") }.joined()
            for _ in 0..<count / 1000 { try node.push(text) }
            #expect(try await eventually { pubsub.statistics.queuedEvents >= count })
            let nowhere = RedisEndpoint.tcp(host: "127.0.0.1", port: 1)
            guard case .nothing = try await pubsub.getShardedMessage(node: nowhere) else {
                Issue.record("something came of nowhere")
                return
            }
            let start = ContinuousClock.now
            for _ in 0..<count {
                guard case .event = try await pubsub.getMessage() else { break }
            }
            #expect(start.duration(to: .now) < .seconds(5) * sanitizerFactor)
            await pubsub.close()
        }
    }
}
