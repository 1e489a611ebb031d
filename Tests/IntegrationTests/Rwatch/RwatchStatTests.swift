import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// What `rwatch stat` counts at real servers, and of what rwatch has recorded there.
@Suite("rwatch stat as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchStatTests {
    /// The report, which is as its schema says.
    private func report(_ rwatch: RwatchProcess) throws -> [String: Any] {
        #expect(rwatch.lines.count == 1, "\(rwatch.notices)")
        let schema = try JSONSchema.ofDocument("rwatch-stat.schema.json")
        #expect(try schema.complaint(about: rwatch.text) == nil)
        return try #require(JSONSerialization.jsonObject(with: Data(rwatch.bytes)) as? [String: Any])
    }

    /// The rows of a table: names and counts.
    private func rows(_ report: [String: Any], _ table: String) throws -> [String: Int] {
        let rows = try #require((report[table] as? [String: Any])?["rows"] as? [[String: Any]])
        return try rows.reduce(into: [:]) { found, row in
            found[try #require(row["name"] as? String)] = try #require(row["count"] as? Int)
        }
    }

    private func monitors(_ server: RedisServer) throws -> Int {
        try server.command("CLIENT", "LIST").components(separatedBy: "cmd=monitor").count - 1
    }

    private func isSubscribed(_ server: RedisServer, _ channel: String) throws -> Bool {
        try server.command("PUBSUB", "NUMSUB", channel).hasSuffix("1")
    }

    private func folder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test("counts commands while they are executed, and reports at the end")
    func commands() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let run = try RwatchProcess(["stat", "--json", "-C", "32", "-p", port])
            #expect(
                try await eventually { run.notices.contains("watching all commands at localhost:\(port)") },
                "\(run.notices)"
            )
            for index in 0..<30 { try server.command("SET", "user:\(index % 3)", "value") }
            try server.command("MGET", "user:0", "plain")
            try server.command("EVAL", "return redis.call('GET', KEYS[1])", "1", "user:1")
            #expect(try await run.status() == 0)
            let report = try report(run)
            #expect(report["live"] as? Bool == true && report["events"] as? Int == 32)
            let commands = try rows(report, "commands")
            #expect(commands == ["set": 30, "mget": 1, "eval": 1])
            #expect(try rows(report, "keys") == ["user:0": 11, "user:1": 11, "user:2": 10, "plain": 1])
            #expect(try rows(report, "prefixes") == ["user:": 32])
            #expect(report["keys_without_prefix"] as? Int == 1)
        }
    }

    @Test("counts the users of commands when it asks for them")
    func users() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "bob", "on", ">secret", "~*", "&*", "+@all")
            let run = try RwatchProcess([
                "stat", "--json", "--names", "--cmd", "set", "-C", "600", "-p", "\(server.port)",
            ])
            #expect(try await eventually { try monitors(server) == 1 })
            let client = try RedisClient(RedisConfiguration(url: "redis://bob:secret@127.0.0.1:\(server.port)"))
            // Who has just logged in is not known before the server is asked again, a second later.
            #expect(
                try await eventually(within: .seconds(30)) {
                    _ = try await client.send(["SET", "k", "v"])
                    return !run.isRunning
                }
            )
            #expect(try await run.status() == 0)
            await client.close()
            let users = try rows(try report(run), "users")
            #expect(Set(users.keys) == ["bob"] && 1...600 ~= users["bob"] ?? 0)
        }
    }

    @Test("ends with the time or a signal, with a report for people")
    func ends() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let timed = try RwatchProcess(["stat", "--for", "300ms", "-q", "-p", port])
            let asked = try RwatchProcess(["stat", "monitor", "--cmd", "set", "--depth", "2", "-p", port])
            #expect(try await eventually { try monitors(server) >= 1 })
            #expect(try await eventually { asked.notices.contains("watching the selected commands") })
            try server.command("SET", "a:b:c", "1")
            try server.command("GET", "a:b:c")
            #expect(try await timed.status() == 0)
            #expect(timed.text.hasPrefix("counted     all commands at localhost:\(port)\nevents      "))
            #expect(
                try await eventually {
                    asked.signal(SIGUSR1)
                    return asked.notices.contains("1 event in ")
                }
            )
            asked.signal(SIGINT)
            #expect(try await asked.status() == 128 + SIGINT)
            #expect(asked.text.contains("\nkinds       1 command\n"), "\(asked.text)")
            #expect(asked.text.contains("  a:b:*\n") && !asked.text.contains("get"))
        }
    }

    @Test("counts messages and events of keys")
    func others() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let port = "\(server.port)"
            let messages = try RwatchProcess(["stat", "sub", "c", "-P", "c*", "--json", "-C", "6", "-p", port])
            let keys = try RwatchProcess(["stat", "keys", "user:*", "--json", "-C", "3", "-p", port])
            #expect(try await eventually { try isSubscribed(server, "c") })
            #expect(try await eventually { keys.notices.contains("watching") && messages.notices.contains("watching") })
            for _ in 0..<3 { try server.publish("c", "payload") }
            #expect(try await messages.status() == 0)
            let report = try report(messages)
            #expect(try rows(report, "channels") == ["c": 6] && rows(report, "patterns") == ["c*": 3])
            #expect(report["bytes"] as? Int == 42)
            try server.command("SET", "user:1", "v")
            try server.command("SET", "other", "v")
            try server.command("SET", "user:1", "v")
            try server.command("DEL", "user:1")
            #expect(try await keys.status() == 0)
            let events = try self.report(keys)
            #expect(try rows(events, "key_events") == ["set": 2, "del": 1] && rows(events, "keys") == ["user:1": 3])
        }
    }

    @Test("tells of a gap, and that the link is back")
    func gap() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(["stat", "sub", "c", "--json", "-C", "1", "-p", "\(server.port)"])
            #expect(try await eventually { try isSubscribed(server, "c") && run.notices.contains("watching ") })
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await eventually { run.notices.contains("gap of ") })
            #expect(try await eventually { try isSubscribed(server, "c") })
            try server.publish("c", "x")
            #expect(try await run.status() == 0)
            let incidents = try #require(try report(run)["incidents"] as? [String: Any])
            #expect(incidents["gaps"] as? Int == 1 && incidents["reconnects"] as? Int == 1)
            let list = try #require(incidents["list"] as? [[String: Any]])
            #expect(Set(list.compactMap { $0["kind"] as? String }) == ["gap", "reconnect"])
        }
    }

    @Test("counts the same of each form of a recording: lines, JSON, compressed, standard input")
    func recordings() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            var recorders: [RwatchProcess] = []
            // Each of them would see how the later ones begin.
            let common = ["-q", "-C", "23", "--cmd", "set,hgetall", "-p", port]
            for form in [[], ["--json"]] {
                recorders.append(try RwatchProcess(["monitor"] + common + form))
                #expect(try await eventually { try monitors(server) == recorders.count })
            }
            let live = try RwatchProcess(["stat", "--json"] + common)
            #expect(try await eventually { try monitors(server) == 3 })
            for index in 0..<20 { try server.command("SET", "k:\(index % 4)", "v\u{e9}\n\(index)") }
            for _ in 0..<3 { try server.command("HGETALL", "h") }
            for recorder in recorders { #expect(try await recorder.status() == 0) }
            #expect(try await live.status() == 0)
            let expected = try report(live)
            try await folder { folder in
                let file = folder.appendingPathComponent("rec")
                for text in recorders.map(\.text) {
                    try Data(text.utf8).write(to: file)
                    let gzip = Process()
                    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                    gzip.arguments = ["gzip", "-kf", file.path]
                    try gzip.run()
                    gzip.waitUntilExit()
                    for arguments in [["-r", file.path], ["-r", "\(file.path).gz"], ["-r", "-"]] {
                        let run = try RwatchProcess(["stat", "--json"] + arguments, input: text)
                        #expect(try await run.status() == 0, "\(run.notices)")
                        let found = try report(run)
                        for name in ["commands", "keys", "prefixes", "clients"] {
                            #expect(try rows(found, name) == rows(expected, name), "\(arguments) \(name)")
                        }
                        for name in ["events", "bytes"] { #expect(found[name] as? Int == expected[name] as? Int) }
                        #expect((found["input"] as? [String: Any])?["lines"] as? Int == 23)
                    }
                    let twice = try RwatchProcess([
                        "stat", "--json", "-r", file.path, "\(file.path).gz", "--cmd", "hgetall",
                    ])
                    #expect(try await twice.status() == 0)
                    let found = try report(twice)
                    #expect(try rows(found, "commands") == ["hgetall": 6])
                    #expect((found["input"] as? [String: Any])?["unselected"] as? Int == 40)
                }
            }
        }
    }

    @Test("writes a page, and never over another file")
    func page() async throws {
        try await folder { folder in
            let (file, page) = (folder.appendingPathComponent("rec"), folder.appendingPathComponent("report.html"))
            try Data("1.000000 [0 a:1] \"GET\" \"<b>\"\n".utf8).write(to: file)
            let run = try RwatchProcess(["stat", "-r", file.path, "--html", page.path])
            #expect(try await run.status() == 0, "\(run.notices)")
            #expect(run.text.hasPrefix("counted     "))
            let written = try String(contentsOf: page, encoding: .utf8)
            #expect(written.hasPrefix("<!doctype html>") && written.contains("&lt;b&gt;") && !written.contains("<b>"))
            let again = try RwatchProcess(["stat", "-r", file.path, "--html", page.path])
            #expect(try await again.status() == 64)
            #expect(again.notices.contains("no file is replaced"))
            let printed = try RwatchProcess(["stat", "-r", file.path, "-o", "html"])
            #expect(try await printed.status() == 0)
            #expect(printed.text == written)
            let nowhere = try RwatchProcess(["stat", "-r", file.path, "--html", "/nowhere/report.html"])
            #expect(try await nowhere.status() == 74)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["rec", "report.html"]
            )
        }
    }

    @Test("says what is wrong with the command line, or with a recording")
    func refusals() async throws {
        try await folder { folder in
            let file = folder.appendingPathComponent("rec").path
            try Data("nonsense\n1.000000 [0 a:1] \"GET\" \"k\"\n".utf8).write(to: URL(fileURLWithPath: file))
            for (arguments, status, words) in [
                (["orders"], 64, "what to count is monitor, sub or keys, and 'orders' is none of them"),
                (["sub"], 64, "nothing to count"), (["monitor", "x"], 64, "takes no names"),
                (["sub", "c", "--cmd", "get"], 64, "not for messages"), (["--channel", "c"], 64, "for messages"),
                (["keys", "--client", "10.0.0.1"], 64, "not for events of keys"),
                (["-r", file, "--for", "1s"], 64, "--for, --idle and --until end a watch"),
                (["-r", "-", "-r", "-"], 64, "standard input is read once"),
                (["-r", "/nowhere"], 66, "cannot read /nowhere: No such file or directory"),
                (["-r", file, "--strict"], 65, "line 1 of \(file) cannot be used (--strict)"),
                (["-r", file, "--depth", "0"], 64, "--depth takes a number from 1 to 16"),
                (["-r", file, "--top", "x"], 64, "--top"), (["-r", file, "-o", "xml"], 64, "text, json and html"),
                (["-r", file, "--json", "-o", "html"], 64, "exclude each other"),
                (["-r", file, "--where", "cmd = "], 64, "--where"),
                (["-h", "127.0.0.1", "-p", "\(try closedPort())"], 69, "cannot connect"),
            ] as [([String], Int32, String)] {
                let run = try RwatchProcess(["stat"] + arguments)
                #expect(try await run.status() == status, "\(arguments): \(run.notices)")
                #expect(run.notices.contains(words), "\(arguments): \(run.notices)")
            }
            let lenient = try RwatchProcess(["stat", "-r", file])
            #expect(try await lenient.status() == 0)
            #expect(lenient.text.contains("unreadable  1 line\n  1 of no known form\n"))
        }
    }

    @Test("keeps to its memory with a million different keys")
    func memory() async throws {
        try await folder { folder in
            let file = folder.appendingPathComponent("rec")
            let count = isSoak ? 1_000_000 : 200_000
            var text = ""
            for index in 0..<count {
                text +=
                    "1795219143.\(100_000 + index % 900_000) [0 10.0.0.\(index % 200):41690] \"SET\" \"object:\(index)\" \"v\"\n"
            }
            try Data(text.utf8).write(to: file)
            let run = try RwatchProcess(["stat", "--json", "-r", file.path])
            var meter = ProcessMeter(run.id)
            #expect(
                try await eventually(within: .seconds(60)) {
                    meter.look()
                    return !run.isRunning
                }
            )
            #expect(try await run.status() == 0, "\(run.notices)")
            let keys = try #require(try report(run)["keys"] as? [String: Any])
            #expect(keys["count"] as? Int == count && keys["exact"] as? Bool == false)
            let distinct = try #require(keys["distinct"] as? Int)
            #expect(abs(distinct - count) < count / 25, "\(distinct)")
            #expect(meter.peakMemory > 0 && meter.peakMemory < 128 << 20, "\(meter.peakMemory)")
        }
    }
}
