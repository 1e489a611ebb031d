import RedisCommands
import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Shard channels over a cluster", .tags(.cluster), .serialized)
struct ShardChannelTests {
    @Test("reach one object from all nodes, each message with its node")
    func allNodes() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let pubsub = try PubSub(cluster.seed())
            let names = (0..<30).map { "shard-\($0)" }
            let results = try await pubsub.subscribe(.shardChannel, names.map { RedisBytes($0) })
            #expect(results.allSatisfy { $0.error == nil })
            for name in names { try cluster.publish("hello \(name)", to: name) }
            var heard: [String: String] = [:]
            var nodes: Set<RedisEndpoint> = []
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
        try await withRedisCluster(.steady()) { cluster in
            let pubsub = try PubSub(cluster.seed(version))
            let name = cluster.name(inSlot: 1234)
            let other = try cluster.name(onNode: cluster.primary(ofSlot: 1234), prefix: "other-")
            try await pubsub.ssubscribe(RedisBytes(name), RedisBytes(other))
            try cluster.publish("1", to: name)
            let source = try cluster.primary(ofSlot: 1234)
            let target = try #require(try cluster.primaries().first { $0 != source })
            try cluster.moveSlot(1234, to: target)
            #expect(try await eventually { try cluster.publish("2", to: name) > 0 })
            try cluster.publish("3", to: other)
            var events: [PubSub.Event] = []
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

    @Test("of 1,000 names over all slots are subscribed within 2 s, and all heard after a failover")
    func manyNames() async throws {
        try await withRedisCluster { cluster in
            let pubsub = try PubSub(cluster.seed(), ignoreSubscribeMessages: true)
            let names = (0..<1000).map { cluster.name(inSlot: $0 * 16_384 / 1000, prefix: "many-") }
            #expect(Set(names.map { RedisCluster.slot($0) }).count == 1000)
            let start = ContinuousClock.now
            let results = try await pubsub.subscribe(.shardChannel, names.map { RedisBytes($0) })
            let time = start.duration(to: .now)
            #expect(results.allSatisfy { $0.error == nil })
            #expect(time < .seconds(2))
            try await cluster.perform { cluster in
                let primary = try cluster.primaries()[0]
                cluster.kill(primary)
                try cluster.waitForFailover(of: primary)
            }
            let isRestored = try await eventually { await pubsub.states().allSatisfy(\.isConfirmed) }
            #expect(isRestored)
            for name in names { #expect(try cluster.publish("after", to: name) == 1) }
            var heard: Set<RedisBytes> = []
            while heard.count < names.count, let message = try await pubsub.nextMessage() {
                heard.insert(message.channel)
            }
            #expect(heard.count == names.count)
            print("1,000 shard channels: subscribed in \(time)")
            await pubsub.close()
        }
    }

    @Test("of slots that nobody serves wait, and hold up no others")
    func uncovered() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let pubsub = try PubSub(cluster.seed())
            let lost = cluster.name(inSlot: 5)
            let owner = try cluster.primary(ofSlot: 5)
            try cluster.forgetSlot(5)
            let waiting = Task { try await pubsub.ssubscribe(RedisBytes(lost)) }
            let other = cluster.name(inSlot: 9000)
            try await pubsub.ssubscribe(RedisBytes(other))
            #expect(try cluster.publish("here", to: other) == 1)
            #expect(try await pubsub.nextMessage()?.text == "here")
            let isWaiting = try await eventually {
                await pubsub.states().first { $0.name == RedisBytes(lost) }?.isConfirmed == false
            }
            #expect(isWaiting)
            try owner.command("CLUSTER", "ADDSLOTS", "5")
            #expect(try await waiting.joined.first?.error == nil)
            try cluster.waitUntilReady()
            #expect(try cluster.publish("there", to: lost) == 1)
            #expect(try await pubsub.nextMessage()?.text == "there")
            await pubsub.close()
        }
    }

