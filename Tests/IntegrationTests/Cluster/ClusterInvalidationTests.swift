import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Invalidations of a cluster", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(2)))
struct ClusterInvalidationTests {
    private typealias Cache = Invalidations.Cache<RedisBytes?>

    private func withCache(
        _ configuration: RedisConfiguration,
        _ body: (Cache, Task<Void, any Error>) async throws -> Void
    ) async throws {
        let cache = try Cache(configuration, prefixes: ["k"])
        let running = Task { try await cache.run() }
        #expect(try await eventually { cache.isHeard })
        try await body(cache, running)
        await cache.close()
        try await running.joined
    }

    @Test("come from every shard, also for a slot that has moved")
    func shards() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            let client = try RedisClient(cluster.watched())
            try await withCache(cluster.watched()) { cache, _ in
                for node in cluster.nodes {
                    let key = RedisBytes(try cluster.name(onNode: node, prefix: "k"))
                    #expect(cache.fill(cache.begin(key), "old"))
                    try await client.set(key, "new")
                    #expect(try await eventually { cache[key] == nil })
                }
                // What is kept of a slot stays right wherever it moves: the new owner reports its changes.
                let key = cluster.name(inSlot: 42, prefix: "k")
                try await client.set(key, "old")
                let target = cluster.nodes[2]
                try await cluster.perform { try $0.moveSlot(42, to: target) }
                #expect(cache.fill(cache.begin(RedisBytes(key)), "old"))
                try await client.set(key, "new")
                #expect(try await eventually { cache[RedisBytes(key)] == nil })
                for node in cluster.nodes { try node.command("FLUSHALL") }
                #expect(cache.isHeard)
            }
            await client.close()
        }
    }

    @Test("are complete again when all shards are back, and not before")
    func outage() async throws {
        let arguments = ["--cluster-require-full-coverage", "no"]
        let options = RedisClusterOptions(replicasPerPrimary: 0, nodeTimeout: .seconds(4), arguments: arguments)
        try await withRedisCluster(options) { cluster in
            let nodes = cluster.nodes
            let key = RedisBytes(try cluster.name(onNode: nodes[0], prefix: "k"))
            var configuration = try cluster.watched()
            configuration.reconnect.minimumDelay = .milliseconds(10)
            configuration.reconnect.maximumDelay = .milliseconds(50)
            try await withCache(configuration) { cache, _ in
                #expect(cache.fill(cache.begin(key), "old"))
                cluster.kill(nodes[1])
                #expect(try await eventually { !cache.isHeard })
                #expect(cache[key] == nil)
                // Another link that is lost and back says nothing about the one that is still down.
                try nodes[0].command("CLIENT", "KILL", "TYPE", "normal")
                let other = try Invalidations(configuration, prefixes: ["k"])
                try await other.start()
                #expect(!cache.isHeard)
                #expect(!cache.fill(cache.begin(key), "old"))
                await other.close()
                try await cluster.perform { try $0.restart(nodes[1]) }
                #expect(try await eventually { cache.isHeard })
                #expect(cache.fill(cache.begin(key), "old"))
            }
        }
    }

    @Test("follow a shard to the replica that was promoted")
    func failover() async throws {
        try await withRedisCluster { cluster in
            let client = try RedisClient(cluster.watched())
            let primary = try cluster.primaries()[0]
            let replica = try cluster.replicas(of: primary)[0]
            let key = RedisBytes(try cluster.name(onNode: primary, prefix: "k"))
            try await client.set(key, "old")
            var configuration = try cluster.watched()
            // The old primary stays up, so only the topology shows that it is none any more.
            configuration.cluster?.refreshInterval = .milliseconds(200)
            try await withCache(configuration) { cache, _ in
                #expect(cache.fill(cache.begin(key), "old"))
                try await cluster.perform { try $0.failOver(to: replica) }
                #expect(try await eventually { cache[key] == nil && cache.isHeard })
                #expect(cache.fill(cache.begin(key), "old"))
                try await client.set(key, "new")
                #expect(try await eventually { cache[key] == nil })
            }
            await client.close()
        }
    }
}
