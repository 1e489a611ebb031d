import InMemoryTracing
import MetricsTestKit
import RedisCommands
import RedisTesting
import Testing
import Tracing

/// The counterparts of baseplate's tests; the article `BaseplateCounterparts.md` tells which is which.
@Suite("In baseplate's names", .timeLimit(.minutes(1)))
struct BaseplateTests {
    private func withFactory(
        isDead: Bool = false,
        cluster: RedisCluster? = nil,
        _ body: @Sendable (RedisContextFactory, TestMetrics, InMemoryTracer) async throws -> Void
    ) async throws {
        if let cluster {
            var configuration = RedisConfiguration()
            configuration.cluster = RedisClusterConfiguration(
                seeds: cluster.nodes.map { .tcp(host: "127.0.0.1", port: UInt16($0.port)) }
            )
            return try await run(configuration, body)
        }
        try await withRedisServer { server in
            if isDead { server.stop() }
            try await run(RedisConfiguration(url: server.url), body)
        }
    }

    private func run(
        _ configuration: RedisConfiguration,
        _ body: @Sendable (RedisContextFactory, TestMetrics, InMemoryTracer) async throws -> Void
    ) async throws {
        let (metrics, tracer) = (TestMetrics(), InMemoryTracer())
        var configuration = configuration
        configuration.reconnect.initialPatience = .zero
        configuration.commands.timeout = .seconds(5)
        let factory = try RedisContextFactory(configuration, clientName: "redis", factory: metrics, tracer: tracer)
        try await body(factory, metrics, tracer)
        await factory.client.close()
    }

    private func expect(
        _ metrics: TestMetrics,
        _ command: String,
        success: String,
        type: String = "standalone",
        count: Int = 1
    ) {
        let labels = ["redis_command": command, "redis_success": success, "redis_type": type]
        #expect(metrics.counted("redis_client_requests_total", labels) == count)
        #expect(metrics.timed("redis_client_latency_seconds", labels) == count)
        #expect(metrics.counted("redis_client_requests_total", ["redis_command": command]) == count)
        let active = metrics.meters.filter { $0.label == "redis_client_active_requests" }
        #expect(active.compactMap(\.lastValue).allSatisfy { $0 == 0 })
        let meter = active.first { meter in meter.dimensions.contains { $0 == ("redis_command", command) } }
        // Up and down once for each.
        #expect(meter?.values.count == 2 * count)
    }

    @Test("a command is one span below that of the request, and counts once")
    func command() async throws {
        try await withFactory { factory, metrics, tracer in
            let request = tracer.startSpan("request")
            let redis = factory.make(forContext: "redis", span: request)
            #expect(try await redis.ping() == "PONG")
            request.end()
            let span = try #require(tracer.finishedSpans.first)
            #expect(tracer.finishedSpans.map(\.operationName) == ["redis.PING", "request"])
            #expect(span.parentSpanID == request.spanID)
            #expect(span.errors.isEmpty)
            expect(metrics, "ping", success: "true")
        }
    }

    @Test("an unknown command is a finished span with an error")
    func error() async throws {
        try await withFactory { factory, metrics, tracer in
            let redis = factory.make(forContext: "redis")
            await #expect(throws: RedisError.self) { try await redis.executeCommand(["CRAZY_DANCE"]) }
            #expect(tracer.finishedSpans.map(\.operationName) == ["redis._OTHER"])
            #expect(tracer.finishedSpans.first?.errors.count == 1)
            expect(metrics, "_other", success: "false")
        }
    }

    @Test("a named pipeline is one span and one request, atomic or not", arguments: [true, false])
    func pipeline(_ isTransaction: Bool) async throws {
        try await withFactory { factory, metrics, tracer in
            let redis = factory.make(forContext: "redis")
            let results = try await redis.pipeline("foo", transaction: isTransaction) {
                $0.append(RedisCommand(["SET", "a", "1"]))
                $0.append(RedisCommand(["SET", "b", "2"]))
            }
            #expect(results.count == 2)
            #expect(tracer.finishedSpans.map(\.operationName) == ["redis.pipeline_foo"])
            #expect(tracer.finishedSpans.first?.errors.isEmpty == true)
            expect(metrics, "pipeline", success: "true")
        }
    }

