import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// What `rwatch replay` does with recordings of real servers.
@Suite("rwatch replay as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchReplayTests {
    /// Servers whose data can be compared.
    private static let options = RedisServerOptions(arguments: ["--enable-debug-command", "yes"])

    /// The report as a dictionary.
    private static func report(_ rwatch: RwatchProcess) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(rwatch.bytes))
        return try #require(object as? [String: Any])
    }

    /// Writes a recording, for as long as `body` takes.
    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("recording-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await body(file.path)
    }

    /// Waits until `rwatch monitor` sees what the server executes.
    private func start(_ arguments: [String], at server: RedisServer) async throws -> RwatchProcess {
        let monitors = { try server.command("CLIENT", "LIST").components(separatedBy: "cmd=monitor").count }
        let before = try monitors()
        let rwatch = try RwatchProcess(["monitor", "-q", "--guard", "0", "-p", "\(server.port)"] + arguments)
        #expect(try await eventually { try monitors() == before + 1 })
        return rwatch
    }

    /// Writes from one task with several connections: transactions, scripts, binary keys, three databases.
    private func load(_ server: RedisServer, _ count: Int) async throws {
        var random = SystemRandomNumberGenerator()
        var links: [CommandLink] = []
        for database in [0, 1, 7] {
            links.append(try CommandLink(RedisConfiguration(url: "\(server.url)/\(database)")))
        }
        let binary = RedisBytes(Array(UInt8.min...UInt8.max))
        for index in 0..<count {
            let link = links[Int.random(in: 0..<3, using: &random)]
            let key = index % 5 == 0 ? binary : RedisBytes("key:\(Int.random(in: 0..<20, using: &random))")
            let value = RedisBytes((0..<Int.random(in: 0..<30, using: &random)).map { _ in UInt8.random(in: 0...255) })
            switch Int.random(in: 0..<6, using: &random) {
            case 0: _ = await link.result(of: ["APPEND", key, value], timeout: .seconds(5))
            case 1:
                _ = await link.result(of: ["MULTI"], timeout: .seconds(5))
                for command: RedisCommand in [["SET", key, value], ["LPUSH", "list", key], ["SELECT", index % 2]] {
                    _ = await link.result(of: command, timeout: .seconds(5))
                }
                _ = await link.result(of: ["EXEC"], timeout: .seconds(5))
            case 2:
                let script = "redis.call('INCR', 'hidden'); return redis.call('APPEND', KEYS[1], ARGV[1])"
                _ = await link.result(of: ["EVAL", RedisBytes(script), "1", key, value], timeout: .seconds(5))
            case 3: _ = await link.result(of: ["SELECT", index % 8], timeout: .seconds(5))
            case 4: _ = await link.result(of: ["RPOPLPUSH", "list", key], timeout: .seconds(5))
            default: _ = await link.result(of: ["SET", key, value], timeout: .seconds(5))
            }
        }
        for link in links { await link.close() }
        try server.command("SET", "the", "end")
    }

    @Test("makes an empty server the same as the recorded one, from lines and from JSON")
    func sameData() async throws {
        try await withRedisServer(Self.options) { source in
            try await withRedisServer(Self.options) { target in
                let recorders = [try await start([], at: source), try await start(["--json"], at: source)]
                try await load(source, isSoak ? 20_000 : 600)
                let digest = try source.command("DEBUG", "DIGEST")
                for recorder in recorders {
                    #expect(try await eventually { recorder.lines.last?.contains("end") ?? false })
                    try await withFile(recorder.text) { file in
                        for options in [["--speed", "max"], ["--speed", "100x", "--connections", "2"]] {
                            try target.command("FLUSHALL")
                            let replay = try RwatchProcess(
                                ["replay", file, "--json", "-p", "\(target.port)"] + options
                            )
                            #expect(try await replay.status(within: .seconds(60)) == 0, "\(replay.notices)")
                            #expect(try target.command("DEBUG", "DIGEST") == digest, "\(options)")
                            let report = try Self.report(replay)
                            #expect(report["sent"] as? Int == report["answered"] as? Int)
                            #expect(report["sent"] as? Int == report["planned"] as? Int)
                            #expect(report["blocked"] as? Int == 0)
                            let skipped = report["skipped"] as? [String: Int] ?? [:]
                            let sum = (report["planned"] as? Int ?? 0) + skipped.values.reduce(0, +)
                            #expect(report["recorded"] as? Int == sum)
                            #expect(skipped["script"] ?? 0 > 0)
                        }
                    }
                }
                for recorder in recorders { recorder.signal(SIGTERM) }
            }
        }
    }

    @Test("keeps the pace of the recording, twice as fast in half the time")
    func pace() async throws {
        let lines = (0...40).map { index in
            let time = 1_000_000 + index * 50_000
            return "\(time / 1_000_000).\(String(time % 1_000_000 + 1_000_000).dropFirst()) "
                + "[0 10.0.0.\(index % 3):1] \"SET\" \"k\" \"\(index)\"\n"
        }
        // Within 5 per cent where nothing else runs; every day other tests do.
        let most = isSoak ? 1050.0 : 1400.0
        try await withRedisServer { server in
            try await withFile(lines.joined()) { file in
                // Another process may take the processor just then.
                var best: [Double] = []
                for _ in 0..<3 {
                    let replay = try RwatchProcess(["replay", file, "--speed", "2x", "--json", "-p", "\(server.port)"])
                    #expect(try await replay.status() == 0)
                    let report = try Self.report(replay)
                    #expect(report["recorded_ms"] as? Double == 2000)
                    let elapsed = try #require(report["elapsed_ms"] as? Double)
                    #expect(elapsed >= 1000)
                    let late = try #require((report["late_ms"] as? [String: Double])?["max"])
                    #expect(late >= 0)
                    best.append(elapsed)
                    if elapsed <= most { break }
                }
                #expect(best.contains { $0 <= most }, "\(best)")
                #expect(try server.command("GET", "k") == "40")
            }
        }
    }

    @Test("publishes recorded messages again, each once")
    func messages() async throws {
        try await withRedisServer { source in
            try await withRedisServer { target in
                for form in [[], ["--json"]] {
                    let recorder = try RwatchProcess(
                        [
                            "sub", "orders", "-P", "o*", "-P", "*", "-S", "shard", "-q", "-C", "8", "-p",
                            "\(source.port)",
                        ]
                            + form
                    )
                    #expect(try await eventually { try source.command("PUBSUB", "NUMPAT") == "2" })
                    #expect(try await eventually { try source.command("PUBSUB", "SHARDNUMSUB", "shard") == "shard\n1" })
                    for payload in ["one", "one"] { try source.publish("orders", RedisBytes(payload)) }
                    try source.spublish("shard", RedisBytes([0xff, 0x0a]))
                    try source.publish("news", "last")
                    #expect(try await recorder.status() == 0)
                    // The next one must not be taken for this one.
                    #expect(try await eventually { try source.command("PUBSUB", "NUMPAT") == "0" })
                    #expect(try await eventually { try target.command("PUBSUB", "CHANNELS") == "" })
                    #expect(
                        try await eventually { try target.command("PUBSUB", "SHARDNUMSUB", "shard") == "shard\n0" }
                    )
                    let listener = try RwatchProcess(
                        ["sub", "orders", "news", "-S", "shard", "-q", "-C", "4", "-p", "\(target.port)"]
                    )
                    #expect(try await eventually { try target.command("PUBSUB", "SHARDNUMSUB", "shard") == "shard\n1" })
                    try await withFile(recorder.text) { file in
                        let replay = try RwatchProcess([
                            "replay", file, "--speed", "max", "--json", "-p", "\(target.port)",
                        ])
                        #expect(try await replay.status() == 0)
                        let report = try Self.report(replay)
                        #expect(report["sent"] as? Int == 4)
                        #expect((report["skipped"] as? [String: Int]) == ["same_publish": 4])
                    }
                    #expect(try await listener.status() == 0)
                    #expect(
                        listener.lines.map { $0.split(separator: " ", maxSplits: 1)[1] } == [
                            #"message "orders" "one""#, #"message "orders" "one""#, #"smessage "shard" "\xff\n""#,
                            #"message "news" "last""#,
                        ]
                    )
                }
            }
        }
    }

    @Test("refuses what may do harm, and says what to do")
    func refusals() async throws {
        let line = #"1.000000 [0 a:1] "SET" "k" "v""#
        try await withRedisServer { server in
            try await withFile(line + "\n") { file in
                for (arguments, status, words) in [
                    (["/nowhere"], 66, "cannot read /nowhere: No such file or directory"),
                    (["/tmp", "--dry-run"], 66, "cannot read /tmp: Is a directory"),
                    ([file, "-h", "10.255.255.1"], 64, "10.255.255.1:6379 is not on this machine"),
                    ([file, "--sentinel", "shop"], 64, "not on this machine"), ([file, "-c"], 64, "leave out -c"),
                    ([file, "-u", "\(server.url)/1"], 64, "leave out that of the URL"),
                    (["-", "--loop"], 64, "--loop reads the recording again"),
                    ([file, "--lua", "only"], 64, "leave out --lua only"),
                    ([file, "--channel", "c", "--cmd", "set"], 64, "--channel and --not-channel are for messages"),
                    ([file, "--speed", "fast"], 64, "--speed takes 1x"), ([], 64, "one file, or - for standard input"),
                    ([file, "--where", "cmd = "], 64, "--where"),
                    ([file, "-p", "\(try closedPort())"], 69, "cannot connect"),
                ] as [([String], Int32, String)] {
                    let hasServer = arguments.contains("-u") || arguments.contains("-p") || arguments.contains("-h")
                    let rwatch = try RwatchProcess(
                        ["replay"] + arguments + (hasServer ? [] : ["-p", "\(server.port)"])
                    )
                    #expect(try await rwatch.status() == status, "\(arguments): \(rwatch.notices)")
                    #expect(rwatch.notices.contains(words), "\(rwatch.notices)")
                }
                let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
                let early = try RwatchProcess(["replay", file, "-p", "\(server.port)"])
                #expect(try await early.status() == 64)
                #expect(early.notices.contains("is still being written"))
                let agreed = try RwatchProcess(["replay", file, "-p", "\(server.port)", "--yes", "-q"])
                #expect(try await agreed.status() == 0)
                #expect(agreed.notices == "")
                #expect(try server.command("GET", "k") == "v")
                try writer.close()
            }
            try await withFile("node=127.0.0.1:\(server.port) \(line)\n") { file in
                try server.command("DEL", "k")
                let own = try RwatchProcess(["replay", file, "-p", "\(server.port)"])
                #expect(try await own.status() == 64)
                #expect(own.notices.contains("the recording is one of the server that it is replayed to"))
                #expect(try server.command("EXISTS", "k") == "0")
                let agreed = try RwatchProcess(["replay", file, "-p", "\(server.port)", "--yes"])
                #expect(try await agreed.status() == 0)
                #expect(try server.command("EXISTS", "k") == "1")
            }
        }
    }

    @Test("ends when it records itself, also when the user has agreed")
    func ownLoop() async throws {
        try await withRedisServer { server in
            let rwatch = RwatchProcess.executable.path
            let both = try RwatchProcess(
                [
                    "-c", "'\(rwatch)' monitor -q -p \(server.port) | '\(rwatch)' replay - --yes -p \(server.port)",
                ],
                executable: URL(fileURLWithPath: "/bin/sh")
            )
            let isMonitored = { try server.command("CLIENT", "LIST").contains("cmd=monitor") }
            #expect(try await eventually(isMonitored))
            for index in 0..<200 {
                try server.command("INCR", "n\(index)")
                if !both.isRunning { break }
            }
            #expect(try await both.status() == 64, "\(both.notices)")
            #expect(both.notices.contains("the recording is one of the server that it is replayed to"))
        }
    }

    @Test("tells lines that it cannot use, and ends at the first with --strict")
    func strict() async throws {
        let good = #"1.000000 [0 a:1] "SET" "k" "v""#
        try await withRedisServer { server in
            for (bad, words) in [
                ("what is this", "a line of no known form"),
                (#"1.000000 [0 a:1] "SET" "k"#, "a line with broken arguments"),
                (#"1.000000 [0 a:1] "AUTH" "(redacted)""#, "a command that the server has redacted"),
                ("{", "a line of broken JSON"),
            ] {
                try await withFile("OK\n\(good)\n\(bad)\n\(good)\n") { file in
                    let lenient = try RwatchProcess(["replay", file, "--json", "-q", "-p", "\(server.port)"])
                    #expect(try await lenient.status() == 0)
                    #expect(try Self.report(lenient)["sent"] as? Int == 2)
                    let strict = try RwatchProcess(["replay", file, "--strict", "-q", "-p", "\(server.port)"])
                    #expect(try await strict.status() == 65)
                    #expect(strict.notices == "rwatch: line 3 ends the replay because of --strict: it is \(words)\n")
                    #expect(strict.lines.contains { $0.hasPrefix("sent        1 over 1 connection in ") })
                }
            }
        }
    }

    @Test("waits for no command that blocks, and ends one whose client went on")
    func blocking() async throws {
        let lines = [
            #"1.000000 [0 a:1] "BLPOP" "q" "0""#, #"1.000000 [0 b:1] "LPUSH" "q" "x""#,
            #"1.000000 [0 a:1] "BLPOP" "other" "0""#, #"1.000000 [0 a:1] "SET" "a" "went on""#,
            #"1.000000 [0 b:1] "GET" "a""#, #"1.000000 [0 c:1] "BLPOP" "never" "0""#,
        ]
        try await withRedisServer { server in
            try await withFile(lines.joined(separator: "\n") + "\n") { file in
                let replay = try RwatchProcess(["replay", file, "--speed", "max", "--json", "-p", "\(server.port)"])
                #expect(try await replay.status() == 0)
                let report = try Self.report(replay)
                #expect(report["sent"] as? Int == 6)
                #expect(report["answered"] as? Int == 5)
                #expect(report["unblocked"] as? Int == 1)
                #expect(report["blocked"] as? Int == 1)
                #expect(report["error_count"] as? Int == 0)
                #expect(try server.command("GET", "a") == "went on")
                #expect(try server.command("EXISTS", "q") == "0")
            }
        }
    }

    @Test("leaves out databases that the server does not have, and counts errors by their kind")
    func errors() async throws {
        let lines = [
            #"1.000000 [5 a:1] "SET" "k" "v""#, #"1.000000 [0 a:1] "SET" "k" "v""#,
            #"1.000000 [0 a:1] "LPUSH" "k" "v""#,
            #"1.000000 [0 a:1] "EVALSHA" "0000000000000000000000000000000000000000" "0""#,
            #"1.000000 [0 a:1] "MULTI""#, #"1.000000 [0 a:1] "INCR" "k""#, #"1.000000 [0 a:1] "LPUSH" "k" "v""#,
            #"1.000000 [0 a:1] "EXEC""#, #"1.000000 [5 a:1] "DEL" "k""#,
        ]
        try await withRedisServer(RedisServerOptions(arguments: ["--databases", "2"])) { server in
            try await withFile(lines.joined(separator: "\n") + "\n") { file in
                let replay = try RwatchProcess(["replay", file, "--json", "-q", "-p", "\(server.port)"])
                #expect(try await replay.status() == 0)
                let report = try Self.report(replay)
                #expect(report["sent"] as? Int == 7)
                #expect(report["skipped"] as? [String: Int] == ["missing_database": 2])
                #expect(report["errors"] as? [String: Int] == ["WRONGTYPE": 2, "NOSCRIPT": 1, "ERR": 1])
                #expect(replay.notices.contains("rwatch: database 5 is left out: "))
                #expect(try server.command("GET", "k") == "v")
            }
        }
    }

    @Test("ends by a count, a time, a number of passes, a signal and the end of its server")
    func ends() async throws {
        let lines = (0..<10).map { #"\#($0).000000 [0 a:1] "INCR" "n""# }.joined(separator: "\n") + "\n"
        try await withFile(lines) { file in
            let server = try await RedisServer.start()
            defer { server.stop() }
            let common = ["replay", file, "-q", "--json", "-p", "\(server.port)"]
            for (options, count) in [
                (["--speed", "max", "-C", "3"], 3), (["--speed", "max", "--loop=3"], 30), (["--for", "1900ms"], 2),
                (["--max-pause", "1ms"], 10), (["--speed", "max", "--loop", "-C", "25"], 25),
            ] {
                try server.command("DEL", "n")
                let replay = try RwatchProcess(common + options)
                #expect(try await replay.status() == 0, "\(options)")
                #expect(try server.command("GET", "n") == "\(count)", "\(options)")
                #expect(try Self.report(replay)["answered"] as? Int == count, "\(options)")
            }
            try server.command("DEL", "n")
            // The second command is not due before the signal comes.
            let interrupted = try RwatchProcess(common + ["--speed", "0.01x"])
            #expect(try await eventually { try server.command("GET", "n") == "1" })
            interrupted.signal(SIGINT)
            #expect(try await interrupted.status() == 128 + SIGINT)
            #expect(try Self.report(interrupted)["sent"] as? Int == 1)
            let cut = try RwatchProcess(common + ["--loop", "--max-pause", "20ms"])
            #expect(try await eventually { try server.command("GET", "n") != "1" })
            server.stop()
            #expect(try await cut.status() == 69, "\(cut.notices)")
            #expect(try Self.report(cut)["sent"] as? Int ?? 0 > 0)
        }
    }

    @Test("tells without a server what it would send")
    func dryRun() async throws {
        let lines = [
            #"1.000000 [0 a:1] "SET" "k" "v""#, #"1.000000 [3 b:1] "GET" "k""#, #"4.000000 [3 lua] "GET" "k""#, "?",
            #"5.000000 message "c" "p""#,
        ]
        try await withFile(lines.joined(separator: "\n") + "\n") { file in
            let dry = try RwatchProcess(["replay", file, "--dry-run", "--speed", "2x", "-p", "\(try closedPort())"])
            #expect(try await dry.status() == 0)
            #expect(
                dry.lines == [
                    "recorded    4 in 5 lines, over 4 s", "would send  3 over 3 connections, at 2x", "not sent    1",
                    "  1 sent by scripts", "unreadable  1", "  1 of no known form",
                ]
            )
            #expect(dry.notices == "")
            for (options, count) in [
                (["--cmd", "get"], 1), (["--where", "size > 1"], 1), (["--where", "channel = c"], 1),
                (["--where", "cmd = set"], 1), (["-n", "3"], 1), (["--channel", "x"], 0), (["--min-size", "2"], 1),
                (["-e", "SET"], 2),
            ] {
                let dry = try RwatchProcess(["replay", file, "--dry-run", "--json"] + options)
                #expect(try await dry.status() == 0)
                #expect(try Self.report(dry)["planned"] as? Int == count, "\(options)")
            }
        }
    }
}
