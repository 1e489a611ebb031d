import RedisCommands
import RedisCore
import RedisTesting
import TestSupport
import Testing

@Suite("The client while a cluster changes", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct ClusterClientFailoverTests {
    private static let slots = [100, 3000, 5000, 7000, 9000, 12000, 15000]

    @Test("loses and doubles nothing while slots move under load")
    func moves() async throws {
        try await withClusterClient { cluster, client in
            let load = CounterLoad(client, names: Self.slots.map { cluster.name(inSlot: $0) })
            #expect(try await load.advance(by: 500))
            try await cluster.perform { cluster in
                for slot in Self.slots {
                    let source = try cluster.primary(ofSlot: slot)
                    for target in try cluster.primaries() where target != source {
                        try cluster.moveSlot(slot, to: target)
                        break
                    }
                }
            }
            #expect(try await load.advance(by: 500))
            let tally = try await load.finish()
            #expect(tally.otherErrors.isEmpty, "\(tally.otherErrors)")
            #expect(tally.uncertain.isEmpty)
        }
    }

    @Test("goes to the new primary after a failover that was asked for", arguments: ServerRelease.withClusters)
    func manual(_ release: ServerRelease) async throws {
        try await withClusterClient(release) { cluster, client in
            let load = CounterLoad(client, names: Self.slots.map { cluster.name(inSlot: $0) })
            #expect(try await load.advance(by: 500))
            try await cluster.perform { try $0.failOver(to: $0.nodes[3]) }
            #expect(try await load.advance(by: 1000))
            let tally = try await load.finish()
            #expect(tally.otherErrors.isEmpty, "\(tally.otherErrors)")
            // The link to the former primary stands all the while.
            #expect(tally.uncertain.isEmpty)
        }
    }

    @Test("goes to the new primary after a crash; what was on the wire fails", arguments: ServerRelease.withClusters)
    func crash(_ release: ServerRelease) async throws {
        try await withClusterClient(release) { cluster, client in
            let load = CounterLoad(client, names: Self.slots.map { cluster.name(inSlot: $0) }, tasks: 4)
            #expect(try await load.advance(by: 500))
            let victim = try cluster.primary(ofSlot: 100)
            cluster.kill(victim)
            try await cluster.perform { _ = try $0.waitForFailover(of: victim) }
            // All of them, those of the shard that was down too.
            for slot in Self.slots {
                #expect(
                    try await client.send(["INCR", RedisBytes(cluster.name(inSlot: slot, prefix: "after-"))])
                        == .integer(1)
                )
            }
            #expect(try await load.advance(by: 1000))
            let tally = try await load.finish(mayLose: true)
            #expect(tally.otherErrors.isEmpty, "\(tally.otherErrors)")
            #expect(tally.longest < .seconds(15))
        }
    }

    @Test("does not wait for a node that hangs longer than the others do")
    func hang() async throws {
        try await withClusterClient { cluster, client in
            let name = RedisBytes(cluster.name(inSlot: 3000))
            try await client.send(["SET", name, "x"])
            let victim = try cluster.primary(ofSlot: 3000)
            try cluster.pause(victim)
            let hanging = try client.enqueue(["INCR", name])
            try await cluster.perform { _ = try $0.waitForFailover(of: victim) }
            // Somebody's patience ends; from that on the client knows.
            let isOver = try await eventually {
                _ = try? await client.send(["GET", name], timeout: .milliseconds(100))
                return hanging.isCompleted
            }
            #expect(isOver)
            let error = await #expect(throws: RedisError.self) { try await hanging.value() }
            #expect(error?.code == .connectionLost)
            #expect(try await client.send(["GET", name]).text == "x")
            try cluster.resume(victim)
        }
    }

    @Test("fails what waits when the caller's time is over, and says why")
    func waitsInVain() async throws {
        try await withRedisCluster(RedisClusterOptions(replicasPerPrimary: 0)) { cluster in
            let client = try RedisClient(cluster.seed())
            let name = RedisBytes(cluster.name(inSlot: 16000))
            try await client.send(["SET", name, "x"])
            let victim = try cluster.primary(ofSlot: 16000)
            cluster.kill(victim)
            #expect(try await eventually { (try? await client.send(["PING"])) != nil })
            let error = await #expect(throws: RedisError.self) {
                try await client.send(["GET", name], timeout: .milliseconds(500))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.underlyingError is RedisError)
            #expect(error.map { "\($0)".contains("not delivered in time") } == true)
            // It was killed with what it had; the next is served as soon as it is back.
            async let reply = client.send(["GET", name], timeout: .seconds(20))
            let cancelled = Task { try await client.send(["GET", name], timeout: nil) }
            cancelled.cancel()
            let cancellation = await #expect(throws: RedisError.self) { try await cancelled.joined }
            #expect(cancellation?.code == .cancelled)
            try await cluster.perform { try $0.restart(victim) }
            #expect(try await reply == .null)
            await client.close()
        }
    }
}
