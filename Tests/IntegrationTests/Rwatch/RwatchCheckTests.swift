import Foundation
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch check", .tags(.rwatch, .once), .timeLimit(.minutes(2)))
struct RwatchCheckTests {
    /// The verdict and the text for each subject.
    private func findings(_ run: RwatchProcess) -> [String: String] {
        var findings: [String: String] = [:]
        for line in run.lines {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count > 3 else { continue }
            findings[String(words[2])] = "\(words[0]): \(words[3...].joined(separator: " "))"
        }
        return findings
    }

    @Test("finds nothing wrong with a server of one's own, in lines and in JSON")
    func fine() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(["check", "-p", "\(server.port)", "-h", "127.0.0.1"])
            let json = try RwatchProcess(["check", "-p", "\(server.port)", "--json"])
            #expect(try await run.status() == 0, "\(run.notices)")
            let found = findings(run)
            #expect(found["server"]?.hasPrefix("ok: ") == true, "\(run.text)")
            #expect(found["monitor"] == "ok: permitted")
            #expect(found["subscribe"] == "ok: permitted")
            #expect(found["user"] == "ok: default, without a password")
            #expect(found["keyspace"]?.hasPrefix("note: ") == true)
            #expect(found["memory"] == "ok: no limit: what is kept for a monitor evicts no keys")
            #expect(found["rate"]?.hasSuffix(" a second, which is what a monitor prints") == true)

            #expect(try await json.status() == 0)
            #expect(json.lines.count == run.lines.count)
            let object = try JSONSerialization.jsonObject(with: Data(json.lines[0].utf8)) as? [String: Any]
            #expect(object?["subject"] as? String == "server" && object?["v"] as? Int == 1)
        }
    }

    @Test("tells the ACL rule that is missing, and ends with 1")
    func rights() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "app", "on", ">p", "+@all", "-monitor", "resetchannels", "&allowed")
            try server.command("CONFIG", "SET", "maxmemory", "100mb")
            try server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            let run = try RwatchProcess(
                ["check", "allowed", "other", "-P", "a*", "-u", "redis://app:p@127.0.0.1:\(server.port)"]
            )
            #expect(try await run.status() == 1)
            let found = findings(run)
            #expect(found["user"] == "ok: app")
            #expect(found["memory"]?.hasPrefix("warning: at most 100mb") == true, "\(run.text)")
            #expect(found["monitor"]?.hasPrefix("wrong: ") == true && found["monitor"]?.contains("+monitor") == true)
            #expect(found["subscribe"]?.contains("\"other\"") == true && found["subscribe"]?.contains("&other") == true)
            #expect(found["psubscribe"]?.contains("&a*") == true)
        }
    }

    @Test("says why a server cannot be reached")
    func unreachable() async throws {
        let run = try RwatchProcess(["check", "-h", "127.0.0.1", "-p", "\(try closedPort())"])
        #expect(try await run.status() == 1)
        #expect(findings(run)["reach"]?.hasPrefix("wrong: ") == true, "\(run.text)")
        try await withRedisServer(RedisServerOptions(password: "secret")) { server in
            let run = try RwatchProcess(["check", "-h", "127.0.0.1", "-p", "\(server.port)", "-a", "wrong-one"])
            #expect(try await run.status() == 1)
            #expect(!run.text.contains("wrong-one") && run.text.contains("wrong"), "\(run.text)")
        }
    }
}
