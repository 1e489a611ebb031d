import RedisCommands
import RedisCore
import RedisEvents
import RedisTesting
import Testing

@Suite("Shard channels over a cluster", .serialized)
struct ShardChannelTests {
    @Test("reach one object from all nodes, each message with its node")
    func allNodes() async throws {
        try await withRedisCluster { cluster in
            let pubsub = try PubSub(cluster.configuration())
            let names = (0..<30).map { "shard-\($0)" }
            let results = try await pubsub.subscribe(.shardChannel, names.map { RedisBytes($0) })
            #expect(results.allSatisfy { $0.error == nil })
            for name in names { try cluster.publish("hello \(name)", to: name) }
            var heard: [String: String] = [:]
            var nodes: Set<Endpoint> = []
            while heard.count < names.count {
                guard let message = try await pubsub.nextMessage() else { break }
                heard["\(message.channel)"] = message.text
                let owner = try cluster.primary(of: "\(message.channel)")
                #expect(message.node == .tcp(host: "127.0.0.1", port: UInt16(owner.port)))
                if let node = message.node { nodes.insert(node) }
            }
            #expect(heard.count == names.count)
            #expect(nodes.count == 3)
            await pubsub.close()
        }
    }

    @Test("go on after their slot has moved, idle, with a gap that names them alone", arguments: [2, 3])
    func slotMoves(version: Int) async throws {
        try await withRedisCluster { cluster in
            let pubsub = try PubSub(cluster.configuration(protocol: version))
            let name = cluster.name(inSlot: 1234)
            let other = try cluster.name(onNode: cluster.primary(ofSlot: 1234), prefix: "other-")
            try await pubsub.ssubscribe(RedisBytes(name), RedisBytes(other))
            try cluster.publish("1", to: name)
            let source = try cluster.primary(ofSlot: 1234)
            let target = try #require(try cluster.primaries().first { $0 != source })
            try cluster.moveSlot(1234, to: target)
            #expect(try await eventually { try cluster.publish("2", to: name) > 0 })
            try cluster.publish("3", to: other)
            var events: [PubSubEvent] = []
            while events.count(where: { $0.message != nil }) < 3 {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(5)) else { break }
                events.append(event)
            }
            let texts = events.compactMap(\.message?.text)
            #expect(texts.filter { $0 != "3" } == ["1", "2"])
            #expect(texts.contains("3"))
            let gaps = events.compactMap { if case .gap(let gap) = $0 { gap } else { nil } }
            #expect(gaps.count == 1)
            #expect(gaps.first?.names.map { "\($0.name)" } == [name])
            #expect(gaps.first?.isComplete == true)
            #expect(gaps.first?.cause.reason == .relocated)
            await pubsub.close()
        }
    }
}

extension RedisCluster {
    /// The first node as the only seed.
    func configuration(protocol version: Int = 3) -> RedisConfiguration {
        var configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: UInt16(nodes[0].port)))
        configuration.cluster = ClusterConfiguration(seeds: [configuration.endpoint])
        configuration.protocolVersion = version == 2 ? .resp2 : .resp3
        return configuration
    }

    /// Publishes to a shard channel at the node that owns it now. Returns how many got it there.
    @discardableResult
    func publish(_ text: String, to name: String) throws -> Int {
        Int(try primary(of: name).command("SPUBLISH", name, text)) ?? 0
    }
}

extension PubSub {
    /// The next message, other events left out; `nil` when none comes for a while.
    func nextMessage() async throws -> Message? {
        while case .event(let event) = try await getMessage(timeout: .seconds(5)) {
            if let message = event.message { return message }
        }
        return nil
    }
}
