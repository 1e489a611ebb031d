import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("Monitor and KeyspaceEvents over a cluster", .tags(.cluster), .serialized, .timeLimit(.minutes(3)))
struct ClusterStreamTests {
    @Test(
        "every command and key once or in a gap, through slot moves and failovers",
        arguments: ServerRelease.forClusters
    )
    func accounting(_ release: ServerRelease) async throws {
        let options = try RedisClusterOptions(executable: release.options().executable)
        try await withRedisCluster(options) { cluster in
            let nodes = cluster.nodes
            let shards = (0..<3).map { [nodes[$0], nodes[$0 + 3]] }
            // The moving slot is none of the writers'.
            let prefixes = (0..<3).map { "n{\(cluster.name(inSlot: 6000 * $0 + 1, prefix: "t"))}" }
            var configuration = try cluster.watched(seeds: [nodes[5]])
            configuration.cluster?.refreshInterval = .milliseconds(500)
            let run = try ClusterStreamRun(configuration, shards, prefixes: prefixes)
            try await run.start()
            for node in nodes[..<3] { #expect(try Set(node.notifyFlags) == ["E", "$"]) }
            for node in nodes[3...] { #expect(try node.notifyFlags == "") }
            try await run.goesOn()

            let set = try await setKeys(cluster, run)
            #expect(try await eventually { run.others.withLock { $0.count } >= 2 * set.count })
            let found = run.others.withLock { $0 }
            for (key, node) in set {
                // Once monitored, once noticed, both at the right place.
                let told = found.filter { $0.key == key }
                #expect(told.map(\.node) == [node, node], "\(key): \(told.map(\.what)), \(run.news.all)")
            }
            #expect(run.monitored.allSatisfy { $0.gaps.withLock { $0 }.isEmpty })
            let times = run.times.withLock { $0 }
            #expect(times == times.sorted())

            try await cluster.perform { try $0.failOver(to: nodes[3]) }
            try await run.goesOn()
            #expect(try await eventually { try Set(nodes[3].notifyFlags) == ["E", "$"] })
            cluster.kill(nodes[1])
            _ = try await cluster.perform { try $0.waitForFailover(of: nodes[1]) }
            try await run.goesOn()
            #expect(try await eventually { try Set(nodes[4].notifyFlags) == ["E", "$"] })
            try await run.settle()
            // A failover is one gap of its shard, and nothing to the others.
            for accounts in [run.monitored, run.noticed] {
                #expect(accounts.map { $0.gaps.withLock { $0.count } } == [1, 1, 0])
                #expect(accounts[0].gaps.withLock { $0.first?.cause.node } == nodes[0].server.endpoint)
                #expect(accounts[1].gaps.withLock { $0.first?.cause.node } == nodes[1].server.endpoint)
            }
            // The demoted primary went on talking to us: the gap begins before the new one was ever written to.
            let first = run.writers[0].writes.values.filter { $0.node == nodes[3].server.endpoint }.map(\.confirmed)
                .min()
            for account in [run.monitored[0], run.noticed[0]] {
                let from = try #require(account.gaps.withLock { $0.first?.from })
                #expect(try from <= #require(first))
            }
            guard case .perNode(let restored) = try await run.close() else {
                return #expect(Bool(false), "not several nodes")
            }
            for node in [nodes[0], nodes[2], nodes[3], nodes[4]] {
                #expect(restored[node.server.endpoint].map(words) == "restored ")
                #expect(try node.notifyFlags == "")
            }
            #expect(restored[nodes[1].server.endpoint].map(words) == "failed connectFailed")
            #expect(restored.count == 5)
        }
    }

    /// Sets 100 keys over all slots, one of which is on the move meanwhile. Returns where each was set.
    private func setKeys(_ cluster: RedisCluster, _ run: ClusterStreamRun) async throws -> [String: RedisEndpoint] {
        let moving = 5001
        var set: [String: RedisEndpoint] = [:]
        for index in 0..<100 {
            if index == 50 { try await cluster.perform { try $0.moveSlot(moving, to: $0.nodes[2]) } }
            let slot = index == 40 || index == 60 ? moving : index * RedisCluster.slotCount / 100
            let key = cluster.name(inSlot: slot, prefix: "key-\(index)-")
            let owner = try #require(try cluster.owners()[slot])
            try owner.command("SET", key, "x")
            set[key] = owner.server.endpoint
        }
        return set
    }

    @Test("a shard that joins is watched with a gap, and one that leaves is let go of with one")
    func joinAndLeave() async throws {
        // A primary that loses its last slot is to stay one.
        let options = RedisClusterOptions(arguments: ["--cluster-allow-replica-migration", "no"])
        try await withRedisCluster(options) { cluster in
            let nodes = cluster.nodes
            let slot = 100
            let prefix = "n{\(cluster.name(inSlot: slot, prefix: "t"))}"
            var configuration = try cluster.watched(seeds: [nodes[0]])
            configuration.cluster?.refreshInterval = .milliseconds(200)
            let run = try ClusterStreamRun(configuration, [[nodes[0], nodes[5]]], prefixes: [prefix])
            try await run.start()
            try await run.goesOn()
            try await cluster.perform { cluster in
                try cluster.restartEmpty(nodes[5])
                try cluster.rejoin(nodes[5])
                try cluster.waitUntilReady()
                try cluster.moveSlot(slot, to: nodes[5])
            }
            try await run.goesOn()
            let newcomer = nodes[5].server.endpoint
            for accounts in [run.monitored, run.noticed] {
                #expect(accounts[0].gaps.withLock { $0.map(\.cause.node) } == [newcomer])
                #expect(accounts[0].gaps.withLock { $0.first?.cause.reason } == .relocated)
            }
            #expect(try Set(nodes[5].notifyFlags) == ["E", "$"])
            try await cluster.perform { cluster in
                try cluster.moveSlot(slot, to: nodes[0])
                for node in nodes[..<5] { try node.command("CLUSTER", "FORGET", nodes[5].id) }
            }
            for accounts in [run.monitored, run.noticed] {
                #expect(try await eventually { accounts[0].gaps.withLock { $0.count } == 2 })
                #expect(accounts[0].gaps.withLock { $0.last?.cause.node } == newcomer)
            }
            #expect(try await eventually { try nodes[5].monitorCount == 0 })
            try await run.goesOn()
            try await run.settle()
            _ = try await run.close()
            #expect(try nodes[5].notifyFlags == "")
        }
    }
}
