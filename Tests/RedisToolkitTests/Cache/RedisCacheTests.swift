import RedisReactor
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A cache", .tags(.server), .timeLimit(.minutes(2)))
struct RedisCacheTests {
    private struct Failure: Error {}

    @Test("computes once, keeps at the server and in the process, and forgets after its time")
    func levels() async throws {
        try await withCaches(2) { caches, server in
            let computed = Counter()
            let regions = try caches.map { try $0.region("user", key: Int.self, value: String.self) }
            for _ in 0..<3 {
                #expect(
                    try await regions[0].value(for: 7, timeToLive: .milliseconds(90_000)) {
                        "v\($0).\(computed.next())"
                    } == "v7.1"
                )
            }
            // The news of the value that was stored may come behind a read of it, and ends what that has kept.
            #expect(try await eventually { try await regions[0].value(for: 7) == "v7.1" && regions[0][7] == "v7.1" })
            #expect(try await regions[1].value(for: 7) { _ in throw Failure() } == "v7.1")
            #expect(try await eventually { try await regions[1].value(for: 7) == "v7.1" && regions[1][7] == "v7.1" })
            #expect(try await regions[1].value(for: 8) == nil)
            // Five per cent of jitter.
            let left = try #require(Int(try server.command("PTTL", "app:user:7")))
            #expect((80_000...94_600).contains(left))
            #expect(caches[0].statistics.computed == 1)
            #expect(caches[0].statistics.near.hits >= 1)
            #expect(caches[1].statistics.sharedHits >= 1)
            #expect(caches[1].statistics.near.count == 1)

            #expect(try await regions[0].value(for: 9, timeToLive: .milliseconds(30)) { _ in "short" } == "short")
            #expect(try await eventually { try await regions[0].value(for: 9) == nil })
            #expect(try await eventually { try await regions[1].value(for: 9) == nil })
            #expect(try server.command("EXISTS", "app:user:9") == "0")
        }
    }

    @Test("computes once for many tasks of several clients, who wait without asking")
    func stampede() async throws {
        try await withCaches(4) { caches, server in
            let computed = Counter()
            let gate = Barrier()
            let regions = try caches.map { try $0.region("cold", key: String.self, value: Int.self) }
            let callers = Task {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for index in 0..<400 {
                        group.addTask {
                            try await regions[index % 4].value(for: "k") { _ in
                                try await gate.passed()
                                return computed.next()
                            }
                        }
                    }
                    return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
                }
            }
            #expect(try await eventually { caches.reduce(0) { $0 + $1.statistics.waits } == 3 })
            gate.open()
            #expect(try await callers.joined == [1])
            #expect(computed.count == 1)
            #expect(caches.map(\.statistics.computed).reduce(0, +) == 1)
            #expect(try server.command("EXISTS", "{app:cold:k}:fill") == "0")
        }
    }

    @Test("gives an error to all that wait, keeps nothing of it, and lets the next one compute")
    func errors() async throws {
        try await withCaches(1) { caches, server in
            let region = try caches[0].region("user", key: Int.self, value: Int.self)
            let gate = Barrier()
            let begun = Counter()
            let callers = (0..<10).map { _ in
                Task {
                    _ = begun.next()
                    return try await region.value(for: 1) { _ in
                        try await gate.passed()
                        throw Failure()
                    }
                }
            }
            #expect(try await eventually { begun.count == 10 })
            #expect(try await eventually { try server.command("EXISTS", "{app:user:1}:fill") == "1" })
            gate.open()
            for caller in callers { await #expect(throws: Failure.self) { try await caller.joined } }
            #expect(try server.command("EXISTS", "app:user:1", "{app:user:1}:fill") == "0")
            #expect(try await region.value(for: 1) { $0 + 1 } == 2)
            #expect(caches[0].statistics.failedComputations == 1)
        }
    }

    @Test("goes on with another one when the one that computes has failed, or its process has died")
    func promotion() async throws {
        try await withCaches(2) { caches, server in
            let regions = try caches.map {
                try $0.region(
                    "user",
                    key: Int.self,
                    value: String.self,
                    policy: RedisCachePolicy(leaseOfCompute: .seconds(10))
                )
            }
            let gate = Barrier()
            let failing = Task {
                try await regions[0].value(for: 1) { _ in
                    try await gate.passed()
                    throw Failure()
                }
            }
            #expect(try await eventually { try server.command("EXISTS", "{app:user:1}:fill") == "1" })
            let following = Task { try await regions[1].value(for: 1) { _ in "second" } }
            #expect(try await eventually { caches[1].statistics.waits == 1 })
            gate.open()
            #expect(try await following.joined == "second")
            await #expect(throws: Failure.self) { try await failing.joined }

            // A process that has died leaves its lease, which ends.
            try server.command("SET", "{app:user:2}:fill", "token of the dead", "PX", "300")
            #expect(try await regions[0].value(for: 2) { _ in "heir" } == "heir")
            #expect(try server.command("EXISTS", "app:user:2") == "1")
        }
    }

    @Test("computes without storing when another one takes longer than there is patience")
    func patience() async throws {
        try await withCaches(1) { caches, server in
            let policy = RedisCachePolicy(patience: .milliseconds(50))
            let region = try caches[0].region("user", key: Int.self, value: String.self, policy: policy)
            try server.command("SET", "{app:user:1}:fill", "token of a slow one")
            #expect(try await region.value(for: 1) { _ in "mine" } == "mine")
            #expect(try server.command("EXISTS", "app:user:1") == "0")
            #expect(try server.command("GET", "{app:user:1}:fill") == "token of a slow one")
            #expect(caches[0].statistics.notStored == 1)
        }
    }

    @Test("does not store what was computed while its key was set, removed, or removed by a tag")
    func overtaken() async throws {
        try await withCaches(2) { caches, server in
            let regions = try caches.map { try $0.region("user", key: Int.self, value: String.self) }
            let changes: [@Sendable (Int) async throws -> Void] = [
                { try await regions[1].set("new", for: $0) }, { try await regions[1].remove($0) },
                { _ in try await caches[1].remove(.tag("team")) },
                { try await caches[0].remove(RedisCacheKey("user", $0)) },
            ]
            for (key, change) in changes.enumerated() {
                let gate = Barrier()
                let computing = Task {
                    try await regions[0].value(for: key, tags: ["team"]) { _ in
                        try await gate.passed()
                        return "old"
                    }
                }
                #expect(try await eventually { try server.command("EXISTS", "{app:user:\(key)}:fill") == "1" })
                // Its own place in the set of the tag: that of another key is there since the first round.
                #expect(
                    try await eventually {
                        try server.command("ZSCORE", "app#tag:team", "app:user:\(key)") != "(nil)"
                    }
                )
                try await change(key)
                gate.open()
                #expect(try await computing.joined == "old", "those who asked before get it")
                let now = try await regions[0].value(for: key) { _ in "computed anew" }
                #expect(now == (key == 0 ? "new" : "computed anew"))
                #expect(try await regions[1].value(for: key) == now)
            }
        }
    }

    @Test("removes by a tag also what is stored while another removal by the tag is under way")
    func removedTwice() async throws {
        try await withCaches(2, near: nil) { caches, server in
            let region = try caches[1].region("user", key: Int.self, value: String.self)
            for round in 0..<300 {
                try await region.set("old", for: 1, tags: ["team"])
                async let removed: Void = caches[0].remove(.tag("team"))
                async let stored = region.value(for: 1, tags: ["team"]) { _ in "computed in \(round)" }
                _ = try await (removed, stored)
                try await caches[0].remove(.tag("team"))
                #expect(try server.command("EXISTS", "app:user:1") == "0", "round \(round)")
            }
        }
    }

    @Test("removes by a tag whatever times somebody else has written into the tag's set")
    func strangeTimes() async throws {
        try await withCaches(1, near: nil) { caches, server in
            let region = try caches[0].region("user", key: Int.self, value: String.self)
            try await region.set("v", for: 1, tags: ["team"])
            for (index, score) in ["inf", "1e300", "2000000000000000.5"].enumerated() {
                try server.command("ZADD", "app#tag:team", score, "app:user:\(index + 2)")
                try server.command("SET", "app:user:\(index + 2)", "v")
            }
            try await caches[0].remove(.tag("team"))
            #expect(try server.command("KEYS", "app*") == "")
        }
    }

    @Test("has what was set, in this process at once and in others as soon as they are told")
    func writes() async throws {
        try await withCaches(2) { caches, server in
            let regions = try caches.map { try $0.region("user", key: Int.self, value: Int.self) }
            try await regions[0].set(0, for: 1)
            for number in 1...50 {
                for region in regions {
                    #expect(try await region.value(for: 1) == number - 1)
                    #expect(try await eventually { try await region.value(for: 1) == number - 1 && region[1] != nil })
                }
                try await regions[0].set(number, for: 1)
                #expect([nil, number].contains(regions[0][1]))
                #expect(try await regions[0].value(for: 1) == number)
                #expect(try await eventually { regions[1][1] != number - 1 })
            }
            try await regions[1].remove(1)
            #expect(regions[1][1] == nil)
            #expect(try await regions[1].value(for: 1) == nil)
            #expect(try await eventually { regions[0][1] == nil })
            #expect(try server.command("EXISTS", "app:user:1") == "0")
            try server.command("FLUSHALL")
            #expect(try await eventually { caches[0].statistics.near.count == 0 })
        }
    }

    @Test("serves a stale value while one caller computes it anew, in one process of all")
    func stale() async throws {
        try await withCaches(2) { caches, server in
            let policy = RedisCachePolicy(
                timeToLive: .milliseconds(50),
                staleFor: .seconds(600),
                eagerness: 0
            )
            let regions = try caches.map { try $0.region("user", key: Int.self, value: Int.self, policy: policy) }
            let computed = Counter()
            let gate = Barrier()
            #expect(try await regions[0].value(for: 1) { _ in computed.next() } == 1)
            #expect(try await eventually { try await regions[0].value(for: 1) == 1 && regions[0][1] == nil })
            for _ in 0..<20 {
                for region in regions {
                    let value = try await region.value(for: 1) { _ in
                        try await gate.passed()
                        return computed.next()
                    }
                    #expect(value == 1)
                }
            }
            #expect(try await eventually { caches.map(\.statistics.refreshes).reduce(0, +) == 1 })
            gate.open()
            #expect(try await eventually { try await regions[1].value(for: 1) == 2 })
            #expect(computed.count == 2)
            #expect(try server.command("EXISTS", "{app:user:1}:fill") == "0")
        }
    }

    @Test("computes a value anew before it is stale, from the process too")
    func early() async throws {
        try await withCaches(1) { caches, server in
            // A computation of 50 ms and this eagerness are more than the time to live.
            let policy = RedisCachePolicy(timeToLive: .seconds(2), eagerness: 1000)
            let region = try caches[0].region("user", key: Int.self, value: Int.self, policy: policy)
            let computed = Counter()
            let slow: @Sendable (Int) async throws -> Int = { _ in
                let began = ContinuousClock.now
                _ = try await eventually { began.duration(to: .now) > .milliseconds(50) }
                return computed.next()
            }
            #expect(try await region.value(for: 1, slow) == 1)
            #expect(try await eventually { try await region.value(for: 1, slow) >= 3 })
            #expect(caches[0].statistics.refreshes >= 2)
        }
    }

    @Test("keeps nil where values are optional, for a time of its own")
    func optional() async throws {
        try await withCaches(1) { caches, server in
            let policy = RedisCachePolicy(timeToLiveOfNil: .seconds(90), jitter: 0)
            let region = try caches[0].region("maybe", key: Int.self, value: String?.self, policy: policy)
            let computed = Counter()
            for _ in 0..<3 {
                #expect(
                    try await region.value(for: 1) { _ in
                        _ = computed.next()
                        return nil
                    } == nil
                )
            }
            #expect(computed.count == 1)
            #expect(try await region.value(for: 1) == .some(nil))
            #expect(try await region.value(for: 2) == nil)
            #expect((80_000...90_000).contains(try #require(Int(try server.command("PTTL", "app:maybe:1")))))
            try await region.set("there", for: 1)
            #expect(try await region.value(for: 1) == "there")
        }
    }

    @Test("takes what is not its own for missing, and replaces it")
    func foreign() async throws {
        try await withCaches(1) { caches, server in
            let region = try caches[0].region("user", key: Int.self, value: [Int].self)
            for bytes in ["", "text", "\u{0}\u{1}", "{}", "[1,2]"] {
                try server.command("SET", "app:user:1", bytes)
                #expect(try await region.value(for: 1) == nil)
                #expect(try await region.value(for: 1) { [$0] } == [1])
                #expect(try await region.value(for: 1) == [1])
                try await region.remove(1)
            }
            #expect(caches[0].statistics.unreadable == 10)
            // A key of another type is an error of the server.
            try server.command("LPUSH", "app:user:1", "a")
            let strict = try caches[0].region(
                "user",
                key: Int.self,
                value: [Int].self,
                policy: RedisCachePolicy(onFailure: .fail)
            )
            let error = await #expect(throws: RedisError.self) { try await strict.value(for: 1) { [$0] } }
            #expect(error?.serverPrefix == "WRONGTYPE")
            #expect(try await region.value(for: 1) { [$0] } == [1])
        }
    }

    @Test("shares raw values with any program")
    func raw() async throws {
        try await withCaches(1) { caches, server in
            let region = try caches[0].region("count", key: String.self, value: Int.self, format: .raw)
            try server.command("SET", "app:count:k", "41", "EX", "600")
            #expect(try await region.value(for: "k") == 41)
            #expect(try await eventually { try await region.value(for: "k") == 41 && region["k"] == 41 })
            try server.command("INCR", "app:count:k")
            #expect(try await eventually { try await region.value(for: "k") == 42 })
            try await region.set(7, for: "k", timeToLive: .seconds(60))
            #expect(try server.command("GET", "app:count:k") == "7")
        }
    }

    @Test("refuses names, policies and types that cannot work")
    func refused() async throws {
        try await withCaches(1) { caches, server in
            let cache = caches[0]
            for name in ["", "a:b"] {
                #expect(throws: RedisError.self) { try cache.region(name, key: Int.self, value: Int.self) }
            }
            _ = try cache.region("a", key: Int.self, value: Int.self)
            _ = try cache.region("a", key: Int.self, value: Int.self)
            #expect(throws: RedisError.self) { try cache.region("a", key: Int.self, value: String.self) }
            #expect(throws: RedisError.self) { try RedisCache(cache.client, namespace: "") }
            for policy in [
                RedisCachePolicy(timeToLive: .zero), RedisCachePolicy(staleFor: .seconds(-1)),
                RedisCachePolicy(timeToLiveOfNil: .zero), RedisCachePolicy(jitter: 0.6),
                RedisCachePolicy(jitter: .nan), RedisCachePolicy(eagerness: -1), RedisCachePolicy(patience: .zero),
                RedisCachePolicy(nearTimeToLive: .zero), RedisCachePolicy(leaseOfCompute: .milliseconds(99)),
            ] {
                let error = #expect(throws: RedisError.self) {
                    try cache.region("b", key: Int.self, value: Int.self, policy: policy)
                }
                #expect(error?.code == .invalidConfiguration)
            }
            let region = try cache.region("double", key: Double.self, value: Int.self)
            let error = await #expect(throws: RedisError.self) { try await region.value(for: .nan) { _ in 1 } }
            #expect(error?.code == .codingFailed)
            let ttl = await #expect(throws: RedisError.self) {
                try await region.value(for: 1, timeToLive: .zero) { _ in 1 }
            }
            #expect(ttl?.code == .invalidCommand)
            let tagged = await #expect(throws: RedisError.self) {
                try await cache.remove(RedisCacheKey("d", Double.nan))
            }
            #expect(tagged?.code == .codingFailed)
        }
    }

    @Test("keeps canonically equal texts apart, as the server does")
    func unicode() async throws {
        try await withCaches(1) { caches, server in
            let region = try caches[0].region("text", key: String.self, value: Int.self)
            let (composed, decomposed) = ("\u{e9}%s{}", "e\u{301}%s{}")
            #expect(try await region.value(for: composed) { _ in 1 } == 1)
            #expect(try await region.value(for: decomposed) { _ in 2 } == 2)
            for _ in 0..<3 {
                #expect(try await region.value(for: composed) == 1)
                #expect(try await region.value(for: decomposed) == 2)
            }
        }
    }

    @Test("ends a computation when nobody waits for it, and goes on while somebody does")
    func cancellation() async throws {
        try await withCaches(1) { caches, server in
            let region = try caches[0].region("user", key: Int.self, value: Int.self)
            let gate = Barrier()
            let computing = Counter(), wasCancelled = Counter()
            let compute: @Sendable (Int) async throws -> Int = { key in
                _ = computing.next()
                do { try await gate.passed() } catch {
                    _ = wasCancelled.next()
                    throw error
                }
                return key
            }
            let first = Task { try await region.value(for: 1, compute) }
            #expect(try await eventually { computing.count == 1 })
            #expect(try server.command("EXISTS", "{app:user:1}:fill") == "1")
            let begun = Counter()
            let second = Task {
                _ = begun.next()
                return try await region.value(for: 1, compute)
            }
            let alone = Task { try await region.value(for: 2, compute) }
            // Before it has begun, a cancelled load ends without calling anything.
            #expect(try await eventually { computing.count == 2 && begun.count == 1 })
            #expect(try server.command("EXISTS", "{app:user:2}:fill") == "1")
            first.cancel()
            alone.cancel()
            let error = await #expect(throws: RedisError.self) { try await first.joined }
            #expect(error?.code == .cancelled)
            _ = await alone.joinedResult
            // The second may not have joined the first before that was cancelled, and computes for itself then.
            #expect(try await eventually { 1...2 ~= wasCancelled.count })
            #expect(try await eventually { try server.command("EXISTS", "{app:user:2}:fill") == "0" })
            gate.open()
            #expect(try await second.joined == 1)
            #expect(try server.command("EXISTS", "app:user:1") == "1")
        }
    }
}

