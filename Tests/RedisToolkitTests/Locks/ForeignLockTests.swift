import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

/// What redis-py's `Lock` sends: https://github.com/redis/redis-py/blob/master/redis/lock.py
private struct OtherLibrary {
    let server: RedisServer
    let token: String

    func acquire(milliseconds: Int?) throws -> Bool {
        let limit = milliseconds.map { ["PX", "\($0)"] } ?? []
        return try server.command((["SET", "l", token, "NX"] + limit).map { Array($0.utf8) }) == "OK"
    }

    func release() throws -> Bool {
        let script = """
            local token = redis.call('get', KEYS[1])
            if not token or token ~= ARGV[1] then return 0 end
            redis.call('del', KEYS[1])
            return 1
            """
        return try server.command("EVAL", script, "1", "l", token) == "1"
    }
}

@Suite("A lock of another library", .tags(.server), .timeLimit(.minutes(2)))
struct ForeignLockTests {
    @Test("with the same key excludes this one, and is excluded by it")
    func exclusion() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let other = OtherLibrary(server: server, token: "6e2a2b0c7f7711ee9ab40242ac120002")
            #expect(try other.acquire(milliseconds: 10_000))
            #expect(try await lock.tryLock() == nil)
            #expect(try await lock.isLocked())
            #expect(try other.release())
            let lease = try #require(try await lock.tryLock())
            #expect(try !other.acquire(milliseconds: 10_000))
            // It sees a token that is not its own.
            #expect(try !other.release())
            #expect(lease.isValid)
            try await lease.release()
            #expect(try other.acquire(milliseconds: nil))
        }
    }

    @Test("does not say when it is given back: within a second that is noticed")
    func silentRelease() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            let other = OtherLibrary(server: server, token: "x")
            #expect(try other.acquire(milliseconds: nil))
            let task = Task { try await lock.lock() }
            #expect(try await eventually { try server.subscribers(of: "{l}:released") == 1 })
            #expect(try other.release())
            let began = ContinuousClock.now
            try await task.joined.release()
            #expect(began.duration(to: .now) < .seconds(10))
        }
    }

    @Test("is waited for until its time is over")
    func expiry() async throws {
        try await withClient { server, client in
            let lock = try RedisLock("l", on: client)
            #expect(try OtherLibrary(server: server, token: "x").acquire(milliseconds: 300))
            let began = ContinuousClock.now
            try await lock.lock().release()
            #expect(began.duration(to: .now) < .seconds(10))
        }
    }
}
