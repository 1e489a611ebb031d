import Foundation
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch and signals that were ignored when it began", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchSignalTests {
    /// Starts it as a shell does that ignores a signal.
    private func ignoring(_ signal: Int32, _ arguments: [String]) throws -> RwatchProcess {
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        return try RwatchProcess(
            ["-c", "trap '' \(signal); exec \"$0\" \(words)", RwatchProcess.executable.path],
            executable: URL(fileURLWithPath: "/bin/sh")
        )
    }

    @Test(
        "lives on when a signal comes that was ignored, as under nohup",
        arguments: [SIGHUP, SIGINT, SIGTERM, SIGTSTP],
        Watcher.allCases
    )
    func staysIgnored(_ signal: Int32, _ watcher: Watcher) async throws {
        try await withRedisServer(Watcher.server) { server in
            let names = watcher == .sub ? ["ch"] : []
            let rwatch = try ignoring(
                signal,
                [watcher.rawValue] + names + ["--json", "-p", "\(server.port)", "-C", "1"]
            )
            func isUp() throws -> Bool {
                let clients = try server.command("CLIENT", "LIST")
                return clients.contains(" sub=1 ") || clients.contains("cmd=monitor") || clients.contains(" psub=1 ")
            }
            #expect(try await eventually { try isUp() })
            rwatch.signal(signal)
            // The kernel has discarded it when this is answered, and what would have ended it had the time to.
            #expect(try await eventually { try isUp() })
            let status = try String(contentsOfFile: "/proc/\(rwatch.id)/status", encoding: .utf8)
            let mask = status.firstMatch(of: #/SigIgn:\s*([0-9a-f]+)/#).flatMap { UInt64($0.1, radix: 16) } ?? 0
            #expect(mask & 1 << UInt64(signal - 1) != 0)
            try server.command("SET", "k", "v")
            try server.publish("ch", "x")
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.lines.count == 1)
        }
    }

    @Test("dies of those that were not, as before", arguments: [SIGHUP, SIGINT, SIGTERM])
    func others(_ signal: Int32) async throws {
        try await withRedisServer { server in
            let rwatch = try ignoring(SIGUSR1, ["sub", "ch", "-p", "\(server.port)"])
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") })
            rwatch.signal(signal)
            #expect(try await rwatch.status() == 128 + signal)
        }
    }

    @Test("ends with the same status when its reader goes while SIGPIPE is ignored, which then cannot end it")
    func brokenPipe() async throws {
        try await withRedisServer { server in
            let shell = try RwatchProcess(
                [
                    "-c", "trap '' PIPE; { \"$0\" sub ch -p \(server.port); echo \"status $?\" >&2; } | head -n 1",
                    RwatchProcess.executable.path,
                ],
                executable: URL(fileURLWithPath: "/bin/sh")
            )
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") })
            try server.publish("ch", "x")
            #expect(try await shell.status() == 0)
            #expect(try await eventually { shell.notices.hasSuffix("status 141\n") }, "\(shell.notices)")
        }
    }
}
