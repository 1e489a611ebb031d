import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A rate limiter", .tags(.server), .timeLimit(.minutes(2)))
struct RateLimiterTests {
    /// One each minute, so that time does not matter in a test.
    private func slow(_ burst: Int, on client: RedisClient) throws -> RateLimiter {
        try RateLimiter("api", [RateLimit(1, per: .seconds(60), burst: burst)], on: client)
    }

    /// Whether a decision allows, and how much is left then.
    private func remaining(_ decision: RateLimiter.Decision) -> Int? {
        if case .allowed(let remaining, _) = decision { return remaining }
        return nil
    }

    private func retryAfter(_ decision: RateLimiter.Decision) -> Duration? {
        if case .denied(let retryAfter) = decision { return retryAfter }
        return nil
    }

    @Test("allows a burst, and says what is left and when all is there again")
    func burst() async throws {
        try await withClient { server, client in
            let limiter = try slow(3, on: client)
            for left in [2, 1, 0] {
                let decision = try await limiter.attempt("anna")
                #expect(remaining(decision) == left)
                guard case .allowed(_, let resetAfter) = decision else { return }
                let whole = Duration.seconds(60 * (3 - left))
                #expect(resetAfter <= whole && resetAfter > whole - .seconds(10))
            }
            let wait = try #require(retryAfter(try await limiter.attempt("anna")))
            #expect(wait <= .seconds(60) && wait > .seconds(50))
            // Each subject has its own.
            #expect(remaining(try await limiter.attempt("bert")) == 2)
            #expect(try server.command("KEYS", "*").split(separator: "\n").sorted() == ["api:anna", "api:bert"])
            #expect(try (170_000...180_002).contains(server.timeToLive("api:anna")))
        }
    }

    @Test("remembers a denial until it can change, and asks nobody")
    func remembered() async throws {
        try await withClient { server, client in
            let limiter = try slow(2, on: client)
            for _ in 0..<2 { _ = try await limiter.attempt("anna") }
            let before = try server.scriptCalls()
            let count = isSoak ? 1_000_000 : 10_000
            for _ in 0..<count {
                if retryAfter(try await limiter.attempt("anna")) == nil { Issue.record("allowed") }
            }
            #expect(try server.scriptCalls() == before)
            try await limiter.reset("anna")
            #expect(remaining(try await limiter.attempt("anna")) == 1)
        }
    }

    @Test("never allows a cost above the burst, and refuses one that is none, without a request")
    func never() async throws {
        let limiter = try slow(3, on: try RedisClient("redis://127.0.0.1:1"))
        #expect(try await limiter.attempt("anna", cost: 4) == .never)
        #expect(try await limiter.peek("anna", cost: 4) == .never)
        let above = await #expect(throws: RedisError.self) { try await limiter.wait(for: "anna", cost: 4) }
        #expect(above?.code == .limitExceeded)
        for cost in [0, -1] {
            let error = await #expect(throws: RedisError.self) { _ = try await limiter.attempt("anna", cost: cost) }
            #expect(error?.code == .invalidCommand)
        }
    }

    @Test("takes nothing for what it denies, nor for a look")
    func denied() async throws {
        try await withClient { server, client in
            let limiter = try slow(3, on: client)
            #expect(remaining(try await limiter.peek("anna")) == 2)
            #expect(try server.command("EXISTS", "api:anna") == "0")
            #expect(remaining(try await limiter.attempt("anna", cost: 2)) == 1)
            let value = try server.command("GET", "api:anna")
            let wait = try #require(retryAfter(try await limiter.attempt("anna", cost: 2)))
            #expect(wait <= .seconds(60) && wait > .seconds(50))
            #expect(retryAfter(try await limiter.peek("anna", cost: 2)) != nil)
            #expect(try server.command("GET", "api:anna") == value)
            #expect(remaining(try await limiter.attempt("anna")) == 0)
        }
    }

