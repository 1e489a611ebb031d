import RedisCore
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("A link to a shard of a real cluster", .tags(.cluster, .once), .timeLimit(.minutes(3)))
struct DiscoveryTests {
    @Test("goes to the new primary after a crash, within the failover time and a little")
    func crash() async throws {
        try await withRedisCluster { cluster in
            try await withTopology(cluster) { topology in
                let shape = try await topology.load()
                let shard = try #require(shape.shard(ofSlot: 0))
                let link = StandingLink(topology, topology.discovery(ofShard: shard.id, prefers: .primary))
                await link.session.start()
                let victim = try cluster.primary(ofSlot: 0)
                #expect(try await eventually { link.place == victim.endpoint })
                let successor = try await cluster.perform { cluster in
                    cluster.kill(victim)
                    return try cluster.waitForFailover(of: victim)
                }
                let decided = ContinuousClock.now
                #expect(try await eventually { link.place == successor.endpoint })
                #expect(decided.duration(to: .now) < .seconds(2))
                #expect(topology.shape?.shard(ofSlot: 0)?.id == shard.id)
                #expect(try await eventually { !topology.isTroubled })
                await link.session.close()
            }
        }
    }

    @Test("goes to the new primary after a failover by command, although the old one lives on as a replica")
    func demoted() async throws {
        try await withRedisCluster { cluster in
            try await withTopology(cluster) { topology in
                let shard = try #require(try await topology.load().shard(ofSlot: 0))
                let link = StandingLink(topology, topology.discovery(ofShard: shard.id, prefers: .primary))
                await link.session.start()
                let old = try cluster.primary(ofSlot: 0)
                #expect(try await eventually { link.place == old.endpoint })
                let new = try #require(try cluster.replicas(of: old).first)
                try await cluster.perform { try $0.failOver(to: new) }
                topology.refresh(.unsubscribed)
                #expect(try await eventually { link.place == new.endpoint })
                #expect(link.now.losses == [.relocated])
                await link.session.close()
            }
        }
    }

    @Test("does not stay with a replica that it took for the primary")
    func wrongRole() async throws {
        try await withRedisCluster { cluster in
            let slow: (inout RedisConfiguration) -> Void = { $0.reconnect.initialPatience = .seconds(10) }
            try await withTopology(cluster, change: slow) { topology in
                let shard = try #require(try await topology.load().shard(ofSlot: 0))
                let old = try cluster.primary(ofSlot: 0)
                let new = try #require(try cluster.replicas(of: old).first)
                // Nobody has told the topology when the link is opened.
                try await cluster.perform { try $0.failOver(to: new) }
                let link = StandingLink(topology, topology.discovery(ofShard: shard.id, prefers: .primary))
                await link.session.start()
                #expect(try await eventually { link.place == new.endpoint })
                #expect(link.now.places == [new.endpoint])
                await link.session.close()
            }
        }
    }

    @Test("goes to a replica if asked, stays when that is promoted, and to the primary when there is no replica")
    func replica() async throws {
        try await withRedisCluster { cluster in
            try await withTopology(cluster) { topology in
                let shard = try #require(try await topology.load().shard(ofSlot: 0))
                let primary = try cluster.primary(ofSlot: 0)
                let replica = try #require(try cluster.replicas(of: primary).first)
                #expect(
                    try await eventually {
                        await topology.refreshed()
                        return topology.shape?[shard.id]?.replicas.first?.isHealthy == true
                    }
                )
                let link = StandingLink(topology, topology.discovery(ofShard: shard.id, prefers: .replica))
                await link.session.start()
                #expect(try await eventually { link.place == replica.endpoint })
                try await cluster.perform { try $0.failOver(to: replica) }
                await topology.refreshed()
                #expect(topology.shape?[shard.id]?.primary?.endpoint == replica.endpoint)
                #expect(link.place == replica.endpoint)
                #expect(link.now.losses.isEmpty)
                try await cluster.perform { $0.kill(replica) }
                #expect(try await eventually(within: .seconds(20)) { link.place == primary.endpoint })
                await link.session.close()
            }
        }
    }

    @Test("to any node goes elsewhere at once when its node dies, and never where its twin is")
    func any() async throws {
        // Without replicas, and without failovers beside load, the twin's node is never called loading or failed.
        let options = RedisClusterOptions(replicasPerPrimary: 0, nodeTimeout: .seconds(30))
        try await withRedisCluster(options) { cluster in
            try await withTopology(cluster) { topology in
                try await topology.load()
                let one = topology.discovery(ofAny: .primary)
                let two = topology.discovery(ofAny: .primary, avoiding: [one])
                one.avoid([two])
                let links = [StandingLink(topology, one), StandingLink(topology, two)]
                for link in links { await link.session.start() }
                #expect(try await eventually { links.allSatisfy { $0.place != nil } })
                for _ in 0..<2 {
                    #expect(links[0].place != links[1].place)
                    let victim = try #require(cluster.nodes.first { $0.endpoint == links[0].place })
                    cluster.kill(victim)
                    let begin = ContinuousClock.now
                    #expect(try await eventually { links[0].place.map { $0 != victim.endpoint } ?? false })
                    #expect(begin.duration(to: .now) < .seconds(2))
                    #expect(links[0].place != links[1].place)
                    try await cluster.perform { cluster in
                        try cluster.restart(victim)
                        try cluster.waitUntilReady()
                    }
                }
                #expect(links[1].now.losses.isEmpty)
                for link in links { await link.session.close() }
                #expect(one.node == nil && two.node == nil)
            }
        }
    }

    @Test("whose node left the cluster goes elsewhere, although that node answers")
    func forgotten() async throws {
        try await withRedisCluster(RedisClusterOptions(replicasPerPrimary: 1)) { cluster in
            try await withTopology(cluster) { topology in
                try await topology.load()
                let discovery = topology.discovery(ofAny: .primary)
                let link = StandingLink(topology, discovery)
                await link.session.start()
                #expect(try await eventually { link.place != nil })
                let node = try #require(cluster.nodes.first { $0.endpoint == link.place })
                let others = cluster.nodes.filter { $0 != node }
                // A primary has to be a replica first, which can be forgotten without a loss.
                if try cluster.primary(of: node) == node {
                    let heir = try #require(try cluster.replicas(of: node).first)
                    try await cluster.perform { try $0.failOver(to: heir) }
                }
                for other in others { try other.command("CLUSTER", "FORGET", node.id) }
                #expect(
                    try await eventually {
                        topology.refresh(.asked, preferring: others[0].endpoint)
                        await topology.refreshed()
                        return link.place.map { $0 != node.endpoint } ?? false
                    }
                )
                #expect(link.now.losses == [.relocated])
                await link.session.close()
            }
        }
    }
}
