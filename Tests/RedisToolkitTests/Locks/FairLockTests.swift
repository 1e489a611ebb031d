import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A fair lock", .tags(.server), .timeLimit(.minutes(2)))
struct FairLockTests {
    private static let fair = RedisLeaseOptions(order: .fair)

    /// How many stand in the queue at the server.
    private func queued(_ server: RedisServer) throws -> Int { Int(try server.command("ZCARD", "{l}:queue")) ?? -1 }

    @Test("serves processes in the order in which they came")
    func order() async throws {
        try await withClient { server, client in
            let lease = try await RedisLock("l", on: client, Self.fair).lock()
            let served = Collector<Int>()
            var clients: [RedisClient] = []
            var tasks: [Task<Void, any Error>] = []
            for number in 0..<5 {
                let other = try RedisClient(try server.configuration())
                clients.append(other)
                let lock = try RedisLock("l", on: other, Self.fair)
                tasks.append(
                    Task {
                        try await lock.withLock { _ in served.add(number) }
                    }
                )
                #expect(try await eventually { try queued(server) == number + 1 })
            }
            // Nobody overtakes them.
            #expect(try await RedisLock("l", on: client, Self.fair).tryLock() == nil)
            try await lease.release()
            for task in tasks { try await task.joined }
            #expect(served.all == [0, 1, 2, 3, 4])
            #expect(try queued(server) == 0)
            #expect(try server.command("KEYS", "*") == "{l}:fence")
            for other in clients { await other.close() }
        }
    }

    @Test("forgets who gives up")
    func givesUp() async throws {
        try await withClient { server, client in
            let lease = try await RedisLock("l", on: client, Self.fair).lock()
            let other = try RedisClient(try server.configuration())
            let lock = try RedisLock("l", on: other, Self.fair)
            let error = await #expect(throws: RedisError.self) { try await lock.lock(timeout: .milliseconds(100)) }
            #expect(error?.code == .timedOut)
            #expect(try await eventually { try queued(server) == 0 })
            let task = Task { try await lock.lock() }
            #expect(try await eventually { try queued(server) == 1 })
            task.cancel()
            await #expect(throws: RedisError.self) { _ = try await task.joined }
            #expect(try await eventually { try queued(server) == 0 })
            try await lease.release()
            await other.close()
        }
    }

    @Test("passes over a process that has died while it waited", .tags(.slow))
    func deadWaiter() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client, Self.fair)
            let lease = try await lock.lock()
            try server.command("ZADD", "{l}:queue", "1", "dead")
            let task = Task { try await lock.lock() }
            #expect(try await eventually { try queued(server) == 2 })
            let began = ContinuousClock.now
            try await lease.release()
            try await task.joined.release()
            // Its turn lasts five seconds.
            #expect(4_900...15_000 ~= Int(began.duration(to: .now) / .milliseconds(1)))
            #expect(try queued(server) == 0)
        }
    }
}
