import Foundation
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Events that go to commands.
@Suite("rwatch, commands for events", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchExecTests {
    private func started(_ arguments: [String], _ server: RedisServer) async throws -> RwatchProcess {
        let rwatch = try RwatchProcess(arguments + ["-p", "\(server.port)"])
        #expect(try await eventually { rwatch.notices.contains("watching ") }, "\(rwatch.notices)")
        return rwatch
    }

    /// Whether a process is there, also as one that nobody has collected.
    private func exists(_ id: Int32) -> Bool { FileManager.default.fileExists(atPath: "/proc/\(id)") }

    /// The processes whose parent is that one.
    private func children(of id: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task").flatMap { task in
            // A thread may end meanwhile.
            let text = (try? String(contentsOfFile: "/proc/\(id)/task/\(task)/children", encoding: .utf8)) ?? ""
            return text.split(separator: " ").compactMap { Int32($0) }
        }
    }

    @Test("each event is one command, with its payload as input and the rest in the environment")
    func each() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let command = #"echo "$RWATCH_KIND|$RWATCH_CHANNEL|$RWATCH_PATTERN|$RWATCH_NODE|$(od -An -tx1)""#
            let sub = try await started(
                ["sub", "a", "-P", "b*", "-C", "3", "--jobs", "1", "--exec", command],
                server
            )
            try server.publish("a", "one")
            try server.command([Array("PUBLISH".utf8), Array("b1".utf8), [0x0a, 0xff]])
            try server.publish("a", "")
            #expect(try await sub.status() == 0)
            let node = "localhost:\(server.port)"
            #expect(
                sub.lines == ["message|a||\(node)| 6f 6e 65", "pmessage|b1|b*|\(node)| 0a ff", "message|a||\(node)|"]
            )
            let keys = try await started(
                ["keys", "-C", "1", "--exec", #"echo "$RWATCH_EVENT $RWATCH_DB $RWATCH_KEY $(cat)""#],
                server
            )
            try server.command("SET", "k", "v")
            #expect(try await keys.status() == 0)
            #expect(keys.lines == ["set 0 k k"])
            let monitor = try await started(
                ["monitor", "--cmd", "set", "-C", "1", "--json"]
                    + ["--exec", #"echo "$RWATCH_COMMAND $RWATCH_KEY"; cat"#],
                server
            )
            try server.command("SET", "k", "v")
            #expect(try await monitor.status() == 0)
            #expect(monitor.lines.first == "SET k")
            #expect(monitor.lines.last?.hasSuffix(#""cmd":"SET","args":["k","v"]}"#) == true)
        }
    }

    @Test("a batch is the lines of a second")
    func batch() async throws {
        try await withRedisServer { server in
            let sub = try await started(
                ["sub", "a", "-C", "1000", "--csv", "--exec-batch", #"awk 'NR == 1 { print } END { print NR - 1 }'"#],
                server
            )
            let begun = ContinuousClock.now
            for number in 0..<1000 { try server.publish("a", "\(number)") }
            #expect(try await sub.status() == 0)
            let seconds = Int(begun.duration(to: .now) / .seconds(1))
            let lines = sub.text.split(whereSeparator: \.isNewline)
            let counts = lines.filter { $0 != "kind,time,node,channel,pattern,payload" }.compactMap { Int($0) }
            // Each batch has a header of its own.
            #expect(lines.count == 2 * counts.count)
            #expect(counts.reduce(0, +) == 1000)
            #expect(counts.count <= seconds + 2, "\(counts)")
        }
    }

    @Test("no more commands run at once than --jobs says, and all of them run")
    func jobs() async throws {
        try await withRedisServer { server in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobs-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            // Each says how many are there, itself among them.
            let command = "mkdir \(folder.path)/$$; ls \(folder.path) | wc -l; sleep 0.02; rmdir \(folder.path)/$$"
            let sub = try await started(["sub", "a", "-C", "40", "--jobs", "3", "--exec", command], server)
            for _ in 0..<40 { try server.publish("a", "x") }
            #expect(try await sub.status() == 0)
            let counts = sub.lines.compactMap { Int($0.filter { $0 != " " }) }
            #expect(counts.count == 40)
            #expect(counts.allSatisfy { (1...3).contains($0) } && counts.contains(3), "\(counts)")
        }
    }

    @Test("when all commands are busy, events are dropped and counted, or the run ends")
    func overflow() async throws {
        try await withRedisServer { server in
            let payload = RedisBytes(String(repeating: "x", count: 50_000))
            for (policy, status) in [("drop", 128 + SIGTERM), ("exit", 74)] as [(String, Int32)] {
                let sub = try await started(
                    ["sub", "a", "--jobs", "1", "--buffer", "100kb", "--overflow", policy]
                        + ["--exec", "exec sleep 100"],
                    server
                )
                let word = policy == "drop" ? "events are being dropped" : "ended because of --overflow exit"
                #expect(
                    try await eventually {
                        try server.publish("a", payload)
                        return sub.notices.contains(word)
                    }
                )
                if policy == "drop" { sub.signal(SIGTERM) }
                #expect(try await sub.status() == status, "\(sub.notices)")
            }
        }
    }

    @Test("commands that fail are counted and told, and the status is 1")
    func failures() async throws {
        try await withRedisServer { server in
            let sub = try await started(
                ["sub", "a", "-C", "4", "--jobs", "1", "--exec", #"read -r word; test "$word" = good || exit 3"#],
                server
            )
            for payload in ["good\n", "bad\n", "good\n", "bad\n"] { try server.publish("a", RedisBytes(payload)) }
            #expect(try await sub.status() == 1)
            #expect(sub.notices.contains("rwatch: a command of --exec failed: it ended with status 3\n"))
            #expect(
                sub.notices.hasSuffix(
                    "rwatch: 2 of 4 commands of --exec failed, the last because it ended with status 3\n"
                )
            )
            // Who reads nothing of its input has not failed.
            let deaf = try await started(["sub", "a", "-C", "1", "--exec", "true"], server)
            try server.publish("a", RedisBytes(String(repeating: "x", count: 1 << 20)))
            #expect(try await deaf.status() == 0)
        }
    }

    @Test("commands end with the run: at a signal, at a second one, and when rwatch is killed")
    func ends() async throws {
        try await withRedisServer { server in
            for (signals, status) in [([SIGTERM], 128 + SIGTERM), ([SIGKILL], 128 + SIGKILL)] as [([Int32], Int32)] {
                let sub = try await started(
                    ["sub", "a", "--exec", "trap '' HUP; echo $$; sleep 100; sleep 100"],
                    server
                )
                for _ in 0..<3 { try server.publish("a", "x") }
                #expect(try await eventually { sub.lines.count == 3 })
                let ids = sub.lines.compactMap { Int32($0) }
                // A shell says who it is before it begins to sleep.
                var below: [Int32] = []
                let haveBegun = try await eventually {
                    below = try ids.flatMap { try children(of: $0) }
                    return below.count == 3
                }
                #expect(haveBegun && ids.count == 3, "\(ids) \(below)")
                for signal in signals { sub.signal(signal) }
                #expect(try await sub.status() == status)
                // Nothing is left, and nobody has to collect anything.
                #expect(try await eventually { (ids + below).allSatisfy { !exists($0) } })
            }
            // One that takes no notice of SIGTERM is ended all the same.
            let stubborn = try await started(
                ["sub", "a", "--exec", "trap '' TERM; echo $$; while :; do sleep 1; done"],
                server
            )
            try server.publish("a", "x")
            #expect(try await eventually { stubborn.lines.count == 1 })
            let id = try #require(Int32(stubborn.lines[0]))
            stubborn.signal(SIGINT)
            #expect(try await eventually { stubborn.notices.contains("waiting for commands that still run") })
            stubborn.signal(SIGINT)
            #expect(try await stubborn.status() == 128 + SIGINT)
            #expect(try await eventually { !exists(id) })
        }
    }

    @Test("no command is left as a zombie while the run goes on")
    func zombies() async throws {
        try await withRedisServer { server in
            let sub = try await started(["sub", "a", "--exec", "echo $$"], server)
            for _ in 0..<20 { try server.publish("a", "x") }
            #expect(try await eventually { sub.lines.count == 20 })
            // The guard alone is left.
            #expect(try await eventually { try children(of: sub.id).count <= 1 })
            let ids = sub.lines.compactMap { Int32($0) }
            #expect(try await eventually { ids.allSatisfy { !exists($0) } })
            sub.signal(SIGTERM)
            #expect(try await sub.status() == 128 + SIGTERM)
        }
    }

    @Test("secrets of the environment are not passed on")
    func secrets() async throws {
        try await withRedisServer(RedisServerOptions(password: "hunter2")) { server in
            let sub = try RwatchProcess(
                ["sub", "a", "-p", "\(server.port)", "-C", "1", "--exec", "env"],
                environment: ["REDISCLI_AUTH": "hunter2", "RWATCH_KEY": "stale"]
            )
            #expect(try await eventually { sub.notices.contains("watching ") })
            try server.publish("a", "x")
            #expect(try await sub.status() == 0)
            #expect(sub.lines.contains("RWATCH_CHANNEL=a"))
            #expect(!sub.text.contains("hunter2") && !sub.text.contains("REDISCLI_AUTH"))
            #expect(!sub.text.contains("RWATCH_KEY="))
        }
    }

    @Test("what makes no sense is a usage error")
    func usage() async throws {
        for options in [
            ["--exec", "a", "--exec-batch", "b"], ["--jobs", "2"], ["--exec", "a", "--jobs", "0"],
            ["--exec", "a", "-w", "/tmp/x"], ["--exec-batch", "a", "--jobs", "257"],
        ] {
            let rwatch = try RwatchProcess(["sub", "c"] + options)
            #expect(try await rwatch.status() == 64, "\(options)")
        }
    }
}
