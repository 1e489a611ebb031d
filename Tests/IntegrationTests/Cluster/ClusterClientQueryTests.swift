import RedisCommands
import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite(
    "What the nodes of a cluster know of subscriptions",
    .tags(.cluster, .once),
    .serialized,
    .timeLimit(.minutes(2))
)
struct ClusterClientQueryTests {
    @Test("is summed over all nodes, replicas too", arguments: ServerRelease.withClusters)
    func sums(_ release: ServerRelease) async throws {
        try await withClusterClient(release) { cluster, client in
            let subscribers = try cluster.nodes.map { try PubSub($0.server.configuration()) }
            for (index, subscriber) in subscribers.enumerated() {
                try await subscriber.subscribe("everywhere", RedisBytes("only-\(index)"))
                try await subscriber.psubscribe("p*", RedisBytes("own-\(index)-*"))
            }
            #expect(
                Set(try await client.pubsubChannels())
                    == Set(["everywhere"] + (0..<6).map { RedisBytes("only-\($0)") })
            )
            #expect(try await client.pubsubChannels("every*") == ["everywhere"])
            #expect(
                try await client.pubsubNumSub("none", "everywhere", "only-4") == [
                    RedisClient.ChannelCount(name: "none", subscribers: 0),
                    RedisClient.ChannelCount(name: "everywhere", subscribers: 6),
                    RedisClient.ChannelCount(name: "only-4", subscribers: 1),
                ]
            )
            #expect(try await client.pubsubNumSub() == [])
            #expect(try await client.pubsubNumPat() == 12)
            // One node took it, and says how many of its own got it; all got it.
            #expect(try await client.publish("everywhere", "x") == 1)
            for subscriber in subscribers { #expect(try await subscriber.nextMessage()?.text == "x") }
            for subscriber in subscribers { await subscriber.close() }
        }
    }

    @Test("holds for shard channels as well")
    func shardChannels() async throws {
        try await withClusterClient { cluster, client in
            let names = [10, 7000, 15000].map { RedisBytes(cluster.name(inSlot: $0)) }
            try await cluster.perform { try $0.waitUntilReplicasServe() }
            let primaries = try PubSub(cluster.seed())
            var configuration = cluster.seed()
            configuration.cluster?.nodes = .replica
            let replicas = try PubSub(configuration)
            try await primaries.subscribe(.shardChannel, names)
            try await replicas.subscribe(.shardChannel, Array(names.prefix(1)))
            #expect(Set(try await client.pubsubShardChannels()) == Set(names))
            #expect(try await client.pubsubShardNumSub(names).map(\.subscribers) == [2, 1, 1])
            for name in names { #expect(try await client.spublish(name, "x") == 1) }
            #expect(try await replicas.nextMessage()?.channel == names[0])
            for pubsub in [primaries, replicas] { await pubsub.close() }
        }
    }

    @Test("is an error that names the node which does not answer, until the cluster has given it up")
    func missingNode() async throws {
        try await withClusterClient { cluster, client in
            #expect(try await client.pubsubNumPat() == 0)
            let lost = cluster.nodes[4]
            cluster.kill(lost)
            let error = await #expect(throws: RedisError.self) { try await client.pubsubNumPat() }
            #expect(error?.endpoint == .tcp(host: "127.0.0.1", port: UInt16(lost.port)))
            #expect(error?.code == .connectFailed || error?.code == .connectionLost)
            let isGivenUp = try await eventually(within: .seconds(20)) { (try? await client.pubsubNumPat()) == 0 }
            #expect(isGivenUp)
        }
    }
}

extension PubSub {
    fileprivate func psubscribe(_ first: RedisBytes, _ second: RedisBytes) async throws {
        try await subscribe(.pattern, [first, second])
    }
}
