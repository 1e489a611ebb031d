import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("An observer of the toolkit", .tags(.server), .timeLimit(.minutes(2)))
struct ToolkitObserverTests {
    private final class Recorder: RedisCommandObserver {
        struct Ended: Sendable, Equatable {
            let label: String
            let name: RedisBytes?
            let result: String
        }

        let wantsKeys: Bool
        let began = Collector<String>()
        let ended = Collector<Ended>()

        init(wantsKeys: Bool) { self.wantsKeys = wantsKeys }

        func toolkitBegan(_ operation: RedisToolkitOperation) -> (any Sendable)? {
            began.add(operation.label)
            return operation.label
        }

        func toolkitEnded(
            _ operation: RedisToolkitOperation,
            _ outcome: RedisToolkitOutcome,
            token: (any Sendable)?
        ) {
            #expect(token as? String == operation.label)
            #expect(outcome.duration >= .zero)
            ended.add(Ended(label: operation.label, name: operation.name, result: outcome.result))
        }
    }

    /// What an observer is told of some work.
    private func ended(
        wantsKeys: Bool = false,
        _ body: (RedisServer, RedisClient) async throws -> Void
    ) async throws -> [Recorder.Ended] {
        let recorder = Recorder(wantsKeys: wantsKeys)
        try await withClient(.init(), { $0.commandObserver = RedisCommandObservers(recorder) }) {
            try await body($0, $1)
        }
        #expect(recorder.began.all.count == recorder.ended.all.count)
        return recorder.ended.all
    }

    @Test("hears of locks: that they were taken, or not, and for how long they were held")
    func locks() async throws {
        let ended = try await ended(wantsKeys: true) { _, client in
            let lock = try RedisLock("l", on: client)
            let second = try await lock.withLock { _ in try await lock.tryLock() }
            #expect(second == nil)
            let lease = try #require(try await lock.tryLock())
            await #expect(throws: RedisError.self) { try await lock.lock(timeout: .milliseconds(1)) }
            try await lease.release()
        }
        #expect(
            ended.map { "\($0.label) \($0.result)" } == [
                "lock acquire done", "lock acquire denied", "lock hold done", "lock acquire done",
                "lock acquire timedOut",
            ]
        )
        #expect(ended.allSatisfy { $0.name == "l" })
    }

    @Test("hears of queues, limits, caches and records, without names unless it asks")
    func others() async throws {
        let ended = try await ended { _, client in
            let queue = MessageQueue("q", on: client)
            try await queue.put("a")
            _ = try await queue.get()
            _ = try? await queue.get(timeout: .zero)
            let limiter = try RateLimiter("r", [RateLimit(1, per: .seconds(60))], on: client)
            _ = try await limiter.attempt("a")
            let other = try RateLimiter("r", [RateLimit(1, per: .seconds(60))], on: client)
            _ = try await other.attempt("a")
            _ = try await RedisCooldown(on: client).acquire("c", for: .seconds(60))
            try await RedisRecentLog(client).add("m", to: "n")
        }
        #expect(
            ended.map { "\($0.label) \($0.result)" } == [
                "queue put done", "queue get done", "queue get timedOut", "limiter attempt done",
                "limiter attempt denied", "cooldown acquire done", "log add done",
            ]
        )
        #expect(ended.allSatisfy { $0.name == nil })
    }
}
