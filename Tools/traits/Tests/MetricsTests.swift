import MetricsTestKit
import RedisCommands
import RedisEvents
import RedisTesting
import Testing

@Suite("Metrics", .timeLimit(.minutes(1)))
struct MetricsTests {
    @Test("of commands have OpenTelemetry's names, with labels of a closed set")
    func commands() async throws {
        try await withRedisServer { server in
            let metrics = TestMetrics()
            let configured = try RedisConfiguration(url: server.url)
            try await withClient(of: server) {
                $0.commandObserver = RedisMetrics(for: configured, clientName: "orders", factory: metrics)
            } _: { client in
                try await client.send(["SET", "k", "v"])
                try await client.send(["set", "k", "v"])
                _ = try? await client.send(["LPUSH", "k", "v"])
                _ = try await client.send(.get("k"), .get("k"))
                _ = try? await client.send(["BLPOP", "none", "0.01"])
                for command in secretive { _ = try? await client.send(command) }
            }
            let duration = "db.client.operation.duration"
            #expect(metrics.timed(duration, ["db.operation.name": "SET"]) == 3)
            #expect(metrics.timed(duration, ["db.operation.name": "LPUSH", "error.type": "WRONGTYPE"]) == 1)
            #expect(metrics.timed(duration, ["db.response.status_code": "WRONGTYPE"]) == 1)
            #expect(metrics.timed(duration, ["db.operation.name": "PIPELINE GET"]) == 1)
            #expect(metrics.timed(duration, ["db.operation.name": "BLPOP"]) == 0)
            #expect(metrics.timed("redis.client.blocking.duration", ["db.operation.name": "BLPOP"]) == 1)
            #expect(metrics.timed(duration, ["db.operation.name": "_OTHER"]) == 1)
            #expect(metrics.timed(duration, ["db.operation.name": "EVAL", "error.type": "_OTHER"]) == 1)
            #expect(metrics.timed(duration, ["db.system.name": "redis", "db.namespace": "0"]) == 12)
            #expect(metrics.timed(duration, ["server.port": "\(server.port)"]) == 12)
            #expect(metrics.timed("redis.client.operation.queue_time", ["db.operation.name": "SET"]) == 3)
            #expect(metrics.timed("db.client.connection.create_time") == 2)
            let closed = ["redis.client.connection.close.reason": "closed"]
            #expect(metrics.counted("redis.client.connection.closed", closed) == 2)
            #expect(metrics.gauge("db.client.connection.count", ["db.client.connection.state": "used"]) == 0)
            #expect(metrics.gauge("db.client.connection.max", ["db.client.connection.pool.name": "orders"]) == 16)
            #expect(metrics.gauge("db.client.connection.pending_requests") == 0)
            #expect(!metrics.allWords.lowercased().contains("hunter2"))
        }
    }

    @Test("of the pool follow what is lent")
    func pool() async throws {
        try await withRedisServer { server in
            let metrics = TestMetrics()
            let configured = try RedisConfiguration(url: server.url)
            try await withClient(of: server) {
                $0.commands.pool.maximum = 1
                $0.commandObserver = RedisMetrics(for: configured, factory: metrics)
            } _: { client in
                func links(_ state: String) -> Double? {
                    metrics.gauge("db.client.connection.count", ["db.client.connection.state": state])
                }
                try await client.withLink { link in
                    try await link.send(["PING"])
                    #expect(links("used") == 1 && links("idle") == 0)
                    await #expect(throws: RedisError.self) {
                        try await client.withLink(timeout: .milliseconds(20)) { _ in }
                    }
                }
                #expect(links("used") == 0 && links("idle") == 1)
                #expect(metrics.counted("db.client.connection.timeouts") == 1)
                #expect(metrics.timed("db.client.connection.wait_time") == 2)
            }
        }
    }

    @Test("of events count messages, gaps, drops and reconnects")
    func events() async throws {
        try await withRedisServer { server in
            let metrics = TestMetrics()
            var configuration = try RedisConfiguration(url: server.url)
            configuration.deliveryProbe = RedisDeliveryProbe(interval: .milliseconds(20))
            configuration.eventsObserver = RedisMetrics(
                for: configuration,
                factory: metrics,
                reportInterval: .milliseconds(10)
            )
            let pubsub = try PubSub(configuration, buffer: RedisBufferLimit(events: 3), overflow: .dropNewest)
            try await pubsub.subscribe("hunter2")
            for _ in 0..<10 { _ = try server.command("PUBLISH", "hunter2", "hunter2") }
            let stream = ["redis.client.stream": "pubsub"]
            #expect(try await eventually { metrics.counted("redis.client.events.received", stream) == 10 })
            #expect(try await eventually { metrics.counted("redis.client.events.dropped", stream) == 8 })
            #expect(try await eventually { metrics.gauge("redis.client.events.queued", stream) == 3 })
            #expect(metrics.counted("redis.client.events.received_bytes", stream) > 200)
            await pubsub.cut()
            #expect(try await eventually { metrics.counted("redis.client.events.gaps", stream) == 1 })
            #expect(metrics.timed("redis.client.events.gap_time", stream) == 1)
            #expect(metrics.counted("redis.client.events.reconnects", stream) == 1)
            #expect(try await eventually { metrics.timed("redis.client.events.delivery_time", stream) > 0 })
            await pubsub.close()
            #expect(metrics.gauge("redis.client.events.queued", stream) == 0)
            #expect(!metrics.allWords.contains("hunter2"))
        }
    }
}