    @Test("can be read node by node, and what is not asked for stays")
    func nodeByNode() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let pubsub = try PubSub(cluster.seed(), ignoreSubscribeMessages: true)
            let nodes = try cluster.primaries()
            let names = try nodes.map { try cluster.name(onNode: $0) }
            try await pubsub.subscribe(.shardChannel, names.map { RedisBytes($0) })
            for round in 1...2 {
                for name in names { try cluster.publish("\(name) \(round)", to: name) }
            }
            let last = RedisEndpoint.tcp(host: "127.0.0.1", port: UInt16(nodes[2].port))
            for round in 1...2 {
                let outcome = try await pubsub.getShardedMessage(timeout: .seconds(5), node: last)
                #expect(outcome.message?.text == "\(names[2]) \(round)")
                #expect(outcome.message?.node == last)
            }
            guard case .nothing = try await pubsub.getShardedMessage(timeout: .milliseconds(50), node: last) else {
                Issue.record("there is nothing more of that node")
                return
            }
            var rest: [String] = []
            for _ in 1...4 { rest.append(try await pubsub.getShardedMessage(timeout: .seconds(5)).message?.text ?? "") }
            #expect(rest.sorted() == names.prefix(2).flatMap { ["\($0) 1", "\($0) 2"] }.sorted())
            #expect(rest.filter { $0.hasPrefix(names[0]) } == ["\(names[0]) 1", "\(names[0]) 2"])
            await pubsub.close()
        }
    }

    @Test("are heard over replicas, where those are preferred")
    func replicas() async throws {
        try await withRedisCluster { cluster in
            try await cluster.perform { try $0.waitUntilReplicasServe() }
            var configuration = cluster.seed()
            configuration.cluster?.nodes = .replica
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            let name = cluster.name(inSlot: 100)
            try await pubsub.ssubscribe(RedisBytes(name))
            let replica = try cluster.replicas(of: cluster.primary(ofSlot: 100))[0]
            #expect(try cluster.publish("1", to: name) == 0)
            let message = try #require(try await pubsub.nextMessage())
            #expect(message.node == .tcp(host: "127.0.0.1", port: UInt16(replica.port)))
            // On its death the primary will do.
            cluster.kill(replica)
            #expect(try await eventually { try cluster.publish("2", to: name) == 1 })
            #expect(try await pubsub.nextMessage()?.text == "2")
            await pubsub.close()
        }
    }

    @Test("follow a replica that has moved to another primary, which Redis 7.0 does not tell")
    func replicaMoves() async throws {
        try await withRedisCluster(.steady()) { cluster in
            try await cluster.perform { try $0.waitUntilReplicasServe() }
            var configuration = cluster.seed()
            configuration.cluster?.nodes = .replica
            configuration.cluster?.refreshInterval = .seconds(1)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            let name = cluster.name(inSlot: 100)
            try await pubsub.ssubscribe(RedisBytes(name))
            let owner = try cluster.primary(ofSlot: 100)
            let replica = try cluster.replicas(of: owner)[0]
            let other = try #require(try cluster.primaries().first { $0 != owner })
            try cluster.replicate(replica, other)
            try await confirmation("a gap", expectedCount: 1) { gapCame in
                while case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) {
                    guard case .gap(let gap) = event else { continue }
                    #expect(gap.names.map(\.name) == [RedisBytes(name)])
                    #expect(gap.cause.reason == .relocated)
                    gapCame()
                    break
                }
            }
            #expect(try cluster.publish("here", to: name) == 1)
            #expect(try await pubsub.nextMessage()?.node == .tcp(host: "127.0.0.1", port: UInt16(owner.port)))
            await pubsub.close()
        }
    }

    @Test("keep their node's link as long as they need it, and no longer")
    func linksEnd() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let before = ResourceCount.openFileDescriptors()
            let pubsub = try PubSub(cluster.seed())
            let names = try cluster.primaries().map { RedisBytes(try cluster.name(onNode: $0)) }
            try await pubsub.subscribe(.shardChannel, names)
            try await pubsub.sunsubscribe()
            #expect(await pubsub.states().isEmpty)
            #expect(!pubsub.isSubscribed)
            let isAlone = try await eventually(within: .seconds(15)) {
                try cluster.nodes.allSatisfy { node in
                    // The one that asks.
                    try node.command("CLIENT", "LIST", "TYPE", "normal").split(separator: "\n").count == 1
                        && node.command("CLIENT", "LIST", "TYPE", "pubsub").isEmpty
                }
            }
            #expect(isAlone)
            await pubsub.close()
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= before })
        }
    }
}

extension RedisCluster {
    /// Takes a slot from whoever has it, so that nobody serves it.
    func forgetSlot(_ slot: Int) throws {
        for node in nodes { _ = try? node.command("CLUSTER", "DELSLOTS", "\(slot)") }
    }

    /// The first node as the only seed.
    func seed(_ version: Int = 3) -> RedisConfiguration {
        var configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: UInt16(nodes[0].port)))
        configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
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
    func nextMessage() async throws -> PubSub.Message? {
        while case .event(let event) = try await getMessage(timeout: .seconds(5)) {
            if let message = event.message { return message }
        }
        return nil
    }
}