/// Counts from 1.
final class Counter: Sendable {
    private let number = Locked(0)

    var count: Int { number.withLock { $0 } }

    func next() -> Int {
        number.withLock { number in
            number += 1
            return number
        }
    }
}

/// Opens for all that wait.
final class Barrier: Sendable {
    private let isOpen = Locked(false)

    func open() { isOpen.withLock { $0 = true } }

    func passed() async throws {
        while !isOpen.withLock({ $0 }) { _ = try await eventually(within: .seconds(1)) { isOpen.withLock { $0 } } }
    }
}

/// Runs `body` with caches of as many clients of one server, as so many processes would have them, when they keep
/// values.
func withCaches(
    _ count: Int,
    policy: RedisCachePolicy = RedisCachePolicy(),
    near: RedisCache.NearOptions? = RedisCache.NearOptions(),
    _ body: ([RedisCache], RedisServer) async throws -> Void
) async throws {
    try await withRedisServer { server in
        var caches: [RedisCache] = []
        for _ in 0..<count {
            let client = try RedisClient(server.configuration())
            caches.append(try RedisCache(client, namespace: "app", policy: policy, near: near))
        }
        if near != nil { #expect(try await eventually { caches.allSatisfy(\.statistics.isTracking) }) }
        try await body(caches, server)
        for cache in caches {
            await cache.close()
            await cache.client.close()
        }
    }
}
