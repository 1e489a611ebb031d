import RedisTesting
import TestSupport
import Testing

@Suite("A node of a cluster", .tags(.cluster, .once), .serialized)
struct RedisClusterNodeTests {
    @Test(.timeLimit(.minutes(1)))
    func `that lost everything comes back on its port as another, and is taken in again`() async throws {
        try await withRedisCluster { cluster in
            let (node, replica) = (cluster.nodes[1], cluster.nodes[4])
            let (id, port) = (node.id, node.port)
            try node.command("SET", cluster.name(onNode: node), "value")
            try await cluster.perform { try $0.restartEmpty($0.nodes[1]) }
            #expect(node.id != id)
            #expect(node.port == port)
            #expect(try node.view().entries.map(\.id) == [node.id])
            #expect(try node.command("DBSIZE") == "0")
            #expect(throws: RedisTestingError.self) { try cluster.name(onNode: node) }

            try await cluster.perform { cluster in
                try cluster.rejoin(cluster.nodes[1])
                try cluster.waitUntilReady()
            }
            #expect(try cluster.primary(ofSlot: 9000) == replica)
            #expect(try cluster.primaries() == [cluster.nodes[0], cluster.nodes[2], replica])
            for other in cluster.nodes {
                #expect(try Set(other.view().entries.map(\.id)) == Set(cluster.nodes.map(\.id)))
            }
            try await cluster.perform { try $0.replicate($0.nodes[1], $0.nodes[4]) }
            #expect(try node.command("DBSIZE") == "1")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `that is paused is replaced, and is a replica soon after it goes on`() async throws {
        try await withRedisCluster { cluster in
            let node = cluster.nodes[0]
            try cluster.pause(node)
            #expect(!node.isServing)
            #expect(node.server.isRunning)
            #expect(try await cluster.perform { try $0.waitForFailover(of: $0.nodes[0]) } == cluster.nodes[3])
            try cluster.resume(node)
            #expect(node.isServing)
            try await cluster.perform { try $0.waitUntilReady() }
            #expect(try cluster.primary(of: node) == cluster.nodes[3])
            #expect(try cluster.primaries() == [cluster.nodes[1], cluster.nodes[2], cluster.nodes[3]])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `that is a replica is moved to another primary, and has its data`() async throws {
        try await withRedisCluster { cluster in
            let (replica, primary) = (cluster.nodes[3], cluster.nodes[1])
            let name = try cluster.name(onNode: primary)
            try primary.command("SET", name, "value")
            #expect(try cluster.name(onNode: replica) == cluster.name(inSlot: 0))
            try await cluster.perform { try $0.replicate($0.nodes[3], $0.nodes[1]) }
            #expect(try cluster.replicas(of: primary) == [replica, cluster.nodes[4]])
            #expect(try cluster.replicas(of: cluster.nodes[0]) == [])
            #expect(try cluster.name(onNode: replica) == name)
            #expect(try replica.command("DBSIZE") == "1")
        }
    }
}
