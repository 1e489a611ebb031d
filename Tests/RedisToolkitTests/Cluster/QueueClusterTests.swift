import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite(
    "Queues and components on a cluster and with Sentinels",
    .tags(.cluster, .once),
    .serialized,
    .timeLimit(.minutes(4))
)
struct QueueClusterTests {
    @Test("keep everything of a queue in its slot, and live through a failover")
    func cluster() async throws {
        try await withRedisCluster { cluster in
            let client = try RedisClient(cluster.configuration())
            for name in ["q", "{shop}q", "a}b"] {
                let queue = MessageQueue(name, on: client, capacity: 2)
                try await queue.put(["a", "b"])
                #expect(try await queue.tryPut("c") == false)
                let putting = Task { try await queue.put("c") }
                #expect(
                    try await eventually { try await client.pubsubShardChannels().contains(queue.name.helper("room")) }
                )
                #expect(try await queue.get() == "a")
                _ = try await putting.joined
                let consumer = try queue.consumer("c1")
                #expect(try await consumer.get(upTo: 2).map(\.message) == ["b", "c"])
                let waiting = Task { try await consumer.get() }
                #expect(try await eventually { client.poolStatistics.lent == 1 })
                try await queue.put("d")
                try await waiting.joined.acknowledge()
                #expect(try await consumer.close() == 2)
                #expect(try await queue.close() == 2)
            }
            try await failOver(cluster, client)
            try await components(cluster, client)
            await client.close()
        }
    }

    private func failOver(_ cluster: RedisCluster, _ client: RedisClient) async throws {
        let queue = MessageQueue("q", on: client)
        let consumer = try queue.consumer("c1")
        let waiting = Task { try await consumer.get() }
        #expect(try await eventually { client.poolStatistics.lent == 1 })
        try await cluster.perform { cluster in
            let primary = try cluster.primary(of: "q")
            guard let replica = try cluster.replicas(of: primary).first else { return }
            try cluster.failOver(to: replica)
        }
        try await queue.put("a")
        let delivery = try await waiting.joined
        #expect(delivery.message == "a")
        try await delivery.acknowledge()
        try await consumer.close()
    }

    private func components(_ cluster: RedisCluster, _ client: RedisClient) async throws {
        let store = try RedisConfigurationStore(client)
        let components = RedisComponents(store)
        let seeds = cluster.nodes.map { "127.0.0.1:\($0.port)" }
        for name in ["a", "b", "c"] {
            try await store.set(["cluster": ["seeds": seeds]], type: "redis", component: name)
            try await components.withConnection(to: name) { try await $0.set("key-\(name)", "1") }
            #expect(try await client.get("key-\(name)") == "1")
            try await store.remove(type: "redis", component: name)
            #expect(
                try await eventually {
                    do { try await components.withConnection(to: name) { _ in } } catch let error as RedisError {
                        return error.code == .notConfigured
                    }
                    return false
                }
            )
        }
        await components.close()
    }

    @Test("live through a failover of Sentinels: queues, consumers, values and caches")
    func sentinels() async throws {
        try await withRedisSentinels { group in
            let client = try RedisClient(RedisConfiguration(url: group.url))
            let queue = MessageQueue("q", on: client)
            let values = RedisValueStore(client)
            let cache = try RedisCache(client, namespace: "n")
            let region = try cache.region("r", key: String.self, value: Int.self)
            let consumer = try queue.consumer("c1", visibility: .seconds(30))
            try await values.set(7, for: "v")
            #expect(try await region.value(for: "k") { _ in 1 } == 1)
            let waiting = Task { try await consumer.get() }
            #expect(try await eventually { client.poolStatistics.lent == 1 })
            try await group.perform { group in
                let former = try group.killPrimary()
                try group.waitForFailover(from: former)
            }
            // Whatever was on its way is tried again by whoever called.
            #expect(try await eventually(within: .seconds(60)) { (try? await queue.put("a")) != nil })
            let delivery = try await waiting.joined
            #expect(delivery.message == "a")
            try await delivery.acknowledge()
            #expect(try await eventually { (try? await values.set(8, for: "v")) != nil })
            #expect(try await values.value(Int.self, for: "v") == 8)
            #expect(try await eventually { (try? await region.remove("k")) != nil })
            #expect(try await eventually { (try? await region.value(for: "k") { _ in 2 }) == 2 })
            await cache.close()
            await client.close()
        }
    }
}