    @Test("a pipeline whose third command fails says so")
    func failingCommand() async throws {
        try await withFactory { factory, metrics, tracer in
            try await factory.make(forContext: "redis").pipeline("foo", transaction: false) {
                $0.append(RedisCommand(["SET", "a", "1"]))
                $0.append(RedisCommand(["GET", "a"]))
                $0.append(RedisCommand(["LPUSH", "a", "1"]))
            }
            #expect(tracer.finishedSpans.first?.words["redis.client.batch.failed_index"] == "2")
            expect(metrics, "pipeline", success: "false")
        }
    }

    @Test("what fails at a port where nobody listens counts once, and nothing stays active")
    func deadPort() async throws {
        try await withFactory(isDead: true) { factory, metrics, tracer in
            let redis = factory.make(forContext: "redis")
            await #expect(throws: RedisError.self) { try await redis.ping() }
            expect(metrics, "ping", success: "false")
            let results = try? await redis.pipeline("foo", transaction: false) {
                $0.append(RedisCommand(["SET", "a", "1"]))
            }
            #expect(results?.firstError != nil)
            expect(metrics, "pipeline", success: "false")
            #expect(tracer.finishedSpans.map { $0.errors.count } == [1, 1])
        }
    }

    @Test("what a link is lent for is spans of the request as well")
    func lent() async throws {
        try await withFactory { factory, metrics, tracer in
            let redis = factory.make(forContext: "shop")
            try await redis.withClient { client in
                try await client.withLink { try await $0.send(["SET", "k", "v"]) }
                _ = try await client.transaction(watching: ["k"]) { try await $0.commit(.set("k", 1), .get("k")) }
            }
            #expect(tracer.finishedSpans.map(\.operationName) == ["shop.SET", "shop.WATCH", "shop.pipeline"])
            expect(metrics, "set", success: "true")
        }
    }

    @Test("the pool has its gauges, live and when asked")
    func pool() async throws {
        try await withFactory { factory, metrics, _ in
            func gauge(_ name: String) -> Double? {
                metrics.gauge("redis_client_pool_\(name)", ["redis_pool": "redis"])
            }
            factory.reportRuntimeMetrics()
            #expect(gauge("max_size") == 16 && gauge("active_connections") == 0 && gauge("idle_connections") == 0)
            let client = factory.client
            try await client.withLink { _ in
                try await client.withLink { _ in
                    try await client.withLink { link in
                        try await link.send(["PING"])
                        #expect(gauge("active_connections") == 3 && gauge("idle_connections") == 0)
                    }
                }
            }
            #expect(gauge("active_connections") == 0 && (gauge("idle_connections") ?? 0) >= 1)
            let before = metrics.recorders.reduce(0) { $0 + $1.values.count }
            factory.reportRuntimeMetrics()
            #expect(metrics.recorders.reduce(0) { $0 + $1.values.count } == before + 3)
        }
    }

    @Test("a cluster says that it is one")
    func cluster() async throws {
        try await withRedisCluster(RedisClusterOptions(replicasPerPrimary: 0)) { cluster in
            try await withFactory(cluster: cluster) { factory, metrics, tracer in
                let redis = factory.make(forContext: "redis")
                try await redis.executeCommand(["SET", "foo", "bar"])
                await #expect(throws: RedisError.self) { try await redis.executeCommand(["CRAZY_DANCE", "x"]) }
                try await redis.pipeline("foo", transaction: false) { $0.append(RedisCommand(["SET", "foo", "bar"])) }
                #expect(
                    tracer.finishedSpans.map(\.operationName) == ["redis.SET", "redis._OTHER", "redis.pipeline_foo"]
                )
                expect(metrics, "set", success: "true", type: "cluster")
                expect(metrics, "_other", success: "false", type: "cluster")
                expect(metrics, "pipeline", success: "true", type: "cluster")
            }
        }
    }
}
