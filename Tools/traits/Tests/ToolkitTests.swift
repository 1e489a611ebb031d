import InMemoryTracing
import MetricsTestKit
import RedisTesting
import RedisToolkit
import Testing

@Suite("What the toolkit does", .timeLimit(.minutes(2)))
struct ToolkitTests {
    /// Runs a lock, a queue and a limiter that denies, observed.
    private func work(_ observer: any RedisCommandObserver) async throws {
        try await withRedisServer { server in
            try await withClient(of: server, { $0.commandObserver = observer }) { client in
                try await client.withLock("foo") { _ in }
                let queue = MessageQueue("hunter2", on: client)
                _ = try? await queue.get(timeout: .zero)
                for _ in 0..<2 {
                    let limiter = try RateLimiter("api", [RateLimit(1, per: .seconds(60))], on: client)
                    _ = try await limiter.attempt("hunter2")
                }
            }
        }
    }

    private func configuration() throws -> RedisConfiguration { try RedisConfiguration(url: "redis://localhost") }

    @Test("is a span each, beside those of its commands, and none is left open")
    func spans() async throws {
        let tracer = InMemoryTracer()
        try await work(RedisTracing(for: try configuration(), tracer: tracer))
        let spans = tracer.finishedSpans
        let names = spans.map(\.operationName)
        for name in ["lock acquire", "lock hold", "queue get", "limiter attempt"] { #expect(names.contains(name)) }
        #expect(tracer.activeSpans.isEmpty)
        let denied = spans.filter { $0.operationName == "limiter attempt" }.map { $0.words["redis.toolkit.result"] }
        #expect(denied == ["done", "denied"])
        let failed = spans.first { $0.operationName == "queue get" }
        #expect(failed?.words["error.type"] == "timedOut")
        #expect(failed?.errors.count == 1)
        #expect(!spans.contains { $0.allWords.contains("hunter2") })
    }

    @Test("has baseplate's form of names, and says names where they are asked for")
    func names() async throws {
        let tracer = InMemoryTracer()
        try await work(RedisTracing(for: try configuration(), naming: .baseplate, keys: .shown, tracer: tracer))
        let lock = tracer.finishedSpans.first { $0.operationName == "redis.lock_acquire" }
        #expect(lock?.words["redis.toolkit.name"] == "foo")
    }

    @Test("is measured by operation and result, which are closed sets")
    func metrics() async throws {
        let metrics = TestMetrics()
        try await work(RedisMetrics(for: try configuration(), factory: metrics))
        func count(_ operation: String, _ result: String) -> Int {
            metrics.timed(
                "redis.toolkit.duration",
                ["redis.toolkit.operation": operation, "redis.toolkit.result": result]
            )
        }
        #expect(count("lock acquire", "done") == 1)
        #expect(count("lock hold", "done") == 1)
        #expect(count("queue get", "timedOut") == 1)
        #expect(count("limiter attempt", "done") == 1)
        #expect(count("limiter attempt", "denied") == 1)
        #expect(!metrics.allWords.contains("hunter2"))
    }
}
