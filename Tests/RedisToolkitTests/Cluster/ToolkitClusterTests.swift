import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("The toolkit on a cluster", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct ToolkitClusterTests {
    @Test("keeps everything of a name in its slot, wakes by shard channels, and lives through a failover")
    func locks() async throws {
        try await withRedisCluster { cluster in
            let client = try RedisClient(try RedisConfiguration(url: cluster.url))
            let other = try RedisClient(try RedisConfiguration(url: cluster.url))
            for name in ["orders", "{shop}orders", "a}b"] {
                try await exclude(RedisLock(name, on: client), RedisLock(name, on: other), seenBy: client)
                try await exclude(
                    RedisLock(name + "-fair", on: client, RedisLeaseOptions(order: .fair)),
                    RedisLock(name + "-fair", on: other, RedisLeaseOptions(order: .fair)),
                    seenBy: client
                )
                try await exclude(
                    RedisReadWriteLock(name + "-rw", on: client).writing,
                    RedisReadWriteLock(name + "-rw", on: other).reading,
                    seenBy: client
                )
                let semaphore = try RedisSemaphore(name + "-permits", limit: 1, on: client)
                let count = try await semaphore.withPermit { _ in try await semaphore.permitsInUse() }
                #expect(count == 1)
            }
            try await missMessage(cluster, client, other)
            try await fetch(client, other)
            try await limit(client)
            try await failOver(cluster, client, other)
            await client.close()
            await other.close()
        }
    }

    /// One has it, the other one waits and is woken.
    private func exclude(_ first: RedisLock, _ second: RedisLock, seenBy watcher: RedisClient) async throws {
        let lease = try await first.lock()
        #expect(try await second.tryLock() == nil)
        let waiting = Task { try await second.lock() }
        let channel = second.name.helper("released")
        #expect(
            try await eventually {
                try await watcher.pubsubShardChannels().contains(channel)
            }
        )
        let began = ContinuousClock.now
        try await lease.release()
        let next = try await waiting.joined
        #expect(began.duration(to: .now) < .seconds(10))
        #expect(next.fence > lease.fence)
        try await next.release()
    }

    /// The lock is given back while the subscription link is down.
    private func missMessage(_ cluster: RedisCluster, _ client: RedisClient, _ other: RedisClient) async throws {
        let lock = try RedisLock("orders", on: client)
        let lease = try await lock.lock()
        let waiting = Task { try await RedisLock("orders", on: other).lock() }
        let channel = lock.name.helper("released")
        #expect(try await eventually { try await client.pubsubShardChannels().contains(channel) })
        // It has looked after the subscription, and sleeps.
        let node = try cluster.primary(of: "orders")
        var last = ""
        let isQuiet = try await eventually {
            let calls = try node.command("INFO", "commandstats").split(separator: "\r\n")
                .first { $0.hasPrefix("cmdstat_evalsha:") }.map { String($0.prefix { $0 != "," }) }
            defer { last = calls ?? "" }
            return calls == last
        }
        #expect(isQuiet)
        let began = ContinuousClock.now
        try node.command("CLIENT", "KILL", "TYPE", "pubsub")
        try await lease.release()
        try await waiting.joined.release()
        #expect(began.duration(to: .now) < .seconds(10))
    }

    private func fetch(_ client: RedisClient, _ other: RedisClient) async throws {
        let gate = Gate()
        let leading = Gate()
        let leader = Task {
            try await client.withFetchLock("weather") { _ in
                leading.open()
                try await gate.pass()
            }
        }
        try await leading.pass()
        let following = Task {
            try await other.withFetchLock("weather") { role in
                guard case .follower(let follower) = role else { return false }
                guard case .fetched = try await follower.wait(timeout: .seconds(20)) else { return false }
                return true
            }
        }
        #expect(
            try await eventually {
                let key = ReleaseWatch.LineKey(kind: "fetch lock", name: "weather")
                return other.attachment(ReleaseWatch.self).waiterCount(key) == 1
            }
        )
        gate.open()
        try await leader.joined
        #expect(try await following.joined)
    }

    private func limit(_ client: RedisClient) async throws {
        // Resources of all slots are taken in one step.
        let cooldown = RedisCooldown(on: client)
        let names = (0..<20).map { "host\($0)" }
        guard case .granted(let grant) = try await cooldown.acquire(names, for: .seconds(60)) else {
            Issue.record("not granted")
            return
        }
        guard case .denied(_, let held) = try await cooldown.acquire(["new", "host7"], for: .seconds(1)) else {
            Issue.record("granted")
            return
        }
        #expect(held == ["host7"])
        try await cooldown.release(grant)
        let limiter = try RateLimiter("api", [RateLimit(1, per: .seconds(60), burst: 2)], on: client)
        for subject in ["anna", "bert", "{x}carl"] {
            for left in [1, 0] {
                guard case .allowed(let remaining, _) = try await limiter.attempt(subject) else {
                    Issue.record("denied")
                    return
                }
                #expect(remaining == left)
            }
            guard case .denied = try await limiter.attempt(subject) else {
                Issue.record("allowed")
                return
            }
        }
    }

    private func failOver(_ cluster: RedisCluster, _ client: RedisClient, _ other: RedisClient) async throws {
        let first = try RedisLock("orders", on: client)
        let lease = try await first.lock()
        let waiting = Task { try await RedisLock("orders", on: other).lock() }
        let channel = first.name.helper("released")
        #expect(try await eventually { try await client.pubsubShardChannels().contains(channel) })
        try await cluster.perform { cluster in
            let slot = HashSlot.slot(of: RedisBytes("orders"))
            let primary = try cluster.primary(ofSlot: slot)
            guard let replica = try cluster.replicas(of: primary).first else { return }
            try cluster.failOver(to: replica)
        }
        #expect(lease.isValid)
        try await lease.release()
        let next = try await waiting.joined
        #expect(next.fence > lease.fence)
        try await next.release()
    }
}