    @Test("gives a turn that was cancelled to nobody while later ones are reserved, and the last one to the next")
    func cancelledTurn() async throws {
        try await withClient { server, client in
            let limiter = try RateLimiter("api", [RateLimit(1, per: .seconds(100))], on: client)
            try await limiter.wait(for: "anna")
            /// How many turns are reserved, whole or in part.
            func reserved() async throws -> Int {
                guard case .denied(let wait) = try await limiter.peek("anna") else { return 0 }
                return Int((wait / .seconds(100)).rounded(.up))
            }
            var waiting: [Task<Void, any Error>] = []
            for count in 2...4 {
                waiting.append(Task { try await limiter.wait(for: "anna") })
                #expect(try await eventually { try await reserved() == count })
            }
            func cancel(_ index: Int) async throws {
                // Each run of a script reads the key. A digest that the server does not know yet runs nothing.
                let before = try server.calls(of: "get")
                waiting[index].cancel()
                _ = try? await waiting[index].joined
                #expect(try await eventually { try server.calls(of: "get") > before })
            }
            // The second and the third turn stay where they are.
            try await cancel(0)
            #expect(try await reserved() == 4)
            // Nobody has built upon the third.
            try await cancel(2)
            #expect(try await reserved() == 3)
            try await cancel(1)
            #expect(try await reserved() == 2)
            // What was forgotten is not given back.
            waiting.append(Task { try await limiter.wait(for: "anna") })
            #expect(try await eventually { try await reserved() == 3 })
            try await limiter.reset("anna")
            try await limiter.wait(for: "anna")
            try await cancel(3)
            #expect(try await reserved() == 1)
        }
    }

    @Test("has the exact rate, also where its parts are no whole microseconds")
    func script() async throws {
        try await withClient { server, client in
            // Three in a hundred seconds, so that time does not matter, and at most four at once. The clock is the
            // server's, so all is told relative to it.
            let limit = RateLimit(3, per: .seconds(100), burst: 4)
            func take(_ cost: Int, waiting longest: Int = 0) async throws -> [Int] {
                let own = limit.split(limit.time(for: cost))
                let burst = limit.split(limit.time(for: 4))
                let arguments = [longest, 3, own.microseconds, own.part, burst.microseconds, burst.part]
                let reply = try await client.run(.takeRate, keys: ["r"], arguments: arguments)
                // Without the server's time, which is the third.
                let numbers = reply.elements?.compactMap(\.integer) ?? []
                return Array(numbers.prefix(2) + numbers.dropFirst(3))
            }
            #expect(try await take(1) == [1, 0, 33_333_333, 1])
            let stored = try server.command("GET", "r").split(separator: ":").compactMap { Int($0) }
            let second = try await take(2)
            #expect(second.prefix(2) == [1, 0])
            #expect(second.last == 0)
            // It was a hundred seconds after the first moment, whatever time has passed.
            let after = try server.command("GET", "r").split(separator: ":").compactMap { Int($0) }
            #expect(after[0] - stored[0] == 66_666_667 && after[1] == 0)
            // Everything is reserved in turn, to the microsecond.
            var waits: [Int] = []
            var ahead: [Int] = []
            for _ in 0..<6 {
                let reply = try await take(1, waiting: -1)
                waits.append(reply[1])
                ahead.append(reply[2] * 3 + reply[3])
                let value = try server.command("GET", "r").split(separator: ":").compactMap { Int($0) }
                #expect((value[0] - after[0]) * 3 + value[1] == 100_000_000 * ahead.count)
            }
            #expect(waits.last ?? 0 > 0)
            let denied = try await take(1, waiting: 1)
            #expect(denied[0] == 0 && denied[1] > 1)
        }
    }

