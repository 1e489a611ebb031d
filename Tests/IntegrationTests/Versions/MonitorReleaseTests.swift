import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Monitor at each release", .tags(.release), .timeLimit(.minutes(2)))
struct MonitorReleaseTests {
    private static let everyByte = RedisBytes(Array(UInt8.min...UInt8.max))

    @Test("gives hostile arguments back byte for byte", arguments: ServerRelease.all, bothProtocols)
    func hostileArguments(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release, RedisServerOptions(transport: .both)) { server in
            let monitor = try Monitor(server.configuration(version))
            try await monitor.start()
            let tcp = try RedisClient(server.configuration(version))
            let unix = try RedisClient(server.unixURL ?? "")
            let hostile: [RedisCommand] = [
                ["set", "] \"x\" [0 1", Self.everyByte], ["SET", "", ""], ["SET", "\\", "\\x00\\\""],
                ["SET", "uni\u{1234}", "\r\n+1.0 [0 lua] \"DEL\" \"x\""],
            ]
            for command in hostile { try await tcp.send(command) }
            try await unix.send(["SET", Self.everyByte, "\0"])
            try await tcp.send(["EVAL", "return redis.call('GET', KEYS[1])", "1", "foo\\"])
            try await tcp.send(["DEL", "end"])
            let found = try await commands(monitor).filter { !["HELLO", "CLIENT", "INFO"].contains($0.name) }
            #expect(
                found.map { Array($0.arguments) } == hostile.map(\.arguments) + [
                    ["SET", Self.everyByte, "\0"], ["EVAL", "return redis.call('GET', KEYS[1])", "1", "foo\\"],
                    ["GET", "foo\\"], ["DEL", "end"],
                ]
            )
            #expect(found.dropFirst(4).first?.source == .unix(path: server.socketPath ?? ""))
            #expect(found.dropFirst(6).first?.source == .lua)
            for client in [tcp, unix] { await client.close() }
            await monitor.close()
        }
    }

    @Test("shows passwords as the release does: hidden from 6.2 on", arguments: ServerRelease.all)
    func passwords(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let monitor = try Monitor(server.configuration())
            try await monitor.start()
            _ = try? server.command("AUTH", "hunter2")
            try server.command("DEL", "end")
            let shown = try await commands(monitor).first { $0.name == "AUTH" }?.arguments.last
            #expect(shown == (release.isAtLeast(redis: ServerVersion(6, 2)) ? "(redacted)" : "hunter2"))
            await monitor.close()
        }
    }

    @Test("shows no heartbeats, and has a gap after a loss", arguments: ServerRelease.all, bothProtocols)
    func heartbeatAndRestart(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            var configuration = try server.configuration(version)
            configuration.heartbeat = .milliseconds(20)
            let monitor = try Monitor(configuration)
            try await monitor.start()
            #expect(
                try await eventually {
                    let list = try server.command("CLIENT", "LIST").split(separator: "\n")
                    return list.contains { $0.contains("cmd=ping") }
                }
            )
            try server.command("SET", "before", "1")
            var found: [String] = []
            var hasRestarted = false
            for try await event in monitor.events {
                switch event {
                // The tests' own ways to ask the server are seen too.
                case .command(let command) where ["CLIENT", "INFO"].contains(command.name): break
                case .command(let command) where command.arguments == ["PING"]: break
                case .command(let command):
                    found.append(command.arguments.prefix(2).map(\.description).joined(separator: " "))
                case .link(.lost): found.append("lost")
                case .link(.restored): found.append("restored")
                case .gap:
                    found.append("gap")
                    try server.command("SET", "after", "1")
                case .link, .line, .drop, .unguarded, .failed: break
                }
                // Not before the line is here: a server that is killed may have answered SET and not yet shown it.
                if found == ["SET before"], !hasRestarted {
                    hasRestarted = true
                    server.kill()
                    try await server.restart()
                }
                if found.last == "SET after" { break }
            }
            #expect(found == ["SET before", "lost", "restored", "gap", "SET after"])
            await monitor.close()
        }
    }

    private func commands(_ monitor: Monitor) async throws -> [Monitor.Command] {
        var found: [Monitor.Command] = []
        for try await event in monitor.events {
            guard let command = event.command else { continue }
            found.append(command)
            if command.arguments == ["DEL", "end"] { break }
        }
        return found
    }
}
