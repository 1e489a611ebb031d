import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A lock that replicas must have", .tags(.server), .timeLimit(.minutes(2)))
struct LockDurabilityTests {
    private static func options(within limit: Duration) -> RedisLeaseOptions {
        RedisLeaseOptions(durability: .replicas(1, within: limit))
    }

    @Test("counts when they have it, and is given back when they have not in time")
    func replicas() async throws {
        try await withClient { server, client in
            let arguments = ["--replicaof", "127.0.0.1 \(server.port)"]
            try await withRedisServer(RedisServerOptions(arguments: arguments)) { replica in
                #expect(try await eventually { try replica.command("INFO", "replication").contains("link_status:up") })
                let lock = try RedisLock("l", on: client, Self.options(within: .seconds(10)))
                let lease = try await lock.lock()
                #expect(try replica.command("GET", "l") == "\(lease.token)")
                try await lease.release()

                try replica.pause()
                let impatient = try RedisLock("l", on: client, Self.options(within: .milliseconds(500)))
                let error = await #expect(throws: RedisError.self) { try await impatient.lock() }
                #expect(error?.code == .timedOut)
                #expect(error?.message == #"the lock "l": 0 of 1 replicas had it after 0.5 s, so it was given back"#)
                #expect(try await eventually { try server.command("EXISTS", "l") == "0" })
                try replica.resume()
                try await lock.withLock { _ in }
            }
        }
    }

    @Test("is not had where there is none")
    func none() async throws {
        try await withClient { server, client in
            let options = Self.options(within: .milliseconds(500))
            let semaphore = try RedisSemaphore("s", limit: 1, on: client, options)
            let error = await #expect(throws: RedisError.self) { try await semaphore.acquire() }
            #expect(error?.code == .timedOut)
            #expect(try await eventually { try server.command("EXISTS", "s") == "0" })
        }
    }
}
