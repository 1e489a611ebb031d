import Foundation
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch, monitoring a part of the time", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchDutyTests {
    private func objects(_ rwatch: RwatchProcess) throws -> [[String: Any]] {
        try rwatch.lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    }

    @Test("leaves MONITOR between its turns, tells each pause as a gap that says why, and scales its numbers")
    func turns() async throws {
        try await withRedisServer { server in
            let rwatch = try RwatchProcess(["monitor", "--duty", "20%", "--json", "-p", "\(server.port)"])
            // Eight tenths of a second, less what the last command was before the end of the turn. Another process may
            // take the processor just when a turn should begin or end, so that not each of them has its length.
            let usual = 600...1_100
            var lengths: [Int] = []
            var turns: [Int] = []
            let hasTurned = try await eventually(within: .seconds(30)) {
                try server.command("SET", "k", "v")
                let seen = try self.objects(rwatch)
                let kinds = seen.map { $0["kind"] as? String == "gap" ? "gap" : "command" }
                lengths = seen.filter { $0["kind"] as? String == "gap" }.compactMap { $0["duration_ms"] as? Int }
                // There are commands between the pauses.
                turns = kinds.split(separator: "gap").map(\.count)
                return lengths.count { usual.contains($0) } >= 3 && turns.count >= 3
            }
            #expect(hasTurned, "\(lengths) \(turns)")
            rwatch.signal(SIGUSR1)
            #expect(try await eventually { rwatch.notices.contains(", monitored for ") })
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
            let objects = try objects(rwatch)
            let gaps = objects.filter { $0["kind"] as? String == "gap" }
            for gap in gaps.prefix(3) {
                #expect(gap["cause"] as? String == "duty")
                #expect(gap["reason"] as? String == "not monitored: --duty 20% is 0.2 s of each second")
                #expect(gap["complete"] as? Bool == true)
                _ = try #require(gap["duration_ms"] as? Int)
            }
            let start = "rwatch: watching all commands, 0.2 s of each second, at localhost:\(server.port)\n"
            #expect(rwatch.notices.hasPrefix(start))
            #expect(!rwatch.notices.contains("link ") && !rwatch.notices.contains("gap of"))
            #expect(rwatch.notices.contains(#/rwatch: \d+ events in .*, monitored for .*: about \d+ events \(about/#))
        }
    }

    @Test("a link that is lost meanwhile is told as ever, and a stop of the process too")
    func losses() async throws {
        try await withRedisServer { server in
            let rwatch = try RwatchProcess(["monitor", "--duty", "90%", "--json", "-p", "\(server.port)"])
            #expect(try await eventually { rwatch.notices.contains("watching ") })
            #expect(
                try await eventually {
                    try server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                    return rwatch.notices.contains("link lost")
                }
            )
            #expect(try await eventually { rwatch.notices.contains("link back") })
            rwatch.signal(SIGTSTP)
            let isStopped = {
                try String(contentsOfFile: "/proc/\(rwatch.id)/stat", encoding: .utf8).split(separator: ")").last?
                    .hasPrefix(" T ") == true
            }
            #expect(try await eventually { try isStopped() })
            #expect(try await eventually { try server.command("CLIENT", "LIST").split(separator: "\n").count == 1 })
            rwatch.signal(SIGCONT)
            let count = rwatch.lines.count
            #expect(
                try await eventually {
                    try server.command("SET", "k", "v")
                    return rwatch.lines.dropFirst(count).contains { $0.contains(#""cause":"duty""#) }
                }
            )
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
        }
    }

    @Test("no other part of a second is accepted")
    func usage() async throws {
        for text in ["0%", "100%", "x", "1.5%"] {
            #expect(try await RwatchProcess(["monitor", "--duty", text]).status() == 64)
        }
    }
}
