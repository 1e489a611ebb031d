import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("A monitor's guard and one big value, against a real server", .tags(.server), .timeLimit(.minutes(2)))
struct MonitorGuardValueTests {
    /// How often the server was asked for the monitor's queue.
    private func looks(_ server: RedisServer) throws -> Int {
        let text = try server.command("INFO", "commandstats")
        return text.firstMatch(of: #/cmdstat_client\|list:calls=([0-9]+)/#).flatMap { Int($0.1) } ?? 0
    }

    private func omem(_ server: RedisServer) throws -> Int {
        let line = try server.command("CLIENT", "LIST").split(separator: "\n").first { $0.contains(" flags=O ") }
        return line?.firstMatch(of: #/ omem=([0-9]+) /#).flatMap { Int($0.1) } ?? 0
    }

    @Test("the value comes, and nothing around it is lost, although the server keeps more than the limit for it")
    func one() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let configuration = try RedisConfiguration(url: proxy.url)
                let monitor = try Monitor(
                    configuration,
                    form: .lines,
                    buffer: RedisBufferLimit(bytes: 256 << 20),
                    guard: Monitor.Guard(limit: 2 << 20, interval: .milliseconds(20))
                )
                try await monitor.start()
                #expect(
                    try await eventually { try server.command("CLIENT", "LIST").contains("name=guard-redis-events-") }
                )
                try server.command("SET", "before", "1")
                // The monitor's connection is the first.
                proxy.apply(.stall(.both), to: .connection(index: 0))
                let client = try RedisClient(server.configuration())
                // Each byte is four in the line.
                try await client.send(["SET", "big", RedisBytes([UInt8](repeating: 0xff, count: 4 << 20))])
                try server.command("SET", "after", "1")
                #expect(try omem(server) > 15 << 20)
                let seen = try looks(server)
                #expect(try await eventually { try looks(server) > seen + 6 })
                proxy.resume()
                var found: [String] = []
                for try await event in monitor.events {
                    switch event {
                    case .line(let line):
                        if let start = line.bytes.text(of: 60).firstMatch(of: #/"SET" "([a-z]+)"/#) {
                            found.append("\(start.1)")
                        }
                    default: found.append("\(event)")
                    }
                    if found.count == 3 { break }
                }
                #expect(found == ["before", "big", "after"])
                await monitor.close()
                await client.close()
            }
        }
    }

    @Test("many big values are a backlog")
    func many() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                let monitor = try Monitor(
                    try RedisConfiguration(url: proxy.url),
                    guard: Monitor.Guard(limit: 1 << 20, interval: .milliseconds(10), onTrip: .end)
                )
                try await monitor.start()
                proxy.apply(.stall(.both), to: .connection(index: 0))
                let client = try RedisClient(server.configuration())
                let value = RedisBytes([UInt8](repeating: 0xff, count: 1 << 20))
                let reading = Task { for try await _ in monitor.events {} }
                let hasEnded = Locked(false)
                let waiting = Task {
                    let result = await reading.joinedResult
                    hasEnded.withLock { $0 = true }
                    return result
                }
                #expect(
                    try await eventually {
                        try await client.send(["SET", "big", value])
                        return hasEnded.withLock { $0 }
                    }
                )
                let error = await #expect(throws: RedisError.self) { try await waiting.joined.get() }
                #expect(error?.code == .guardTripped)
                await monitor.close()
                await client.close()
            }
        }
    }
}

extension RedisBytes {
    /// The beginning as text.
    fileprivate func text(of count: Int) -> String { String(decoding: prefix(count), as: UTF8.self) }
}
