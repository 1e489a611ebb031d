import Foundation
import RedisRESP
import RedisTesting
import TestSupport
import Testing

/// What `rwatch top` prints without a screen, of real servers and of recordings.
@Suite("rwatch top without a screen", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchTopTests {
    /// The objects, each of which is as its schema says.
    private func objects(_ rwatch: RwatchProcess) throws -> [[String: Any]] {
        let schema = try JSONSchema.ofDocument("rwatch-top.schema.json")
        return try rwatch.lines.map { line in
            #expect(try schema.complaint(about: line) == nil)
            return try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// A figure of each row of a table.
    private func rows(_ object: [String: Any], _ table: String, _ figure: String = "count") throws -> [String: Int] {
        let rows = try #require((object[table] as? [String: Any])?["rows"] as? [[String: Any]])
        return rows.reduce(into: [:]) { found, row in
            if let name = row["name"] as? String, let value = row[figure] as? Int { found[name] = value }
        }
    }

    private func calls(_ server: RedisServer) throws -> [String: Int] {
        try server.command("INFO", "commandstats").split(whereSeparator: \.isNewline).reduce(into: [:]) { found, line in
            guard let match = line.firstMatch(of: #/cmdstat_([^:]+):calls=(\d+)/#) else { return }
            found[String(match.1)] = Int(match.2)
        }
    }

    @Test("tells what INFO tells: the differences, and MONITOR is never sent")
    func differences() async throws {
        try await withRedisServer { server in
            for _ in 0..<7 { try server.command("SET", "before", "1") }
            let top = try RwatchProcess([
                "top", "--json", "--source", "stats", "-i", "250ms", "--iterations", "40", "-p", "\(server.port)",
            ])
            #expect(try await eventually { top.lines.count >= 1 })
            let before = try calls(server)
            for index in 0..<100 { try server.command("SET", "k\(index)", "v") }
            for index in 0..<50 { try server.command("GET", "k\(index)") }
            try server.command("CONFIG", "GET", "maxmemory")
            let after = try calls(server)
            #expect(try await top.status() == 0, "\(top.notices)")
            let objects = try objects(top)
            #expect(objects.count == 40)
            let last = try #require(objects.last)
            let counts = try rows(last, "commands")
            for name in ["set", "get"] {
                #expect(counts[name] == (after[name] ?? 0) - (before[name] ?? 0), "\(name)")
                // The intervals together are all of it.
                #expect(try objects.map { try rows($0, "commands", "last")[name] ?? 0 }.reduce(0, +) == counts[name])
            }
            #expect(counts["set"] == 100 && counts["get"] == 50 && counts["config|get"] == 1)
            #expect(try calls(server)["monitor"] == nil)
            #expect(try rows(last, "nodes", "clients").count == 1)
        }
    }

    @Test("prints reports for people, as many as are wanted")
    func batch() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let top = try RwatchProcess(["top", "--batch", "--iterations", "2", "-i", "250ms", "-p", port])
            #expect(try await top.status() == 0, "\(top.notices)")
            #expect(
                top.lines.count { $0.hasPrefix("COMMANDS   ") } == 2 && top.lines.count { $0.hasPrefix("NODES ") } == 2
            )
            #expect(top.lines.contains { $0.hasPrefix("localhost:\(port)") && $0.contains(" up ") })
            #expect(top.notices.isEmpty)
        }
    }

    @Test("needs a terminal, and says what does not")
    func noTerminal() async throws {
        let top = try RwatchProcess(["top"])
        #expect(try await top.status() == 64)
        #expect(top.notices.hasPrefix("rwatch: top needs a terminal: --batch prints reports without one"))
        for words in [
            ["--iterations", "2"], ["--batch", "-i", "1ms"], ["--json", "--where", "cmd = GET"], ["--json", "name"],
            ["--json", "--source", "sub"], ["--json", "--speed", "2x"], ["--json", "--source", "elsewhere"],
            ["--json", "-r", "x", "--source", "monitor"], ["--json", "--depth", "0"],
        ] {
            let run = try RwatchProcess(["top"] + words)
            #expect(try await run.status() == 64, "\(words)")
        }
    }

    @Test("counts commands with their keys, prefixes, channels and clients while they are executed")
    func monitor() async throws {
        try await withRedisServer { server in
            let top = try RwatchProcess([
                "top", "--json", "--source", "monitor", "--where", "not cmd = PING", "-i", "250ms", "--top", "99", "-p",
                "\(server.port)",
            ])
            #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
            for index in 0..<30 { try server.command("SET", "user:\(index % 3)", "value") }
            try server.command("PUBLISH", "news", "hello")
            try server.command("PING")
            func last() throws -> [String: Any] { try #require(try objects(top).last) }
            #expect(try await eventually { try !top.lines.isEmpty && last()["total"] as? Int == 31 })
            top.signal(SIGINT)
            #expect(try await top.status() == 128 + SIGINT)
            let object = try last()
            #expect(try rows(object, "commands") == ["set": 30, "publish": 1])
            #expect(try rows(object, "keys") == ["user:0": 10, "user:1": 10, "user:2": 10])
            #expect(try rows(object, "prefixes") == ["user:": 30] && rows(object, "channels") == ["news": 1])
            #expect(try rows(object, "clients").values.reduce(0, +) == 31)
        }
    }

    @Test("counts messages and events of keys")
    func messages() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let port = "\(server.port)"
            let sub = try RwatchProcess(["top", "--json", "--source", "sub", "-P", "a*", "-i", "250ms", "-p", port])
            let keys = try RwatchProcess(["top", "--json", "--source", "keys", "-i", "250ms", "-p", port])
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT").hasSuffix("2") })
            for index in 0..<20 { try server.publish("a\(index % 2)", "x") }
            for _ in 0..<5 { try server.command("DEL", "nothing") }
            try server.command("SET", "k", "v")
            try server.command("DEL", "k")
            #expect(try await eventually { try !sub.lines.isEmpty && objects(sub).last?["total"] as? Int == 20 })
            #expect(try await eventually { try !keys.lines.isEmpty && objects(keys).last?["total"] as? Int == 2 })
            for top in [sub, keys] { top.signal(SIGTERM) }
            for top in [sub, keys] { #expect(try await top.status() == 128 + SIGTERM) }
            #expect(try rows(try #require(objects(sub).last), "channels") == ["a0": 10, "a1": 10])
            #expect(try rows(try #require(objects(keys).last), "commands") == ["set": 1, "del": 1])
        }
    }

    @Test("shows a recording, as fast as is wanted")
    func recording() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("top-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("rec.txt").path
        let lines = (0..<1000).map {
            "17000000\($0 / 100 + 10).000000 [0 127.0.0.1:\($0 % 4)] \"SET\" \"a:\($0 % 10)\" \"v\""
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: file))
        let fast = try RwatchProcess([
            "top", "--json", "-i", "1h", "-r", file, "--speed", "max", "--where", "key = a:3",
        ])
        #expect(try await fast.status() == 0, "\(fast.notices)")
        let object = try #require(objects(fast).last)
        #expect(object["source"] as? String == "recording" && object["total"] as? Int == 100)
        #expect(try rows(object, "keys") == ["a:3": 100])
        // Nine seconds in two, of which the first report has not seen all.
        let paced = try RwatchProcess(["top", "--json", "-i", "250ms", "-r", file, "--speed", "5x"])
        #expect(try await paced.status() == 0, "\(paced.notices)")
        let totals = try objects(paced).compactMap { $0["total"] as? Int }
        #expect(totals.count >= 2 && totals.last == 1000 && totals[0] < 1000)
        let missing = try RwatchProcess(["top", "--json", "-r", folder.appendingPathComponent("none").path])
        #expect(try await missing.status() == 66)
    }

    @Test("says what a server refuses, and ends with what it lacks the right to")
    func refused() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "few", "on", "nopass", "+info", "+ping", "+hello")
            let port = "\(server.port)"
            let few = try RwatchProcess([
                "top", "--json", "--iterations", "2", "-i", "250ms", "--user", "few", "-a", "x", "-p", port,
            ])
            #expect(try await few.status() == 0, "\(few.notices)")
            #expect(try objects(few).count == 2)
            try server.command("ACL", "SETUSER", "none", "on", "nopass", "+ping", "+hello")
            let none = try RwatchProcess(["top", "--json", "--user", "none", "-a", "x", "-p", port])
            #expect(try await none.status() == 77, "\(none.notices)")
            let gone = try RwatchProcess(["top", "--json", "-p", "1"])
            #expect(try await gone.status() == 69)
        }
    }

    @Test("goes on when the server was away, and tells of the gap that a restart is")
    func restart() async throws {
        try await withRedisServer { server in
            let top = try RwatchProcess(["top", "--json", "-i", "250ms", "-p", "\(server.port)"])
            #expect(try await eventually { top.lines.count > 1 })
            server.kill()
            #expect(try await eventually { try objects(top).last?["failing_nodes"] as? Int == 1 })
            try await server.restart()
            #expect(
                try await eventually {
                    let last = try objects(top).last
                    return last?["failing_nodes"] as? Int == 0 && last?["gaps"] as? Int == 1
                        && last?["reconnects"] as? Int == 1
                }
            )
            top.signal(SIGTERM)
            #expect(try await top.status() == 128 + SIGTERM)
        }
    }
}
