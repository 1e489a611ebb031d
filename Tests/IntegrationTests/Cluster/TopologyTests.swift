import RedisCore
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("The shape of a real cluster", .tags(.cluster, .once), .timeLimit(.minutes(3)))
struct TopologyTests {
    @Test(
        "is learnt from any seed: a primary, a replica, one behind a dead one; in either protocol",
        arguments: bothProtocols
    )
    func seeds(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisCluster(.steady()) { cluster in
            let dead = RedisEndpoint.tcp(host: "127.0.0.1", port: 1)
            let replica = try #require(try cluster.nodes.first { try cluster.primary(of: $0) != $0 })
            for seeds in [[cluster.nodes[0].endpoint], [replica.endpoint], [dead, cluster.nodes[1].endpoint]] {
                try await withTopology(cluster, seeds: seeds, change: { $0.protocolVersion = version }) { topology in
                    let shape = try await topology.load()
                    #expect(shape.slotCount == 16384)
                    #expect(shape.shards.map(\.id) == [1, 2, 3])
                    #expect(Set(shape.nodes.map(\.endpoint)) == Set(cluster.nodes.map(\.endpoint)))
                    for slot in [0, 6000, 16383] {
                        let owner = try cluster.primary(ofSlot: slot)
                        let shard = try #require(shape.shard(ofSlot: slot))
                        #expect(shard.primary?.endpoint == owner.endpoint)
                        #expect(shard.primary?.id == owner.id)
                        let replicas = try cluster.replicas(of: owner)
                        #expect(shard.replicas.map(\.endpoint) == replicas.map(\.endpoint))
                    }
                    #expect(topology.verifiedAt != nil)
                    #expect(topology.verifiedBefore == nil)
                    #expect(!topology.isTroubled)
                }
            }
        }
    }

    @Test("is learnt although the first seed takes connections and says nothing")
    func silentSeed() async throws {
        try await withRedisCluster(RedisClusterOptions(nodeTimeout: .seconds(30))) { cluster in
            let silent = cluster.nodes[0]
            try cluster.pause(silent)
            try await withTopology(cluster, seeds: [silent.endpoint, cluster.nodes[1].endpoint]) { topology in
                let begin = ContinuousClock.now
                let shape = try await topology.load()
                #expect(shape.slotCount == 16384)
                #expect(begin.duration(to: .now) < .seconds(4))
            }
            try cluster.resume(silent)
        }
    }

