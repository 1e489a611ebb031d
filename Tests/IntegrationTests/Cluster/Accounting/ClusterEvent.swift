import RedisEvents
import RedisReactor
import RedisTesting
import Testing

/// What happens to a cluster that is watched.
enum ClusterEvent: String, Sendable {
    /// Slots of three of the channels go to other primaries, one by one.
    case slotMove
    /// Slots of three of the channels go to other primaries, in one step (Valkey 9).
    case atomicMove
    /// A name is unsubscribed while its slot goes back and forth.
    case unsubscribeDuringMove
    case manualFailover
    /// A primary is killed, a replica promoted, and the old one comes back.
    case crash
    /// A primary hangs, a replica is promoted, and the old one goes on. With `--soak` it hangs for half a minute.
    case pause
    /// A primary is killed and comes back as a stranger.
    case emptyRestart
    /// The node of the link for channels and patterns is killed.
    case crashOfTheLinked

    static let usual: [ClusterEvent] = [
        .slotMove, .unsubscribeDuringMove, .manualFailover, .crash, .pause, .emptyRestart,
    ]
    static let classic: [ClusterEvent] = [.crashOfTheLinked, .manualFailover, .pause, .crashOfTheLinked]

    /// Has it happen, and waits until the cluster is well again.
    func happen(to cluster: RedisCluster, _ channels: [String], _ pubsub: PubSub) async throws {
        switch self {
        case .slotMove:
            for channel in channels.prefix(3) {
                try await cluster.perform { cluster in
                    try cluster.moveSlot(
                        RedisCluster.slot(channel),
                        to: other(than: cluster.primary(of: channel), cluster)
                    )
                }
            }
        case .atomicMove:
            for channel in channels.prefix(3) {
                try await cluster.perform { cluster in
                    let target = try other(than: cluster.primary(of: channel), cluster)
                    try cluster.moveSlotAtomically(RedisCluster.slot(channel), to: target)
                }
            }
        case .unsubscribeDuringMove:
            let channel = cluster.name(inSlot: 77, prefix: "passing-")
            for _ in 0..<5 {
                try await pubsub.ssubscribe(RedisBytes(channel))
                async let moved: Void = cluster.perform { cluster in
                    try cluster.moveSlot(77, to: other(than: cluster.primary(ofSlot: 77), cluster))
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
                if environment("REDIS_EVENTS_SOAK") == "1" { Parker().park(until: .now + .seconds(30)) }
                try cluster.resume(primary)
                try cluster.waitUntilReady()
            }
        case .emptyRestart:
            try await cluster.perform { cluster in
                // One whose slots a replica can take over.
                let primary = try #require(try cluster.primaries().first { try !cluster.replicas(of: $0).isEmpty })
                try cluster.restartEmpty(primary)
                try cluster.rejoin(primary)
                try cluster.waitUntilReady()
            }
        case .crashOfTheLinked:
            try await cluster.perform { cluster in
                let linked = try #require(
                    try cluster.nodes.first { try !$0.command("CLIENT", "LIST", "TYPE", "pubsub").isEmpty }
                )
                let wasPrimary = try cluster.primaries().contains(linked)
                cluster.kill(linked)
                if wasPrimary { try cluster.waitForFailover(of: linked) }
                try cluster.restart(linked)
                try cluster.waitUntilReady()
            }
        }
    }
}

private func other(than node: RedisClusterNode, _ cluster: RedisCluster) throws -> RedisClusterNode {
    try #require(try cluster.primaries().first { $0 != node })
}
