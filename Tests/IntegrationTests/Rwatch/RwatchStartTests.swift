import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// A server that is there, and not ready: one that loads its data or executes a long script.
@Suite("rwatch begins at a server that is not ready", .tags(.rwatch, .once, .timing), .timeLimit(.minutes(2)))
struct RwatchStartTests {
    private func arguments(_ watcher: Watcher, _ server: RedisServer, _ options: [String]) -> [String] {
        [watcher.rawValue] + (watcher == .sub ? ["ch"] : []) + ["--json", "-p", "\(server.port)"] + options
    }

    /// Runs `body` while a script keeps the server busy, which `release` ends.
    private func busy(_ body: (RedisServer, _ release: () throws -> Void) async throws -> Void) async throws {
        let options = RedisServerOptions(
            arguments: ["--notify-keyspace-events", "KEA", "--lua-time-limit", "10"],
            commandTimeout: .seconds(60)
        )
        try await withRedisServer(options) { server in
            let script = Task.detached { _ = try? server.command("EVAL", "while true do end", "0") }
            #expect(
                try await eventually {
                    do {
                        try server.command("PING")
                        return false
                    } catch { return "\(error)".contains("BUSY") }
                }
            )
            try await body(server) { try server.command("SCRIPT", "KILL") }
            _ = try? server.command("SCRIPT", "KILL")
            await script.joined
        }
    }

    @Test("ends with 69 and the server's words when it is busy, without --wait", arguments: Watcher.allCases)
    func busyWithoutPatience(_ watcher: Watcher) async throws {
        try await busy { server, _ in
            let rwatch = try RwatchProcess(arguments(watcher, server, []))
            #expect(try await rwatch.status(within: .seconds(10)) == 69)
            #expect(rwatch.notices.contains("BUSY"), "\(rwatch.notices)")
        }
    }

    @Test("waits for a busy server with --wait, says for what, and watches then", arguments: Watcher.allCases)
    func busyWithPatience(_ watcher: Watcher) async throws {
        try await busy { server, release in
            let rwatch = try RwatchProcess(arguments(watcher, server, ["--wait", "-C", "1"]))
            #expect(
                try await eventually { rwatch.notices.contains(#/rwatch: waiting up to 30 s for .*: BUSY /#) },
                "\(rwatch.notices)"
            )
            try release()
            #expect(try await eventually { rwatch.notices.contains("rwatch: watching ") }, "\(rwatch.notices)")
            try server.command("SET", "k", "v")
            try server.publish("ch", "x")
            #expect(try await rwatch.status() == 0)
            // Said once, however many attempts there were.
            #expect(rwatch.notices.components(separatedBy: "waiting up to").count == 2, "\(rwatch.notices)")
            #expect(rwatch.lines.count == 1)
        }
    }

    @Test("gives a busy server up when --wait is over", arguments: Watcher.allCases)
    func patienceOver(_ watcher: Watcher) async throws {
        try await busy { server, _ in
            // Time enough to hear once that the server is busy.
            let rwatch = try RwatchProcess(arguments(watcher, server, ["--wait=2s"]))
            #expect(try await rwatch.status(within: .seconds(10)) == 69)
            #expect(rwatch.notices.contains(#/rwatch: waiting up to 2 s for .*: BUSY /#), "\(rwatch.notices)")
        }
    }

    @Test("waits for a server that loads its data", arguments: Watcher.allCases)
    func loading(_ watcher: Watcher) async throws {
        let options = RedisServerOptions(
            arguments: ["--rdbcompression", "no", "--notify-keyspace-events", "KEA"],
            commandTimeout: .seconds(30)
        )
        try await withRedisServer(options) { server in
            // At a quarter of a millisecond a key it loads for long enough that nobody looks too late.
            try server.command("DEBUG", "POPULATE", "6000", "key", "4000")
            try server.command("CONFIG", "SET", "key-load-delay", "250")
            let reload = Task.detached { try server.command("DEBUG", "RELOAD") }
            #expect(
                try await eventually {
                    do {
                        try server.command("PING")
                        return false
                    } catch { return "\(error)".contains("LOADING") }
                }
            )
            let rwatch = try RwatchProcess(arguments(watcher, server, ["--wait", "-C", "1"]))
            #expect(try await reload.joined == "OK")
            #expect(try await eventually { rwatch.notices.contains("rwatch: watching ") }, "\(rwatch.notices)")
            try server.command("SET", "k", "v")
            try server.publish("ch", "x")
            #expect(try await rwatch.status() == 0)
        }
    }

    @Test("says what it waits for when nobody listens", arguments: Watcher.allCases)
    func absent(_ watcher: Watcher) async throws {
        try await withRedisServer(Watcher.server) { server in
            server.kill()
            let rwatch = try RwatchProcess(arguments(watcher, server, ["--wait", "-C", "1"]))
            let waiting = "rwatch: waiting up to 30 s for localhost:\(server.port): "
            #expect(try await eventually { rwatch.notices.hasSuffix("Connection refused\n") }, "\(rwatch.notices)")
            #expect(rwatch.notices.hasPrefix(waiting))
            try await server.restart()
            #expect(try await eventually { rwatch.notices.contains("refused\nrwatch: watching ") })
            try server.command("SET", "k", "v")
            try server.publish("ch", "x")
            #expect(try await rwatch.status() == 0)
        }
    }
}