    @Test("admits its count and its burst over a time, from many tasks and clients")
    func total() async throws {
        try await withClient { server, client in
            let other = try RedisClient(try server.configuration())
            let limit = RateLimit(200, per: .seconds(1), burst: 20)
            let end = ContinuousClock.now.advanced(by: isSoak ? .seconds(60) : .seconds(1))
            let began = ContinuousClock.now
            let limiters = try [client, other].map { try RateLimiter("api", [limit], on: $0) }
            // What nobody has asked for within the 100 ms of a burst is lost, as when the machine stands still.
            let silence = Locked((since: began, lost: Duration.zero))
            let admitted = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        var count = 0
                        while ContinuousClock.now < end {
                            if case .allowed = try await limiters[number % 2].attempt("all") {
                                count += 1
                                silence.withLock { silence in
                                    let now = ContinuousClock.now
                                    silence.lost += max(silence.since.duration(to: now) - .milliseconds(100), .zero)
                                    silence.since = now
                                }
                            }
                            await Task.yield()
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            let time = began.duration(to: .now)
            let most = 20 + Int((time / .milliseconds(5)).rounded(.up))
            let lost = silence.withLock { $0.lost + max($0.since.duration(to: end), .zero) }
            let least = 20 + Int((began.duration(to: end) - lost) / .milliseconds(5)) - (isSoak ? 200 : 40)
            #expect(least <= admitted && admitted <= most, "\(admitted) in \(time), \(lost) lost")
            await other.close()
        }
    }

    @Test("lets those that wait go on in turn, with one request each")
    func wait() async throws {
        try await withClient { server, client in
            let limiter = try RateLimiter("api", [RateLimit(20, per: .seconds(1), burst: 1)], on: client)
            try await limiter.wait(for: "anna")
            let before = try server.scriptCalls()
            let began = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { try await limiter.wait(for: "anna") } }
                try await group.waitForAll()
            }
            #expect(began.duration(to: .now) >= .milliseconds(200))
            #expect(try server.scriptCalls() - before == 5)
        }
    }

    @Test("gives back what one has reserved that is cancelled, and takes nothing where it would take too long")
    func reservations() async throws {
        try await withClient { server, client in
            let limiter = try slow(1, on: client)
            try await limiter.wait(for: "anna")
            let value = try server.command("GET", "api:anna")
            let error = await #expect(throws: RedisError.self) {
                try await limiter.wait(for: "anna", timeout: .seconds(1))
            }
            #expect(error?.code == .timedOut)
            #expect(try server.command("GET", "api:anna") == value)
            let task = Task { try await limiter.wait(for: "anna") }
            #expect(try await eventually { try server.command("GET", "api:anna") != value })
            task.cancel()
            let cancelled = await #expect(throws: RedisError.self) { try await task.joined }
            #expect(cancelled?.code == .cancelled)
            #expect(try await eventually { try server.command("GET", "api:anna") == value })
        }
    }

    @Test("gives back what was reserved for a caller that was cancelled before the reply")
    func reservationOnItsWay() async throws {
        try await withClient { server, client in
            let limiter = try slow(1, on: client)
            try await limiter.wait(for: "anna")
            let value = try server.command("GET", "api:anna")
            let before = try server.scriptCalls()
            try server.command("CLIENT", "PAUSE", "60000", "WRITE")
            let task = Task { try await limiter.wait(for: "anna") }
            #expect(try await eventually { try server.command("CLIENT", "LIST").contains("flags=b") })
            task.cancel()
            let error = await #expect(throws: RedisError.self) { try await task.joined }
            #expect(error?.code == .cancelled)
            try server.command("CLIENT", "UNPAUSE")
            #expect(
                try await eventually {
                    let calls = try server.scriptCalls() - before
                    return try calls >= 2 && server.command("GET", "api:anna") == value
                }
            )
        }
    }

    @Test("takes from all of its limits or from none")
    func several() async throws {
        try await withClient { server, client in
            let limits = [RateLimit(1, per: .seconds(60), burst: 3), RateLimit(1, per: .seconds(3600), burst: 5)]
            let limiter = try RateLimiter("api", limits, on: client)
            #expect(remaining(try await limiter.attempt("anna", cost: 2)) == 1)
            let value = try server.command("GET", "api:anna")
            #expect(value.split(separator: " ").count == 2)
            // The first one denies.
            let wait = try #require(retryAfter(try await limiter.attempt("anna", cost: 3)))
            #expect(wait <= .seconds(120) && wait > .seconds(110))
            #expect(try server.command("GET", "api:anna") == value)
            #expect(remaining(try await limiter.attempt("anna")) == 0)
        }
    }

    @Test("is refused with limits that cannot work, and without")
    func refused() throws {
        let client = try RedisClient("redis://127.0.0.1:1")
        let one = RateLimit(1, per: .seconds(1))
        for limits in [[], Array(repeating: one, count: 11), [RateLimit(0, per: .seconds(1))]] {
            let error = #expect(throws: RedisError.self) { try RateLimiter("api", limits, on: client) }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