    @Test("follows a slot: at once where MOVED tells of it, else with the next refresh")
    func slotMoved() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            try await withTopology(cluster) { topology in
                try await topology.load()
                let target = try cluster.primary(ofSlot: 16383)
                let source = try cluster.primary(ofSlot: 7)
                try await cluster.perform { try $0.moveSlot(7, to: target) }
                #expect(topology.shape?.shard(ofSlot: 7)?.primary?.endpoint == source.endpoint)
                let shard = topology.moved(slot: 7, to: ":\(target.port)", from: source.endpoint)
                #expect(shard?.primary?.endpoint == target.endpoint)
                #expect(topology.shape?.shard(ofSlot: 7)?.id == shard?.id)
                let patched = topology.shape
                await topology.refreshed()
                #expect(topology.shape == patched)
                try await cluster.perform { try $0.moveSlot(8, to: target) }
                await topology.refreshed()
                #expect(topology.shape?.shard(ofSlot: 8)?.id == shard?.id)
                #expect(topology.shape?.shards.map(\.id) == [1, 2, 3])
            }
        }
    }

    @Test("is not asked for more than a few times, however many ask")
    func storm() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            try await withTopology(cluster) { topology in
                try await topology.load()
                let before = try cluster.nodes.reduce(0) { try $0 + $1.questions() }
                let places = cluster.nodes.map(\.endpoint)
                let begin = ContinuousClock.now
                await withTaskGroup { group in
                    for task in 0..<8 {
                        group.addTask {
                            for slot in 0..<125 {
                                topology.moved(slot: slot, to: places[task % 3])
                                topology.refresh(.linkLost)
                                _ = try? await topology.load()
                            }
                        }
                    }
                }
                // Two that were wanted are over: what the storm wanted is done.
                await topology.refreshed()
                await topology.refreshed()
                let after = try cluster.nodes.reduce(0) { try $0 + $1.questions() }
                // One at a time, and a pause after each; a slow machine takes longer over the storm.
                let most = 4 + Int(begin.duration(to: .now) / RefreshSchedule.shortestPause)
                #expect(after - before >= 2 && after - before <= most)
                let owner = try cluster.primary(ofSlot: 0).endpoint
                #expect(topology.shape?.shard(ofSlot: 100)?.primary?.endpoint == owner)
            }
        }
    }

    @Test("tells observers of each change, on the loop, in order, and of each refresh those who want that")
    func observers() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            try await withTopology(cluster) { topology in
                let changes = Locked<[Int?]>([])
                let refreshes = Locked(0)
                let isOnLoop = Locked(true)
                let first = topology.observe { shape in
                    changes.withLock { $0.append(shape.shard(ofSlot: 0)?.id) }
                    if !topology.loop.isCurrent { isOnLoop.withLock { $0 = false } }
                }
                let second = topology.observeRefresh { _ in refreshes.withLock { $0 += 1 } }
                try await topology.load()
                #expect(try await eventually { changes.withLock { $0 } == [1] && refreshes.withLock { $0 } == 1 })
                let target = try #require(topology.shape?[3]?.primary?.endpoint)
                topology.moved(slot: 0, to: target)
                // The servers know nothing of it, and say so soon.
                #expect(try await eventually { changes.withLock { $0 } == [1, 3, 1] })
                #expect(try await eventually { refreshes.withLock { $0 } == 2 })
                await topology.refreshed()
                #expect(try await eventually { refreshes.withLock { $0 } == 3 })
                first.cancel()
                second.cancel()
                topology.moved(slot: 0, to: target)
                await topology.refreshed()
                #expect(changes.withLock { $0 } == [1, 3, 1])
                #expect(refreshes.withLock { $0 } == 3)
                #expect(isOnLoop.withLock { $0 })
            }
        }
    }

    @Test("has the addresses that the translation makes of what nodes announce")
    func translation() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            let seed = RedisEndpoint.tcp(host: "localhost", port: UInt16(cluster.nodes[0].port))
            let translation: @Sendable (RedisEndpoint) -> RedisEndpoint = { endpoint in
                guard case .tcp("127.0.0.1", let port) = endpoint else { return endpoint }
                return .tcp(host: "localhost", port: port)
            }
            try await withTopology(
                cluster,
                seeds: [seed],
                change: { $0.cluster?.translation = translation }
            ) { topology in
                let shape = try await topology.load()
                let expected = cluster.nodes.map { RedisEndpoint.tcp(host: "localhost", port: UInt16($0.port)) }
                #expect(Set(shape.nodes.map(\.endpoint)) == Set(expected))
                let target = try cluster.primary(ofSlot: 16383)
                let shard = topology.moved(slot: 0, to: target.address, from: seed)
                #expect(shard?.primary?.endpoint == .tcp(host: "localhost", port: UInt16(target.port)))
            }
        }
    }

    @Test("is kept through the return of a node that was emptied")
    func emptied() async throws {
        try await withRedisCluster { cluster in
            try await withTopology(cluster) { topology in
                let before = try await topology.load()
                let victim = try cluster.primary(ofSlot: 0)
                try await cluster.perform { cluster in
                    cluster.kill(victim)
                    _ = try cluster.waitForFailover(of: victim)
                    try cluster.restartEmpty(victim)
                }
                for _ in 0..<10 { await topology.refreshed() }
                let shape = try #require(topology.shape)
                #expect(shape.slotCount == 16384)
                #expect(shape.shards.map(\.id) == before.shards.map(\.id))
                #expect(shape.shard(ofSlot: 0)?.primary?.endpoint != victim.endpoint)
                #expect(try await eventually { !topology.isTroubled })
            }
        }
    }

    @Test("cannot be had of a server without a cluster, of nobody, or with a wrong password, and it says so")
    func refusals() async throws {
        func error(_ configuration: RedisConfiguration) async throws -> RedisError? {
            let topology = ClusterTopology(configuration, loop: try RedisEventLoop.shared)
            let error = await #expect(throws: RedisError.self) { try await topology.load() }
            await topology.finish()
            return error
        }
        try await withRedisServer { server in
            var configuration = try RedisConfiguration(url: server.url)
            configuration.cluster = RedisClusterConfiguration(seeds: [
                .tcp(host: "127.0.0.1", port: 1), configuration.endpoint,
            ])
            let plain = try await error(configuration)
            #expect(plain?.code == .invalidConfiguration)
            #expect(
                plain?.description
                    == "\(configuration.endpoint): command: the server is not part of a cluster (cluster-enabled no)"
            )
            configuration.credentials = RedisCredentials(username: "nobody", password: "hunter2")
            let wrong = try await error(configuration)
            #expect(wrong?.code == .authenticationFailed)
            #expect(wrong?.description.contains("hunter2") == false)
        }
        var nobody = RedisConfiguration()
        nobody.cluster = RedisClusterConfiguration(seeds: [.tcp(host: "127.0.0.1", port: 1)])
        let unreachable = try await error(nobody)
        #expect(unreachable?.code == .connectFailed)
    }

    @Test("leaves nothing behind: no descriptor, no waiter, nobody who is told")
    func end() async throws {
        try await withRedisCluster(.steady(replicasPerPrimary: 0)) { cluster in
            _ = try RedisEventLoop.shared
            let descriptors = ResourceCount.openFileDescriptors()
            for round in 0..<20 {
                let topology = ClusterTopology(
                    try RedisConfiguration(url: cluster.url),
                    loop: try RedisEventLoop.shared
                )
                let told = Locked(0)
                _ = topology.observe { _ in told.withLock { $0 += 1 } }
                async let loaded = topology.load()
                if round.isMultiple(of: 2) { _ = try? await topology.load() }
                async let waited: Void = topology.refreshed()
                topology.close()
                topology.close()
                await waited
                _ = try? await loaded
                await topology.finish()
                let count = told.withLock { $0 }
                topology.refresh(.asked)
                topology.start()
                await #expect(throws: RedisError.self) { try await topology.load() }
                #expect(told.withLock { $0 } == count)
            }
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= descriptors })
        }
    }
}
