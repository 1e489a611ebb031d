import RedisTesting
import Testing

@Suite("A real cluster", .serialized)
struct RedisClusterTests {
    @Test(.timeLimit(.minutes(1)), arguments: ServerRelease.forClusters)
    func `starts, moves slots and fails over, on every release`(_ release: ServerRelease) async throws {
        let options = try RedisClusterOptions(executable: release.options().executable)
        try await withRedisCluster(options) { cluster in
            #expect(cluster.release.name == release.name)
            #expect(try cluster.primaries() == Array(cluster.nodes[..<3]))
            #expect(try cluster.replicas(of: cluster.nodes[1]) == [cluster.nodes[4]])
            let name = cluster.name(inSlot: 42)
            #expect(try cluster.nodes[0].command("SET", name, "value") == "OK")
            try await cluster.perform { try $0.moveSlot(42, to: $0.nodes[2]) }
            #expect(try cluster.nodes[2].command("GET", name) == "value")
            #expect(try cluster.primary(of: name) == cluster.nodes[2])
            try await cluster.perform { try $0.failOver(to: $0.nodes[3]) }
            #expect(try cluster.primary(ofSlot: 0) == cluster.nodes[3])
            #expect(try cluster.replicas(of: cluster.nodes[3]) == [cluster.nodes[0]])
            cluster.kill(cluster.nodes[1])
            let successor = try await cluster.perform { try $0.waitForFailover(of: $0.nodes[1]) }
            #expect(successor == cluster.nodes[4])
            try await cluster.perform { cluster in
                try cluster.restart(cluster.nodes[1])
                try cluster.waitUntilReady()
            }
            #expect(try cluster.replicas(of: cluster.nodes[4]) == [cluster.nodes[1]])
            try await cluster.perform { $0.stop() }
        }
    }
}

extension ServerRelease {
    static var forClusters: [ServerRelease] { available.filter { $0.isAtLeast(redis: ServerVersion(5)) } }
}
