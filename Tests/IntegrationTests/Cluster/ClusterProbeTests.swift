import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("The delivery probe of a cluster", .tags(.cluster, .timing), .timeLimit(.minutes(1)))
struct ClusterProbeTests {
    @Test("publishes at another node of the cluster than that of its link, and never where only texts name a server")
    func publisher() async throws {
        let topology = ScriptedTopology()
        let nodes = Locked<[ScriptedShard]>([])
        let reply: ScriptedShard.Reply = { words, _ in
            guard words[0] == "PUBLISH" else { return ScriptedShard.confirmation(words) }
            for node in nodes.withLock({ $0 }) {
                try node.push(ScriptedShard.message(words[1], words[2], kind: "message"))
            }
            return ":1\r\n"
        }
        let (one, other) = (ScriptedShard(topology, reply), ScriptedShard(topology, reply))
        nodes.withLock { $0 = [one, other] }
        let stranger = Locked(0)
        try await withScriptedServer(timeout: .seconds(60)) { connection in
            stranger.withLock { $0 += 1 }
            _ = try connection.waitForClose()
        } client: { url in
            try await one.run {
                try await other.run {
                    topology.set([(0...8191, one.port), (8192...16383, other.port)])
                    var configuration = clusterConfiguration(one)
                    configuration.endpoint = try RedisConfiguration(url: url).endpoint
                    configuration.deliveryProbe = RedisDeliveryProbe(interval: .milliseconds(50), timeout: .seconds(5))
                    let pubsub = try PubSub(configuration)
                    try await pubsub.subscribe("news")
                    func published(_ node: ScriptedShard) -> Int { node.commands.count { $0[0] == "PUBLISH" } }
                    func isOfLink(_ node: ScriptedShard) -> Bool {
                        node.commands.contains { $0[0] == "SUBSCRIBE" && $0.contains("news") }
                    }
                    // Each of them has arrived, or the next would not have been published.
                    #expect(try await eventually { published(one) + published(other) >= 5 })
                    let link = try #require([one, other].first(where: isOfLink))
                    #expect(published(link) == 0)
                    #expect(stranger.withLock { $0 } == 0)
                    #expect(try await pubsub.take(1) == ["subscribed news 1"])
                    guard case .nothing = try await pubsub.next(timeout: .zero) else {
                        Issue.record("there is an event of the probe")
                        return
                    }
                    await pubsub.close()
                }
            }
        }
    }
}
