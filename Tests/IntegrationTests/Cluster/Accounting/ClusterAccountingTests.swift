import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Nothing is lost in silence when slots move and nodes change: each number is delivered once and in order, or a gap
/// that names its channel stands in its place.
@Suite("Every message of a cluster is accounted for", .tags(.cluster), .serialized, .timeLimit(.minutes(10)))
struct ClusterAccountingTests {
    @Test("of shard channels, while slots move and nodes fail", arguments: [2, 3])
    func shardChannels(version: Int) async throws {
        try await withRedisCluster { cluster in
            try await account(for: .shardChannel, over: cluster, version: version, ClusterEvent.usual)
        }
    }

    @Test("of channels, which any node passes on, while nodes fail", arguments: [2, 3])
    func channels(version: Int) async throws {
        try await withRedisCluster { cluster in
            try await account(for: .channel, over: cluster, version: version, ClusterEvent.classic)
        }
    }
}

/// Accounts for every message on servers of other releases, which report changes in their own ways.
@Suite(
    "Every message of a cluster of a release is accounted for",
    .tags(.cluster, .soak),
    .serialized,
    .timeLimit(.minutes(10))
)
struct ClusterAccountingReleaseTests {
    @Test("of shard channels, while slots move and nodes fail", arguments: ServerRelease.newer)
    func shardChannels(release: ServerRelease) async throws {
        try await withRedisCluster(RedisClusterOptions(executable: release.executable)) { cluster in
            let movesAtOnce = release.product == .valkey && release.version?.major ?? 0 >= 9
            let events = ClusterEvent.usual + (movesAtOnce ? [.atomicMove] : [])
            try await account(for: .shardChannel, over: cluster, version: 3, events)
        }
    }
}

/// Publishes numbers while events happen to a cluster, and asks for an account of them.
private func account(
    for kind: RedisSubscriptionKind,
    over cluster: RedisCluster,
    version: Int,
    _ events: [ClusterEvent]
) async throws {
    let channels = (0..<12).map { "number-\($0)" }
    let command = kind == .shardChannel ? "SPUBLISH" : "PUBLISH"
    let publisher = ClusterPublisher(ports: cluster.nodes.map(\.port), command: command, channels: channels)
    var configuration = cluster.seed(version)
    configuration.heartbeat = .milliseconds(300)
    configuration.heartbeatTimeout = .milliseconds(700)
    let pubsub = try PubSub(configuration, buffer: RedisBufferLimit(events: 100_000))
    let reader = ClusterReader(pubsub, channels: channels)
    try await pubsub.subscribe(kind, channels.map { RedisBytes($0) })
    reader.start()
    let thread = try publisher.start()
    var past: [String] = []
    var hung: [ClosedRange<Int>] = []
    for event in events {
        let before = publisher.last.values.min() ?? 0
        try await event.happen(to: cluster, channels, pubsub)
        let mark = publisher.last
        let last = mark.values.max() ?? 0
        past.append("\(event) from \(before) to \(last)")
        if event == .pause { hung.append(before...last) }
        let goesOn = try await eventually(within: .seconds(30)) { reader.isBeyond(mark) }
        try #require(goesOn, "silent after \(past): \(reader.silent(since: mark))")
    }
    publisher.stop()
    #expect(try await eventually { thread.hasEnded })
    let published = publisher.published
    #expect(try await eventually(within: .seconds(30)) { reader.isSettled(published) })
    #expect(reader.complaints(published, hung: hung) == [], "\(past): \(reader.oddities)")
    let count = published.values.reduce(0) { $0 + $1.last }
    print("cluster of \(cluster.release), RESP\(version), \(kind): \(count) published, \(reader.gaps.count) gaps")
    try await reader.close()
}
