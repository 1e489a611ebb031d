import RedisCore
import RedisEvents
import RedisReactor
import RedisTesting
import Testing

/// A mirrored subscription, a reader of it, and a publisher of numbers on a node that it does not use.
struct MirrorRun {
    let cluster: RedisCluster
    let pubsub: PubSub
    let reader: ClusterReader
    let publisher: ClusterPublisher
    private let thread: PlainThread
    private let publishingPort: Int

    init(_ cluster: RedisCluster, _ configuration: RedisConfiguration, _ channels: [String]) async throws {
        self.cluster = cluster
        pubsub = try PubSub(configuration, buffer: RedisBufferLimit(events: 200_000))
        reader = ClusterReader(pubsub, channels: channels)
        try await pubsub.subscribe(.channel, channels.map { RedisBytes($0) })
        reader.start()
        let isOnTwo = try await eventually { subscribedNodes(cluster).count == 2 }
        try #require(isOnTwo)
        let used = subscribedNodes(cluster)
        publishingPort = try #require(cluster.nodes.first { !used.contains($0) }).port
        publisher = ClusterPublisher(ports: [publishingPort], command: "PUBLISH", channels: channels)
        thread = try publisher.start()
        try await isMirroredAgain()
    }

    /// The nodes that have the subscription, without the one that is published to, should it be one of them.
    func nodesInUse() async throws -> [RedisClusterNode] {
        subscribedNodes(cluster).filter { $0.port != publishingPort }
    }

    /// Waits until later numbers have come on all channels.
    func goesOn() async throws {
        let mark = publisher.last
        let goesOn = try await eventually(within: .seconds(30)) { reader.isBeyond(mark) }
        try #require(goesOn, "silent: \(reader.silent(since: mark))")
    }

    /// Waits until both links are up and can be relied on.
    func isMirroredAgain() async throws {
        let isMirrored = try await eventually(within: .seconds(30)) {
            let isFull = await reader.pubsub.isMirrored()
            return isFull && subscribedNodes(cluster).count == 2
        }
        try #require(isMirrored)
        try await goesOn()
    }

    /// Ends it all. Everything is accounted for, with so many gaps, if that is said.
    func end(gaps: Int?) async throws {
        publisher.stop()
        #expect(try await eventually { thread.hasEnded })
        let published = publisher.published
        #expect(try await eventually(within: .seconds(30)) { reader.isSettled(published) })
        #expect(reader.complaints(published) == [])
        if let gaps { #expect(reader.gaps.count == gaps, "\(reader.gaps.map(\.cause.description))") }
        let count = published.values.reduce(0) { $0 + $1.last }
        print("mirrored: \(count) published, \(reader.gaps.count) gaps")
        try await reader.close()
    }
}

/// The nodes that run and have subscribers.
private func subscribedNodes(_ cluster: RedisCluster) -> [RedisClusterNode] {
    cluster.nodes.filter { node in
        (try? node.command("CLIENT", "LIST", "TYPE", "pubsub")).map { !$0.isEmpty } ?? false
    }
}
