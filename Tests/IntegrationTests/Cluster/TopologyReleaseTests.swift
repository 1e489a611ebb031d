import RedisCore
import RedisTesting
import TestSupport
import Testing

@Suite("The shape of clusters of any version", .tags(.cluster, .soak), .timeLimit(.minutes(3)))
struct TopologyReleaseTests {
    @Test("is learnt, and followed through a move and a failover", arguments: ServerRelease.all)
    func follow(_ release: ServerRelease) async throws {
        guard let executable = release.executable else {
            try Test.cancel("\(release) is not available: \(release.missingReason ?? "")")
        }
        try await withRedisCluster(RedisClusterOptions(executable: executable)) { cluster in
            try await withTopology(cluster) { topology in
                let shape = try await topology.load()
                #expect(shape.slotCount == 16384)
                #expect(shape.shards.map(\.id) == [1, 2, 3])
                #expect(Set(shape.nodes.map(\.id)) == Set(cluster.nodes.map(\.id)))
                let shard = try #require(shape.shard(ofSlot: 0))
                let link = StandingLink(topology, topology.discovery(ofShard: shard.id, prefers: .primary))
                await link.session.start()
                let old = try cluster.primary(ofSlot: 0)
                #expect(try await eventually { link.place == old.endpoint })
                let target = try cluster.primary(ofSlot: 16383)
                try await cluster.perform { try $0.moveSlot(5, to: target) }
                await topology.refreshed()
                #expect(topology.shape?.shard(ofSlot: 5)?.primary?.endpoint == target.endpoint)
                let new = try #require(try cluster.replicas(of: old).first)
                try await cluster.perform { try $0.failOver(to: new) }
                topology.refresh(.unsubscribed)
                #expect(try await eventually { link.place == new.endpoint })
                #expect(topology.shape?.shard(ofSlot: 0)?.id == shard.id)
                #expect(topology.shape?.slotCount == 16384)
                await link.session.close()
            }
        }
    }
}
