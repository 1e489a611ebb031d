import RedisCore
import RedisEvents
import RedisTesting
import Testing

/// Nothing is lost in silence when slots move and nodes change: each number is delivered once and in order, or a gap that
/// names its channel stands in its place.
@Suite("Every message of a cluster is accounted for", .serialized, .timeLimit(.minutes(10)))
struct ClusterAccountingTests {
    private static let shardChannels = (0..<12).map { "number-\($0)" }

    /// What happens to the cluster.
    enum Event: String, CaseIterable, Sendable {
        case slotMove, unsubscribeDuringMove, manualFailover, crash, pause
    }

    @Test("while its slots move and its nodes fail", arguments: [2, 3])
    func shard(version: Int) async throws {
        try await withRedisCluster { cluster in
            let publisher = ClusterPublisher(
                ports: cluster.nodes.map(\.port),
                command: "SPUBLISH",
                channels: Self.shardChannels
            )
            var configuration = cluster.seed(version)
            configuration.heartbeat = .milliseconds(300)
            configuration.heartbeatTimeout = .milliseconds(700)
            let pubsub = try PubSub(configuration, buffer: BufferLimit(events: 100_000))
            let reader = ClusterReader(pubsub, channels: Self.shardChannels)
            try await pubsub.subscribe(.shardChannel, Self.shardChannels.map { RedisBytes($0) })
            reader.start()
            let thread = try publisher.start()
            var past: [String] = []
            for event in Event.allCases {
                let before = publisher.last.values.min() ?? 0
                try await bring(event, cluster, pubsub)
                past.append("\(event) from \(before) to \(publisher.last.values.max() ?? 0)")
                let mark = publisher.last
                let goesOn = try await eventually(within: .seconds(30)) { reader.isBeyond(mark) }
                try #require(goesOn, "silent after \(event): \(reader.silent(since: mark))")
            }
            publisher.stop()
            #expect(try await eventually { thread.hasEnded })
            let published = publisher.published
            #expect(try await eventually(within: .seconds(30)) { reader.isSettled(published) })
            #expect(reader.complaints(published) == [], "\(past): \(reader.oddities)")
            let count = published.values.reduce(0) { $0 + $1.last }
            print("cluster, RESP\(version): \(count) published, \(reader.gaps.count) gaps")
            try await reader.close()
        }
    }

    private func bring(_ event: Event, _ cluster: RedisCluster, _ pubsub: PubSub) async throws {
        switch event {
        case .slotMove:
            for channel in Self.shardChannels.prefix(3) {
                try await cluster.perform { cluster in
                    let owner = try cluster.primary(of: channel)
                    let target = try #require(try cluster.primaries().first { $0 != owner })
                    try cluster.moveSlot(RedisCluster.slot(channel), to: target)
                }
            }
        case .unsubscribeDuringMove:
            let channel = cluster.name(inSlot: 77, prefix: "passing-")
            for _ in 0..<5 {
                try await pubsub.ssubscribe(RedisBytes(channel))
                async let moved: Void = cluster.perform { cluster in
                    let owner = try cluster.primary(ofSlot: 77)
                    let target = try #require(try cluster.primaries().first { $0 != owner })
                    try cluster.moveSlot(77, to: target)
                }
                try await pubsub.sunsubscribe(RedisBytes(channel))
                try await moved
            }
        case .manualFailover:
            try await cluster.perform { cluster in
                let primary = try cluster.primaries()[0]
                try cluster.failOver(to: try #require(try cluster.replicas(of: primary).first))
            }
        case .crash:
            try await cluster.perform { cluster in
                let primary = try cluster.primaries()[1]
                cluster.kill(primary)
                try cluster.waitForFailover(of: primary)
                try cluster.restart(primary)
                try cluster.waitUntilReady()
            }
        case .pause:
            try await cluster.perform { cluster in
                let primary = try cluster.primaries()[2]
                try cluster.pause(primary)
                try cluster.waitForFailover(of: primary)
                try cluster.resume(primary)
                try cluster.waitUntilReady()
            }
        }
    }
}
