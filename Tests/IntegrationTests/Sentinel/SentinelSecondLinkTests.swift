import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Second links go to the server of the first one, and need no Sentinel for that: here all of these are gone by then.
@Suite(.tags(.cluster), .timeLimit(.minutes(1))) struct SentinelSecondLinkTests {
    private func withServer(
        _ version: RedisConfiguration.ProtocolVersion = .resp3,
        _ body: (RedisServer, [FakeSentinel], RedisConfiguration) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            try await withFakeSentinels(2, server.endpoint) { sentinels in
                try await body(server, sentinels, configuration(sentinels.map(\.endpoint), version))
            }
        }
    }

    private func clients(_ server: RedisServer, _ part: String) throws -> [String] {
        try server.command("CLIENT", "LIST").split(separator: "\n").filter { $0.contains(part) }
            .compactMap { $0.split(separator: " ").first.map { String($0.dropFirst(3)) } }
    }

    @Test func aMonitorIsGuardedThere() async throws {
        try await withServer { server, sentinels, configuration in
            let monitor = try Monitor(configuration, guard: Monitor.Guard(interval: .milliseconds(20)))
            try await monitor.start()
            #expect(try await eventually { try clients(server, " name=guard-").count == 1 })
            for sentinel in sentinels { sentinel.stop() }
            let first = try #require(try clients(server, " name=guard-").first)
            try server.command("CLIENT", "KILL", "ID", first)
            #expect(try await eventually { try clients(server, " name=guard-").contains { $0 != first } })
            await monitor.close()
        }
    }

    @Test func countersAreReadThere() async throws {
        try await withServer(.resp2) { server, sentinels, configuration in
            var configuration = configuration
            configuration.lossBoundInterval = .milliseconds(50)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("c")
            for sentinel in sentinels { sentinel.stop() }
            func readings() throws -> Int {
                let line = try server.command("INFO", "commandstats").split(whereSeparator: \.isNewline)
                    .first { $0.hasPrefix("cmdstat_info:calls=") }
                return Int(line?.dropFirst(19).prefix { $0.isNumber } ?? "") ?? 0
            }
            let before = try readings()
            // Each look is a question too.
            var looks = 0
            let isRead = try await eventually {
                looks += 1
                return try readings() >= before + looks + 4
            }
            #expect(isRead)
            await pubsub.close()
        }
    }

    @Test func theSettingIsSetBackThere() async throws {
        try await withServer { server, sentinels, configuration in
            let keys = try KeyspaceEvents(configuration, events: [.set], notifications: .addMissing(restoring: true))
            try await keys.start()
            #expect(try server.command("CONFIG", "GET", "notify-keyspace-events") != "notify-keyspace-events\n")
            for sentinel in sentinels { sentinel.stop() }
            let restoration = words(await keys.close())
            #expect(restoration == "restored ")
        }
    }
}
