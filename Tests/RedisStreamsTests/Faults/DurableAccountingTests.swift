import RedisCore
import RedisReactor
import RedisStreams
import RedisTesting
import TestSupport
import Testing

/// Nothing of a durable channel is missing, out of order or twice, whatever happens to the links and to the server.
///
/// Each run draws its faults from a seed, which it prints; `REDIS_EVENTS_SEED` repeats one. `REDIS_EVENTS_SOAK=1` makes
/// each run 300 faults long.
@Suite("A durable channel is accounted for", .tags(.server, .timing, .slow), .serialized, .timeLimit(.minutes(20)))
struct DurableAccountingTests {
    @Test(
        "under faults of the network and of the server, with a reader that keeps up and with one that does not",
        arguments: [false, true]
    )
    func server(_ isSlow: Bool) async throws {
        let seed = FaultSeed.value
        let count = isSoak ? 300 : 8
        print("accounting of a durable channel: \(count) faults, REDIS_EVENTS_SEED=\(seed)")
        // What the server has confirmed it has after a restart.
        let options = RedisServerOptions(arguments: ["--appendonly", "yes", "--appendfsync", "always"])
        try await withRedisServer(options) { server in
            try await withFaultProxy(to: server) { proxy in
                let loop = try RedisEventLoop()
                let client = try RedisClient(configuration(proxy.url), loop: loop)
                let reading = try RedisClient(configuration(proxy.url), loop: loop)
                let run = DurableRun()
                let reader = try DurableSubscription(
                    to: [run.channel: .beginning],
                    on: reading,
                    buffer: isSlow ? RedisBufferLimit(events: 100) : RedisBufferLimit()
                )
                try await reader.start()
                let readerTask = Task { try await run.read(reader, isSlow: isSlow) }
                var past: [String] = []
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<3 { group.addTask { try await run.publish(on: client, "\(task)") } }
                    for fault in DurableFault.list(count, seed: seed) {
                        past.append("\(fault)")
                        try await fault.happen(to: server, proxy) {
                            await client.cut()
                            await reader.cut()
                        }
                        let mark = run.publishedCount
                        let before = run.readCount
                        let goesOn = try await eventually(within: .seconds(30)) {
                            run.publishedCount > mark + 20 && run.readCount > before + 20
                        }
                        try #require(goesOn, "seed \(seed): nothing comes after \(past.suffix(5))")
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
                proxy.resume()
                let watcher = try RedisClient(RedisConfiguration(url: server.url))
                #expect(try await run.complaints(watcher) == [], "seed \(seed), faults: \(past)")
                #expect(run.rewinds == [])
                print("accounting of a durable channel: \(run.readCount) messages")
                await reader.close()
                try await readerTask.joined
                for client in [client, reading, watcher] { await client.close() }
            }
        }
    }

    private func configuration(_ url: String) throws -> RedisConfiguration {
        try .impatient(url, heartbeat: .milliseconds(100), timeout: .milliseconds(300))
    }
}
