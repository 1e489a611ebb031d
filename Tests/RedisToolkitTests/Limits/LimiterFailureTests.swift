import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("A rate limiter whose server is away", .tags(.server), .timeLimit(.minutes(2)))
struct LimiterFailureTests {
    private let limits = [RateLimit(1, per: .seconds(60), burst: 2)]

    private func isAllowed(_ decision: RateLimiter.Decision) -> Bool {
        if case .allowed = decision { true } else { false }
    }

    @Test("says what it is told to say, and asks again when the server is back")
    func policies() async throws {
        try await withClient(.init(), { $0.commands.timeout = .seconds(2) }) { server, client in
            let limiters = try RateLimiter.FailurePolicy.allCases.map { policy in
                try RateLimiter(policy.rawValue, limits, on: client, onFailure: policy)
            }
            for limiter in limiters { #expect(isAllowed(try await limiter.attempt("a"))) }
            server.kill()
            for limiter in limiters {
                switch limiter.onFailure {
                case .fail:
                    await #expect(throws: RedisError.self) { try await limiter.attempt("b") }
                case .allow:
                    for _ in 0..<5 { #expect(isAllowed(try await limiter.attempt("b"))) }
                case .deny:
                    #expect(try await limiter.attempt("b") == .denied(retryAfter: .seconds(1)))
                case .local:
                    var allowed = 0
                    for _ in 0..<5 where isAllowed(try await limiter.attempt("b")) { allowed += 1 }
                    #expect(allowed == 2)
                }
            }
            // For a second the server is not asked, so a thousand calls do not wait for it.
            let began = ContinuousClock.now
            for _ in 0..<1000 { _ = try await limiters[1].attempt("c") }
            #expect(began.duration(to: .now) < .seconds(20))
            try await server.restart()
            for limiter in limiters {
                #expect(
                    try await eventually {
                        _ = try? await limiter.attempt("z")
                        return try server.command("EXISTS", "\(limiter.name):z") == "1"
                    }
                )
            }
        }
    }

    @Test("passes on what the server refuses")
    func refusals() async throws {
        try await withClient { server, client in
            let limiter = try RateLimiter("l", limits, on: client, onFailure: .allow)
            try server.command("LPUSH", "l:a", "x")
            let error = await #expect(throws: RedisError.self) { try await limiter.attempt("a") }
            #expect(error?.serverPrefix == "WRONGTYPE")
        }
    }

    @Test("of fixed windows counts what is allowed, and begins anew after the time")
    func windows() async throws {
        try await withClient { server, client in
            let limiter = try FixedWindowLimiter("w", 3, per: .seconds(3), on: client)
            #expect(try await limiter.attempt("a", cost: 4) == .never)
            guard case .allowed(2, let reset) = try await limiter.attempt("a") else {
                Issue.record("not allowed")
                return
            }
            #expect(reset == .seconds(3))
            guard case .allowed(0, _) = try await limiter.attempt("a", cost: 2),
                case .denied(let retryAfter) = try await limiter.attempt("a")
            else {
                // The window may have ended on a slow machine.
                #expect(try server.timeToLive("w:a") > 0)
                return
            }
            #expect(retryAfter <= .seconds(3))
            #expect(try server.command("GET", "w:a") == "3")
            #expect(try await eventually { isAllowed(try await limiter.attempt("a", cost: 3)) })
            try await limiter.reset("a")
            #expect(try server.command("EXISTS", "w:a") == "0")
            // What counted without a time gets one.
            try server.command("SET", "w:b", "3")
            guard case .denied = try await limiter.attempt("b") else {
                Issue.record("allowed")
                return
            }
            #expect(try server.timeToLive("w:b") >= 0)
            let error = await #expect(throws: RedisError.self) { try await limiter.attempt("a", cost: 0) }
            #expect(error?.code == .invalidCommand)
            let wrong = #expect(throws: RedisError.self) {
                try FixedWindowLimiter("w", 0, per: .seconds(1), on: client)
            }
            #expect(wrong?.code == .invalidConfiguration)
        }
    }
}
