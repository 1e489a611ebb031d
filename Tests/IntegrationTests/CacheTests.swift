import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A cache that hears of changes", .tags(.server), .timeLimit(.minutes(2)))
struct CacheTests {
    /// Runs a cache, and gives it to `body` when it hears.
    private func withCache(
        _ configuration: RedisConfiguration,
        prefixes: [RedisBytes],
        _ body: (Invalidations.Cache<RedisBytes?>) async throws -> Void
    ) async throws {
        let cache = try Invalidations.Cache<RedisBytes?>(configuration, prefixes: prefixes)
        let running = Task { try await cache.run() }
        #expect(try await eventually { cache.isHeard })
        try await body(cache)
        await cache.close()
        try await running.joined
        #expect(cache.count == 0 && !cache.isHeard)
    }

    @Test("may be closed before it hears, and says why it does not hear")
    func ends() async throws {
        try await withRedisServer { server in
            for _ in 0..<20 {
                let cache = try Invalidations.Cache<RedisBytes?>(server.configuration())
                let running = Task { try await cache.run() }
                await cache.close()
                try await running.joined
                #expect(!cache.isHeard)
            }
        }
        let cache = try Invalidations.Cache<RedisBytes?>("redis://127.0.0.1:1")
        let error = await #expect(throws: RedisError.self) { try await cache.run() }
        #expect(error?.code == .connectFailed)
    }

    @Test(
        "holds what the server holds, after 10,000 crossings of replies and invalidations",
        arguments: [(RedisConfiguration.ProtocolVersion.resp3, 10_000), (.resp2, 1000)]
    )
    func soak(_ version: RedisConfiguration.ProtocolVersion, _ count: Int) async throws {
        try await withRedisServer { server in
            let writer = try RedisClient(server.configuration())
            let reader = try RedisClient(server.configuration(version))
            try await withCache(server.configuration(version), prefixes: ["k:"]) { cache in
                let stored = try await withThrowingTaskGroup(of: Int.self) { group in
                    for task in 0..<50 {
                        group.addTask {
                            var stored = 0
                            for index in 0..<(count / 50) {
                                let key = RedisBytes("k:\(task):\(index)")
                                let ticket = cache.begin(key)
                                let reply = try reader.enqueue(["GET", key])
                                // The reply comes before the invalidation, beside it, or, as a rule, behind it.
                                if index % 4 == 0, cache.fill(ticket, try await reply.value().bytes) { stored += 1 }
                                try await writer.send(["SET", key, "new"])
                                if index % 4 != 0, cache.fill(ticket, try await reply.value().bytes) { stored += 1 }
                                if index % 10 == 0 {
                                    _ = try await cache.value(of: key) { try await reader.send(["GET", $0]).bytes }
                                }
                            }
                            return stored
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(stored >= count / 4)
                // All that was told has been heard when the news of one more key has.
                let fence: RedisBytes = "k:fence"
                #expect(cache.fill(cache.begin(fence), nil))
                try await writer.send(["SET", fence, "x"])
                #expect(try await eventually { cache[fence] == nil })
                var stale = 0
                for task in 0..<50 {
                    for index in 0..<(count / 50) {
                        if let entry = cache[RedisBytes("k:\(task):\(index)")], entry != "new" { stale += 1 }
                    }
                }
                #expect(stale == 0)
                #expect(try await cache.value(of: "k:0:0") { try await reader.send(["GET", $0]).bytes } == "new")
                #expect(cache["k:0:0"] == .some("new"))
            }
            await writer.close()
            await reader.close()
        }
    }

    @Test("takes no old value behind the invalidation, nor what was read while nobody listened")
    func tickets() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try RedisConfiguration(url: proxy.url)
                configuration.reconnect.minimumDelay = .milliseconds(10)
                try await withCache(configuration, prefixes: ["k"]) { cache in
                    try server.command("SET", "k", "old")
                    let ticket = cache.begin("k")
                    let value = RedisBytes(try server.command("GET", "k"))
                    // The news of the first value may still be on its way.
                    #expect(try await eventually { cache.fill(cache.begin("k"), value) })
                    try server.command("SET", "k", "new")
                    #expect(try await eventually { cache["k"] == nil })
                    #expect(!cache.fill(ticket, value))
                    #expect(try await eventually { cache.fill(cache.begin("k"), "new") })

                    // The value also changes during an outage, in which no invalidation comes.
                    let crossing = cache.begin("k")
                    proxy.refuse()
                    proxy.cutAll(.reset)
                    #expect(try await eventually { !cache.isHeard })
                    #expect(cache["k"] == nil)
                    let unheard = cache.begin("k")
                    #expect(!cache.fill(unheard, "newer"))
                    try proxy.accept()
                    #expect(try await eventually { cache.isHeard })
                    #expect(!cache.fill(crossing, "new"))
                    #expect(!cache.fill(unheard, "newer"))
                    #expect(cache["k"] == nil)

                    #expect(cache.fill(cache.begin("k"), "newest"))
                    #expect(!cache.fill(cache.begin("x"), "of no prefix"))
                    let mine = cache.begin("k")
                    cache.remove("k")
                    #expect(cache["k"] == nil)
                    #expect(!cache.fill(mine, "newest"))
                    #expect(cache.fill(cache.begin("k"), "newest"))
                    try server.command("FLUSHALL")
                    #expect(try await eventually { cache.count == 0 })
                }
            }
        }
    }

    @Test("hears nothing when it runs again during an outage that it heard of before, and holds nothing")
    func runsAgain() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                var configuration = try RedisConfiguration(url: proxy.url)
                // So that nothing is told of the outage again.
                configuration.reconnect.minimumDelay = .seconds(30)
                configuration.reconnect.maximumDelay = .seconds(30)
                let cache = try Invalidations.Cache<Int>(configuration)
                let first = Task { try await cache.run() }
                #expect(try await eventually { cache.isHeard })
                proxy.refuse()
                proxy.cutAll(.reset)
                #expect(try await eventually { !cache.isHeard })
                first.cancel()
                try await first.joined
                let begun = Locked(false)
                let second = Task {
                    begun.withLock { $0 = true }
                    try await cache.run()
                }
                #expect(try await eventually { begun.withLock { $0 } })
                let heard = try await eventually(within: .milliseconds(500)) {
                    cache.isHeard || cache.fill(cache.begin("k"), 1)
                }
                #expect(!heard)
                await cache.close()
                try await second.joined
            }
        }
    }

    @Test("holds nothing before it runs and after its task was cancelled")
    func life() async throws {
        try await withRedisServer { server in
            let cache = try Invalidations.Cache<Int>(server.configuration())
            #expect(!cache.fill(cache.begin("k"), 1))
            let running = Task { try await cache.run() }
            #expect(try await eventually { cache.isHeard })
            #expect(cache.fill(cache.begin("k"), 1))
            running.cancel()
            try await running.joined
            #expect(cache["k"] == nil)
            #expect(!cache.fill(cache.begin("k"), 1))
            await cache.close()
        }
    }
}
