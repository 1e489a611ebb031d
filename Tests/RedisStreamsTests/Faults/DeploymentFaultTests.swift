import RedisCore
import RedisReactor
import RedisStreams
import RedisTesting
import TestSupport
import Testing

/// A durable channel, a reader of streams and a group, all at once: nothing that the servers have is missing, out of
/// order or twice, and what they have lost is told. A group handles each entry at least once.
///
/// Each run draws its faults from a seed, which it prints; `REDIS_EVENTS_SEED` repeats one. `REDIS_EVENTS_SOAK=1` makes
/// each run 300 faults long.
@Suite(
    "Durable channels, stream readers and groups lose nothing",
    .tags(.cluster, .timing, .slow),
    .serialized,
    .timeLimit(.minutes(30))
)
struct DeploymentFaultTests {
    /// What a server has confirmed it has after a restart.
    private let arguments = ["--appendonly", "yes", "--appendfsync", "always"]

    @Test("while a server and its links fail")
    func single() async throws {
        try await withRedisServer(RedisServerOptions(arguments: arguments)) { server in
            try await account("a server", SingleServer(server: server), mayLose: false)
        }
    }

    @Test("behind Sentinels, but what a replica that takes over had not got, which is told")
    func sentinels() async throws {
        try await withRedisSentinels(RedisSentinelOptions(arguments: arguments)) { group in
            try await account("Sentinels", WatchedServers(group: group), mayLose: true)
        }
    }

    @Test("in a cluster, while slots move and replicas take over")
    func cluster() async throws {
        try await withRedisCluster(RedisClusterOptions(arguments: arguments)) { cluster in
            try await account("a cluster", FaultyCluster(cluster: cluster, key: "{shop}orders"), mayLose: false)
        }
    }

    private func account(_ name: String, _ servers: some FaultyServers, mayLose: Bool) async throws {
        let seed = FaultSeed.value
        let count = isSoak ? 300 : 6
        print("\(name): \(count) faults, REDIS_EVENTS_SEED=\(seed)")
        let loop = try RedisEventLoop()
        let client = try RedisClient(configuration(servers.url), loop: loop)
        let reading = try RedisClient(configuration(servers.url), loop: loop)
        let durable = DurableRun(channel: "{shop}orders")
        let streams = StreamReaderRun(["{shop}a", "{shop}b", "other"])
        let entries = GroupRun(stream: "{shop}g")
        let subscription = try DurableSubscription(to: [durable.channel: .beginning], on: reading)
        let reader = try StreamReader(
            of: Dictionary(uniqueKeysWithValues: streams.streams.map { ($0, .beginning) }),
            on: reading
        )
        var options = StreamGroupOptions()
        options.visibility = .seconds(2)
        let group = try StreamGroup(entries.stream, group: "g", on: reading, options: options)
        try await subscription.start()
        try await reader.start()
        let readers = [
            Task { try await durable.read(subscription) }, Task { try await streams.read(reader) },
            Task { try await entries.handle(group) },
        ]
        var past: [String] = []
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await durable.publish(on: client, "m") }
            tasks.addTask { await streams.append(on: client) }
            tasks.addTask { await entries.append(on: client) }
            // A group whose first request fails does not start.
            let begins = try await eventually(within: .seconds(20)) { entries.handledCount > 0 }
            try #require(begins)
            for fault in DeploymentFault.list(count, seed: seed, of: servers) {
                past.append("\(fault)")
                try await servers.bring(fault) {
                    for client in [client, reading] { await client.cut() }
                    await subscription.cut()
                }
                let marks = [durable.readCount, streams.readCount, entries.handledCount]
                let goesOn = try await eventually(within: .seconds(60)) {
                    zip([durable.readCount, streams.readCount, entries.handledCount], marks).allSatisfy { $0 > $1 + 20 }
                }
                let now = [durable.readCount, streams.readCount, entries.handledCount]
                try #require(
                    goesOn,
                    "seed \(seed): \(marks) \(now) after \(past.suffix(5)), \(streams.others.suffix(2))"
                )
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        let watcher = try RedisClient(configuration(servers.url))
        let ofReaders = try await durable.complaints(watcher) + streams.complaints(watcher)
        let complaints = try await ofReaders + entries.complaints(watcher, group: "g")
        #expect(complaints == [], "seed \(seed), faults: \(past)")
        if !mayLose {
            #expect(durable.rewinds == [])
            #expect(streams.others == [])
        }
        let rewinds = durable.rewinds.count + streams.others.count
        print("\(name): \(durable.readCount) messages, \(streams.readCount) entries, \(entries.handledCount) handled,")
        print("of which \(entries.repeatedCount) more than once; \(rewinds) losses told")
        await group.close()
        await reader.close()
        await subscription.close()
        for task in readers { try await task.joined }
        for client in [client, reading, watcher] { await client.close() }
    }

    private func configuration(_ url: String) throws -> RedisConfiguration {
        try .impatient(url, heartbeat: .milliseconds(200), timeout: .milliseconds(500))
    }
}
