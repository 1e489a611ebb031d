import InMemoryTracing
import RedisCommands
import RedisTesting
import Testing
import Tracing

@Suite("Spans", .timeLimit(.minutes(1)))
struct TracingTests {
    private func spans(
        _ keys: RedisTracing.Keys = .omitted,
        _ system: RedisSystemName = .redis,
        _ body: @Sendable (RedisClient) async throws -> Void
    ) async throws -> [FinishedInMemorySpan] {
        let tracer = InMemoryTracer()
        try await withRedisServer { server in
            let configured = try RedisConfiguration(url: server.url)
            _ = try await withClient(of: server) {
                $0.commandObserver = RedisTracing(for: configured, system: system, keys: keys, tracer: tracer)
            } _: { client in
                try await body(client)
            }
        }
        #expect(tracer.activeSpans.isEmpty)
        return tracer.finishedSpans
    }

    @Test("are one for a command, with OpenTelemetry's attributes")
    func command() async throws {
        let spans = try await spans(.omitted, .valkey) { client in
            try await client.send(["set", "k", "v"])
            _ = try? await client.send(["LPUSH", "k", "x"])
        }
        #expect(spans.map(\.operationName) == ["SET", "LPUSH"])
        #expect(spans.allSatisfy { $0.kind == .client })
        let words = try #require(spans.first?.words)
        #expect(words["db.system.name"] == "valkey")
        #expect(words["db.operation.name"] == "SET")
        #expect(words["db.namespace"] == "0")
        #expect(words["server.address"] == "127.0.0.1" && words["network.peer.address"] == "127.0.0.1")
        #expect(words["server.port"] == words["network.peer.port"])
        #expect(words["redis.client.operation.wire_time"] != nil)
        #expect(spans[0].errors.isEmpty && spans[0].status == nil)
        #expect(spans[1].words["db.response.status_code"] == "WRONGTYPE")
        #expect(spans[1].words["error.type"] == "WRONGTYPE")
        #expect(spans[1].words["redis.client.operation.execution"] == "notExecuted")
        #expect(spans[1].status?.code == .error && spans[1].status?.message == nil)
        #expect(spans[1].errors.map { "\($0.error)" } == ["WRONGTYPE"])
    }

    @Test("are one for a batch and one for a transaction")
    func batches() async throws {
        let spans = try await spans { client in
            _ = try await client.send(.get("a"), .get("b"))
            _ = try await client.pipeline(named: "p", atomically: true) {
                $0.append(RedisCommand(["SET", "a", "hunter2"]))
                $0.append(RedisCommand(["LPUSH", "a", "hunter2"]))
                $0.append(RedisCommand(["LPUSH", "a", "hunter2"]))
            }
        }
        #expect(spans.map(\.operationName) == ["PIPELINE GET", "MULTI"])
        #expect(spans.map { $0.words["db.operation.batch.size"] } == ["2", "3"])
        #expect(spans[1].words["redis.client.pipeline.name"] == "p")
        #expect(spans[1].words["redis.client.batch.failed_index"] == "1")
        #expect(spans[1].words["redis.client.batch.error_count"] == "2")
        #expect(!spans.map(\.allWords).joined().contains("hunter2"))
    }

    @Test("are children of the caller's span")
    func parents() async throws {
        let tracer = InMemoryTracer()
        try await withRedisServer { server in
            let configured = try RedisConfiguration(url: server.url)
            _ = try await withClient(of: server) {
                $0.commandObserver = RedisTracing(for: configured, tracer: tracer)
            } _: { client in
                try await tracer.withSpan("request") { _ in
                    try await client.send(["PING"])
                    _ = try await client.send(.get("a"), .get("b"))
                }
            }
        }
        let request = try #require(tracer.finishedSpans.last)
        #expect(request.operationName == "request")
        #expect(tracer.finishedSpans.dropLast().map(\.parentSpanID) == [request.spanID, request.spanID])
    }

    @Test(
        "never have a value, and keys as they are asked for",
        arguments: [RedisTracing.Keys.omitted, .hashed, .shown]
    )
    func secrets(_ keys: RedisTracing.Keys) async throws {
        let spans = try await spans(keys) { client in
            for command in secretive { _ = try? await client.send(command) }
            _ = try? await client.send(["GET", "a key\n"])
        }
        #expect(spans.count == secretive.count + 1)
        #expect(!spans.map(\.allWords).joined().lowercased().contains("hunter2"))
        let shown = spans.last?.words["redis.client.keys"]
        switch keys {
        case .omitted: #expect(shown == nil)
        case .hashed: #expect(shown?.contains("key") == false && (shown?.count ?? 0) >= 40)
        case .shown: #expect(shown?.contains("a key") == true)
        }
    }

    @Test("cost no attribute where nothing is recorded")
    func silent() async throws {
        try await withRedisServer { server in
            let configured = try RedisConfiguration(url: server.url)
            let tracing = RedisTracing(for: configured, tracer: NoOpTracer())
            _ = try await withClient(of: server) {
                $0.commandObserver = tracing
            } _: { client in
                try await client.send(["PING"])
            }
        }
    }
}
