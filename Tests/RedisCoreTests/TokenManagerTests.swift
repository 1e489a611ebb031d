import RedisCore
import RedisReactor
import TestSupport
import Testing

@Suite("A token manager", .tags(.unit), .timeLimit(.minutes(1)))
struct TokenManagerTests {
    /// What listeners heard, and how often tokens were asked for.
    private final class Log: Sendable {
        let lines = Locked<[String]>([])
        let requests = Locked(0)

        var listener: RedisCredentialsListener {
            RedisCredentialsListener(
                onNext: { credentials in self.lines.withLock { $0.append(credentials.password) } },
                onError: { error in self.lines.withLock { $0.append("\(error)") } }
            )
        }

        func count() -> Int {
            requests.withLock { requests in
                requests += 1
                return requests
            }
        }

        func waitFor(_ count: Int) async {
            while lines.withLock({ $0.count }) < count { await Task.yield() }
        }

        var all: [String] { lines.withLock { $0 } }
    }

    private struct Refused: Error, CustomStringConvertible {
        var description: String { "refused" }
    }

    @Test("gives each token to all who listen, renewed at the ratio", arguments: [0.9, 0.28])
    func renews(_ ratio: Double) async throws {
        let log = Log()
        let manager = try RedisTokenManager(policy: RedisTokenPolicy(expirationRefreshRatio: ratio)) {
            RedisAccessToken("token \(log.count())", lifetime: .milliseconds(500))
        }
        let other = Log()
        let first = manager.subscribe(log.listener)
        let second = manager.subscribe(other.listener)
        manager.start()
        await log.waitFor(3)
        await other.waitFor(3)
        first.cancel()
        second.cancel()
        await manager.stop()
        #expect(log.all.prefix(3) == ["token 1", "token 2", "token 3"])
        #expect(other.all.prefix(3) == ["token 1", "token 2", "token 3"])
    }

    @Test("starts when credentials are asked for, and gives the one token to all")
    func lazy() async throws {
        let log = Log()
        let manager = try RedisTokenManager {
            RedisAccessToken("token \(log.count())", username: "app", lifetime: .seconds(3600))
        }
        #expect(log.requests.withLock { $0 } == 0)
        async let one = manager.credentials()
        async let two = manager.credentials()
        let all = try await [one, two, manager.credentials()]
        #expect(all.map(\.password) == ["token 1", "token 1", "token 1"])
        #expect(all.map(\.username) == ["app", "app", "app"])
        await manager.stop()
        await #expect { try await manager.credentials() } throws: { ($0 as? RedisError)?.code == .closed }
    }

    @Test("tries again, tells when the retries are over, and comes back by itself")
    func failures() async throws {
        let log = Log()
        let manager = try RedisTokenManager(policy: RedisTokenPolicy(retries: 2, retryDelay: .milliseconds(5))) {
            let number = log.count()
            if number < 5 { throw Refused() }
            return RedisAccessToken("token \(number)", lifetime: .seconds(3600))
        }
        let subscription = manager.subscribe(log.listener)
        manager.start()
        await log.waitFor(3)
        #expect(log.all == ["refused", "refused", "token 5"])
        subscription.cancel()
        await manager.stop()
    }

    @Test("tells whoever waits why there is no token")
    func refused() async throws {
        let manager = try RedisTokenManager(policy: RedisTokenPolicy(retries: 1, retryDelay: .milliseconds(1))) {
            throw Refused()
        }
        await #expect { try await manager.credentials() } throws: {
            ($0 as? RedisError)?.underlyingError is Refused
        }
        await manager.stop()
    }

    @Test("takes an expired token and one that takes too long for failures")
    func useless() async throws {
        let log = Log()
        let policy = RedisTokenPolicy(requestTimeout: .milliseconds(500), retries: 0, retryDelay: .milliseconds(1))
        let manager = try RedisTokenManager(policy: policy) {
            if log.count() == 1 { return RedisAccessToken("old", lifetime: .zero) }
            // Does not heed its cancellation.
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                Task.detached {
                    try? await Task.sleep(for: .seconds(2))
                    continuation.resume()
                }
            }
            return RedisAccessToken("late", lifetime: .seconds(10))
        }
        let subscription = manager.subscribe(log.listener)
        manager.start()
        await log.waitFor(2)
        await manager.stop()
        subscription.cancel()
        #expect(log.all.prefix(2) == ["the token has expired already", "no token within 0.5 seconds"])
    }

    @Test("asks at once when the token has expired before its renewal")
    func expired() async throws {
        let log = Log()
        let manager = try RedisTokenManager(policy: RedisTokenPolicy(expirationRefreshRatio: 1)) {
            RedisAccessToken(
                "token \(log.count())",
                expiresAt: log.requests.withLock { $0 } == 1 ? .now() + 500_000 : nil
            )
        }
        #expect(try await manager.credentials().password == "token 1")
        while try await manager.credentials().password == "token 1" { await Task.yield() }
        #expect(try await manager.credentials().password == "token 2")
        await manager.stop()
    }

    @Test("leaves nothing running when it is let go of")
    func letGo() async throws {
        var log: Log? = Log()
        // Held by the closure alone, and so by the task that calls it.
        weak let held = log
        var manager: RedisTokenManager? = try RedisTokenManager { [log] in
            RedisAccessToken("token \(log?.count() ?? 0)", lifetime: .seconds(3600))
        }
        log = nil
        _ = try await manager?.credentials()
        #expect(held != nil)
        manager = nil
        while held != nil { await Task.yield() }
    }

    @Test("refuses what cannot work")
    func invalid() {
        for policy in [
            RedisTokenPolicy(expirationRefreshRatio: 0), RedisTokenPolicy(expirationRefreshRatio: 1.1),
            RedisTokenPolicy(lowerRefreshBound: .seconds(-1)), RedisTokenPolicy(requestTimeout: .zero),
            RedisTokenPolicy(retries: -1),
            RedisTokenPolicy(retryDelay: .zero),
        ] {
            #expect(throws: RedisError.self) {
                try RedisTokenManager(policy: policy) { RedisAccessToken("x", expiresAt: nil) }
            }
        }
    }
}

extension RedisTimestamp {
    fileprivate static func + (time: RedisTimestamp, microseconds: Int64) -> RedisTimestamp {
        RedisTimestamp(microseconds: time.microseconds + microseconds)
    }
}
