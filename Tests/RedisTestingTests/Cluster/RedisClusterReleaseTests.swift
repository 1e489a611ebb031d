import RedisTesting
import TestSupport
import Testing

@Suite("A real cluster of a release", .tags(.cluster, .soak), .serialized)
struct RedisClusterReleaseTests {
    @Test(.timeLimit(.minutes(1)), arguments: ServerRelease.forGroups)
    func `starts, moves a slot, fails over by command and by crash, and takes the crashed node back`(
        _ release: ServerRelease
    ) async throws {
        let options = RedisClusterOptions(executable: release.executable)
        try await withRedisCluster(options) { cluster in
            let nodes = cluster.nodes
            #expect(cluster.release.name == release.name)
            #expect(cluster.url == "redis+cluster://" + nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))
            #expect(try cluster.primaries() == Array(nodes[..<3]))
            for index in 0..<3 { #expect(try cluster.replicas(of: nodes[index]) == [nodes[index + 3]]) }
            let shares = [0...5460, 5461...10922, 10923...16383]
            let owners = Dictionary(uniqueKeysWithValues: zip(nodes.map(\.id), shares.map { [$0] }))
            for node in nodes { #expect(try node.view().owners == owners) }

            let name = cluster.name(inSlot: 42)
            try nodes[0].command("SET", name, "value")
            try await cluster.perform { try $0.moveSlot(42, to: $0.nodes[2]) }
            #expect(try nodes[2].command("GET", name) == "value")
            #expect(try cluster.primary(of: name) == nodes[2])
            for node in nodes { #expect(try node.view()[id: nodes[2].id]?.slots == [42...42, 10923...16383]) }

            try await cluster.perform { try $0.failOver(to: $0.nodes[3]) }
            #expect(try cluster.primary(ofSlot: 0) == nodes[3])
            #expect(try cluster.replicas(of: nodes[3]) == [nodes[0]])
            for node in nodes { #expect(try node.view()[id: nodes[3].id]?.slots == [0...41, 43...5460]) }

            let clock = ContinuousClock()
            let crash = clock.now
            cluster.kill(nodes[1])
            #expect(try await cluster.perform { try $0.waitForFailover(of: $0.nodes[1]) } == nodes[4])
            #expect(clock.now - crash < .seconds(10))
            #expect(throws: RedisTestingError.self) { try nodes[1].command("PING") }
            try await cluster.perform { cluster in
                try cluster.restart(nodes[1])
                try cluster.waitUntilReady()
            }
            #expect(try cluster.replicas(of: nodes[4]) == [nodes[1]])
            #expect(try cluster.primaries() == [nodes[2], nodes[3], nodes[4]])
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ServerRelease.forGroups.filter { $0.version?.major != 8 })
    func `lets the servers move a slot among themselves, where they can`(_ release: ServerRelease) async throws {
        let options = RedisClusterOptions(primaries: 3, replicasPerPrimary: 0, executable: release.executable)
        try await withRedisCluster(options) { cluster in
            let name = cluster.name(inSlot: 5)
            try cluster.nodes[0].command("SET", name, "value")
            guard release.product == .valkey else {
                let error = #expect(throws: RedisTestingError.self) {
                    try cluster.moveSlotAtomically(5, to: cluster.nodes[2])
                }
                #expect(error?.message == "\(release.name) has no CLUSTER MIGRATESLOTS")
                return
            }
            try await cluster.perform { try $0.moveSlotAtomically(5, to: $0.nodes[2]) }
            #expect(try cluster.primary(ofSlot: 5) == cluster.nodes[2])
            #expect(try cluster.nodes[2].command("GET", name) == "value")
        }
    }
}
