import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A semaphore", .tags(.server), .timeLimit(.minutes(2)))
struct SemaphoreTests {
    @Test("gives out as many permits as there are", arguments: RedisLeaseOptions.Order.allCases)
    func limit(order: RedisLeaseOptions.Order) async throws {
        try await withClient { server, client in
            let semaphore = try RedisSemaphore("s", limit: 2, on: client, RedisLeaseOptions(order: order))
            let first = try #require(try await semaphore.tryAcquire())
            let second = try #require(try await semaphore.tryAcquire())
            #expect(second.fence > first.fence)
            #expect(try await semaphore.tryAcquire() == nil)
            #expect(try await semaphore.permitsInUse() == 2)
            try await first.release()
            #expect(try await semaphore.permitsInUse() == 1)
            let third = try #require(try await semaphore.tryAcquire())
            try await second.release()
            try await third.release()
            #expect(try await semaphore.permitsInUse() == 0)
            #expect(try server.command("KEYS", "*") == "{s}:fence")
        }
    }

    @Test("never has more out than that, and serves all", arguments: RedisLeaseOptions.Order.allCases)
    func crowd(order: RedisLeaseOptions.Order) async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let state = Locked((inside: 0, most: 0, served: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    let client = number % 2 == 0 ? client : other
                    let semaphore = try RedisSemaphore("s", limit: 3, on: client, RedisLeaseOptions(order: order))
                    group.addTask {
                        try await semaphore.withPermit { _ in
                            state.withLock { state in
                                state.inside += 1
                                state.most = max(state.most, state.inside)
                                state.served += 1
                            }
                            await Task.yield()
                            state.withLock { $0.inside -= 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(state.withLock { $0.served } == 60)
            #expect(1...3 ~= state.withLock { $0.most })
            #expect(try server.command("KEYS", "*") == "{s}:fence")
            await other.close()
        }
    }

    @Test("renews permits, and takes those back that are not")
    func renewal() async throws {
        try await withClient { server, client in
            // A machine under load may stand still for a good part of that.
            let options = RedisLeaseOptions(timeToLive: .seconds(2))
            let semaphore = try RedisSemaphore("s", limit: 2, on: client, options)
            let kept = try await semaphore.acquire()
            try await semaphore.acquire().abandon()
            let first = kept.validUntil
            #expect(try await eventually { try await semaphore.permitsInUse() == 1 })
            #expect(try await eventually { kept.validUntil > first + .milliseconds(2200) })
            #expect(try await semaphore.permitsInUse() == 1)
            // Whoever waits gets the one that has ended.
            try await semaphore.acquire().abandon()
            let next = try await semaphore.acquire(timeout: .seconds(20))
            try await next.release()
            try await kept.release()
        }
    }

    @Test("tells a holder that its permit is gone")
    func loss() async throws {
        try await withClient { server, client in
            let semaphore = try RedisSemaphore("s", limit: 1, on: client)
            let error = await #expect(throws: RedisError.self) {
                try await semaphore.withPermit { lease in
                    try server.command("DEL", "s")
                    try await lease.renew()
                }
            }
            #expect(error?.code == .leaseLost)
        }
    }

    @Test("prolongs a permit in three ways, and gives it the same time again if its reply was lost")
    func scripts() async throws {
        try await withClient { server, client in
            func run(_ script: RedisScript, _ keys: [String], _ arguments: [any RedisBytesConvertible]) async throws
                -> RESPValue
            {
                try await client.run(script, keys: keys, arguments: arguments)
            }
            let take: [any RedisBytesConvertible] = ["a", 10_000, "{s}:released", 0, "0", "", 1]
            let keys = ["s", "{s}:fence"]
            let granted = try await run(.acquirePermit, keys, take)
            #expect(granted.elements?.first == .integer(1))
            #expect(try await run(.acquirePermit, keys, take) == granted)
            let denial = try await run(.acquirePermit, keys, ["b", 10_000, "{s}:released", 0, "0", "", 1])
            #expect(denial.elements?.first == .integer(0))
            #expect(5_000...10_000 ~= denial.elements?[1].integer ?? 0)
            #expect(denial.elements?[2] == .integer(0))
            func renew(_ token: String, _ time: Int, _ mode: String) async throws -> Int? {
                try await run(.renewPermit, ["s"], [token, time, "{s}:released", 0, mode]).integer
            }
            #expect(try await renew("b", 1000, "least") == 0)
            #expect(try await renew("a", 20_000, "least") == 20_000)
            #expect(try await (15_000...20_000).contains(renew("a", 1000, "least") ?? 0))
            #expect(try await (25_000...30_000).contains(renew("a", 10_000, "add") ?? 0))
            #expect(try await renew("a", 7000, "exactly") == 7000)
            #expect(try (1...7000).contains(server.timeToLive("s")))
            #expect(try await run(.releasePermit, ["s"], ["b", 1, "{s}:released", 0]) == .integer(0))
            #expect(try await run(.releasePermit, ["s"], ["a", 1, "{s}:released", 0]) == .integer(1))
            #expect(try await run(.releasePermit, ["s"], ["a", 1, "{s}:released", 0]) == .integer(0))
            try server.command("SET", "s", "x")
            let error = await #expect(throws: RedisError.self) { _ = try await run(.acquirePermit, keys, take) }
            #expect(error?.serverPrefix == "WRONGTYPE")
        }
    }

    @Test("is refused without a permit")
    func refused() throws {
        let client = try RedisClient("redis://127.0.0.1:1")
        let error = #expect(throws: RedisError.self) { try RedisSemaphore("s", limit: 0, on: client) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == #"the semaphore "s": limit is 0, and has to be 1 at least"#)
    }
}
