import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// The same classic subscription on two nodes: while a third one publishes, the loss of one loses nothing and leaves no
/// gap.
@Suite("A mirrored subscription", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(10)))
struct MirrorAccountingTests {
    private static let channels = (0..<4).map { "mirrored-\($0)" }

    @Test("misses nothing when one of its nodes is killed under load", arguments: [2, 3])
    func oneKilled(version: Int) async throws {
        // No node that a busy machine holds up for a moment is to look like one that misses something.
        try await withRun(version: version, window: .seconds(2)) { run in
            let victim = try #require(try await run.nodesInUse().first)
            run.cluster.kill(victim)
            try await run.goesOn()
            // On two other nodes again, and full once more: the next loss misses nothing either.
            try await run.isMirroredAgain()
            run.cluster.kill(try #require(try await run.nodesInUse().last))
            try await run.goesOn()
            try await run.end(gaps: 0)
        }
    }

    @Test("has a gap when both of its nodes are killed")
    func bothKilled() async throws {
        try await withRun(version: 3) { run in
            for node in try await run.nodesInUse() { run.cluster.kill(node) }
            try await run.goesOn()
            try await run.end(gaps: nil)
            // Of what the next nodes repeat, nobody knows that it was not published anew: that has gaps of its own.
            let gaps = run.reader.gaps.filter { $0.cause.reason != .unproven }
            #expect(!gaps.isEmpty)
            #expect(gaps.allSatisfy { Set($0.names).count == Self.channels.count })
        }
    }

    @Test("misses nothing when one of its nodes stands still for a while", arguments: [2, 3])
    func onePaused(version: Int) async throws {
        try await withRun(version: version) { run in
            let node = try #require(try await run.nodesInUse().first)
            try run.cluster.pause(node)
            try await run.goesOn()
            try await run.isMirroredAgain()
            try run.cluster.resume(node)
            try await run.goesOn()
            try await run.end(gaps: nil)
            #expect(run.reader.gaps.allSatisfy { $0.cause.reason == .unproven })
        }
    }

    /// A cluster with a publisher on nodes that the subscription does not use.
    private func withRun(
        version: Int,
        window: Duration = .milliseconds(500),
        _ body: (MirrorRun) async throws -> Void
    ) async throws {
        try await withRedisCluster { cluster in
            var configuration = cluster.seed(version)
            configuration.heartbeat = .milliseconds(300)
            configuration.heartbeatTimeout = window + .milliseconds(200)
            configuration.cluster?.mirrorsChannels = true
            configuration.cluster?.mirrorWindow = window
            let run = try await MirrorRun(cluster, configuration, Self.channels)
            try await body(run)
        }
    }
}
