import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A cooldown", .tags(.server), .timeLimit(.minutes(2)))
struct CooldownTests {
    @Test("is granted once in its time, and says when the next one is")
    func once() async throws {
        try await withClient { server, client in
            let cooldown = RedisCooldown(on: client)
            guard case .granted = try await cooldown.acquire("smtp", for: .seconds(3)) else {
                Issue.record("not granted")
                return
            }
            guard case .denied(let retryAfter, let held) = try await cooldown.acquire("smtp", for: .seconds(1)) else {
                Issue.record("granted")
                return
            }
            #expect(retryAfter > .zero && retryAfter <= .seconds(3))
            #expect(held == ["smtp"])
            #expect(try server.command("KEYS", "*") == "rl-lock.smtp")
            let granted = try await eventually {
                if case .granted = try await cooldown.acquire("smtp", for: .seconds(1)) { return true }
                return false
            }
            #expect(granted)
        }
    }

    @Test("is of all resources or of none, and names those that are held")
    func several() async throws {
        try await withClient { server, client in
            let cooldown = RedisCooldown(on: client)
            _ = try await cooldown.acquire(["b"], for: .seconds(10))
            _ = try await cooldown.acquire(["d"], for: .seconds(20))
            guard case .denied(let time, let held) = try await cooldown.acquire(["a", "b", "c", "d"], for: .seconds(1))
            else {
                Issue.record("granted")
                return
            }
            #expect(held == ["b", "d"])
            #expect(time > .seconds(15) && time <= .seconds(20))
            #expect(try server.command("EXISTS", "rl-lock.a", "rl-lock.c") == "0")
            // A text is one resource, and not its letters.
            guard case .granted(let grant) = try await cooldown.acquire("abcd", for: .seconds(1)) else {
                Issue.record("not granted")
                return
            }
            #expect(grant.resources == ["abcd"])
        }
    }

    @Test("is granted without resources, and sends nothing")
    func none() async throws {
        try await withClient { server, client in
            guard case .granted(let grant) = try await RedisCooldown(on: client).acquire([String](), for: .seconds(1))
            else {
                Issue.record("not granted")
                return
            }
            try await RedisCooldown(on: client).release(grant)
            #expect(try server.scriptCalls() == 0)
        }
    }

    @Test("leaves no key without an end, and ends one that another library has left")
    func remnants() async throws {
        try await withClient { server, client in
            let cooldown = RedisCooldown(on: client)
            try server.command("SET", "rl-lock.old", "1700000000")
            let outcome = try await cooldown.acquire(["new", "old"], for: .microseconds(1500))
            guard case .denied(let time, let held) = outcome else {
                Issue.record("granted")
                return
            }
            #expect(time == .milliseconds(2))
            #expect(held == ["old"])
            #expect(try await eventually { try server.command("EXISTS", "rl-lock.old") == "0" })
            _ = try await cooldown.acquire(["new", "old"], for: .seconds(10))
            for key in ["rl-lock.new", "rl-lock.old"] { #expect(try server.timeToLive(key) > 0) }
        }
    }

    @Test("of overlapping sets is never granted to two")
    func overlapping() async throws {
        try await withClient { _, client in
            let cooldown = RedisCooldown(on: client)
            let granted = try await withThrowingTaskGroup(of: [String].self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let names = ["r\(number)", "r\((number + 1) % 20)", "r\((number + 7) % 20)"]
                        guard case .granted = try await cooldown.acquire(names, for: .seconds(60)) else { return [] }
                        return names
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(!granted.isEmpty)
            #expect(Set(granted).count == granted.count)
        }
    }

    @Test("is waited for, in time, or not at all")
    func wait() async throws {
        try await withClient { server, client in
            let cooldown = RedisCooldown(on: client)
            _ = try await cooldown.acquire("a", for: .milliseconds(200))
            let grant = try await cooldown.wait(for: ["a"], taking: .seconds(60))
            let before = try server.scriptCalls()
            let began = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) {
                try await cooldown.wait(for: ["a"], taking: .seconds(1), timeout: .seconds(30))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.message.hasPrefix(#"a cooldown of "a" lasts "#) == true)
            #expect(began.duration(to: .now) < .seconds(10))
            #expect(try server.scriptCalls() - before == 1)
            let task = Task { try await cooldown.wait(for: ["a"], taking: .seconds(1)) }
            task.cancel()
            let cancelled = await #expect(throws: RedisError.self) { _ = try await task.joined }
            #expect(cancelled?.code == .cancelled)
            try await cooldown.release(grant)
            #expect(try server.command("EXISTS", "rl-lock.a") == "0")
        }
    }

    @Test("that is somebody else's by now is not ended")
    func release() async throws {
        try await withClient { server, client in
            let cooldown = RedisCooldown(on: client)
            guard case .granted(let grant) = try await cooldown.acquire("a", for: .seconds(10)) else {
                Issue.record("not granted")
                return
            }
            try server.command("DEL", "rl-lock.a")
            _ = try await cooldown.acquire("a", for: .seconds(10))
            try await cooldown.release(grant)
            #expect(try server.command("EXISTS", "rl-lock.a") == "1")
        }
    }

    @Test("of a time that cannot work is refused", arguments: [Duration.zero, .seconds(-1), .seconds(Int64.max)])
    func refused(time: Duration) async throws {
        let client = try RedisClient("redis://127.0.0.1:1")
        let error = await #expect(throws: RedisError.self) {
            _ = try await RedisCooldown(on: client).acquire("a", for: time)
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
