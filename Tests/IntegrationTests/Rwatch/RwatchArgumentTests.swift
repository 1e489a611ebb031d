import Foundation
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// What rwatch takes from its command line and from its standard input.
@Suite("rwatch's arguments", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchArgumentTests {
    /// Runs rwatch by a shell, for arguments that are not UTF-8 and redirections.
    private func shell(_ script: String, input: String? = nil) throws -> RwatchProcess {
        try RwatchProcess(
            ["-c", script, RwatchProcess.executable.path],
            executable: URL(fileURLWithPath: "/bin/sh"),
            input: input
        )
    }

    /// The subscribers of a channel of any bytes.
    private func subscribers(_ server: RedisServer, _ name: [UInt8]) throws -> Bool {
        try server.command([Array("PUBSUB".utf8), Array("NUMSUB".utf8), name]).hasSuffix("1")
    }

    @Test("names, patterns and payloads are the bytes that were typed")
    func bytes() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let port = "\(server.port)"
            let sub = try shell(#"exec "$0" sub "$(printf '\377\376')" -P "$(printf '\200*')" --raw -C 3 -p "# + port)
            #expect(try await eventually { try subscribers(server, [0xff, 0xfe]) })
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "1" })
            let pub = try shell(#"exec "$0" pub "$(printf '\377\376')" "$(printf 'a\300b')" -p "# + port)
            #expect(try await pub.status() == 0)
            #expect(pub.text == "1\n")
            let list = try shell(#"exec "$0" channels "$(printf '\377*')" -p "# + port)
            #expect(try await list.status() == 0)
            #expect(list.text == "channel \"\\xff\\xfe\" 1\npatterns 1\n")
            try server.command([Array("PUBLISH".utf8), [0x80, 0x31], [0xc1]])
            try server.command([Array("PUBLISH".utf8), [0xff, 0xfe], [0]])
            #expect(try await sub.status() == 0)
            #expect(sub.bytes == [0x61, 0xc0, 0x62, 0x0a, 0xc1, 0x0a, 0, 0x0a])
            // The pattern of the first one must not be taken for that of the next.
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "0" })
            let keys = try shell(#"exec "$0" keys "$(printf 'k\377*')" -C 1 -p "# + port)
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "1" })
            for key in [[0x6b, 0xef, 0xbf, 0xbd], [0x6b, 0xff, 0x31]] as [[UInt8]] {
                try server.command([Array("SET".utf8), key, []])
            }
            #expect(try await keys.status() == 0)
            #expect(keys.lines.map { $0.split(separator: " ", maxSplits: 1)[1] } == [#"[0] set "k\xff1""#])
        }
    }

    @Test("an option that has to be text is refused when it is none, and not repaired")
    func notText() async throws {
        for (script, notice) in [
            (#"exec "$0" sub x -a "$(printf '\377')""#, "the value of '-a' is not UTF-8"),
            (#"REDISCLI_AUTH="$(printf '\377')" exec "$0" sub x"#, "REDISCLI_AUTH is not UTF-8"),
        ] {
            let run = try shell(script)
            #expect(try await run.status() == 64)
            #expect(run.notices.hasPrefix("rwatch: \(notice)"))
        }
    }

    @Test("a standard input that cannot be read is an error and no empty message")
    func input() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let sub = try RwatchProcess(["sub", "c", "-p", port])
            #expect(try await eventually { try subscribers(server, Array("c".utf8)) })
            for (redirection, reason) in [("<&-", "it is closed"), ("</", "Is a directory")] {
                for option in ["", "-l"] {
                    let pub = try shell(#"exec "$0" pub c \#(option) -p \#(port) \#(redirection)"#)
                    #expect(try await pub.status() == 66)
                    #expect(pub.notices == "rwatch: cannot read standard input: \(reason)\n")
                    #expect(pub.text == "")
                }
            }
            let names = try RwatchProcess(["sub", "--names-from", "/nonexistent", "-p", port])
            #expect(try await names.status() == 66)
            #expect(names.notices == "rwatch: cannot read /nonexistent: No such file or directory\n")
            // Empty is another thing.
            let empty = try shell(#"exec "$0" pub c -p \#(port) </dev/null"#)
            #expect(try await empty.status() == 0)
            #expect(empty.text == "1\n")
            #expect(try await eventually { sub.lines.count == 1 })
            #expect(sub.text.hasSuffix(" message \"c\" \"\"\n"))
        }
    }

    @Test("ten thousand channels take no longer each than one")
    func manyNames() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let names = (0..<10_000).map { "ch\($0)" }
            let run = try RwatchProcess(["sub", "-C", "1", "--raw", "-p", port] + names)
            #expect(try await eventually { try subscribers(server, Array("ch9999".utf8)) })
            try server.publish("ch2000", "x")
            #expect(try await run.status() == 0)
            #expect(run.text == "x\n")
        }
    }

    @Test("names come from files, a line each, and from standard input")
    func namesFrom() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("names-\(UUID().uuidString)")
            try Data([0x61, 0x0a, 0x0a, 0xff, 0x20, 0x62, 0x0a, 0x63]).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let run = try RwatchProcess(
                ["sub", "z", "--names-from", file.path, "--names-from=-", "-C", "1", "-p", port],
                input: "s1\ns2\n"
            )
            let names: [[UInt8]] = [[0x7a], [0x61], [0xff, 0x20, 0x62], [0x63], Array("s1".utf8), Array("s2".utf8)]
            for name in names { #expect(try await eventually { try subscribers(server, name) }, "\(name)") }
            #expect(try server.command("PUBSUB", "CHANNELS").split(separator: "\n").count == names.count)
            try server.publish("a", "x")
            #expect(try await run.status() == 0)
            let patterns = try RwatchProcess(["psubscribe", "--names-from", "-", "-p", port], input: "a*\nb*\n")
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "2" })
            patterns.signal(SIGTERM)
            let none = try RwatchProcess(["sub", "--names-from", "-", "-p", port], input: "\n")
            #expect(try await none.status() == 64)
        }
    }

    @Test("values stand where people put them, and zero switches off")
    func values() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            for arguments in [
                ["sub", "--wait", "5s", "ch"], ["--wait", "1m30s", "sub", "ch"], ["--json", "-C5", "sub", "ch"],
                ["sub", "ch", "--for", "0"], ["--max-frame", "1mb", "sub", "ch"],
                ["sub", "ch", "--heartbeat", "0", "--wait", "0"],
                ["sub", "-P", "ch", "ch", "-u", "redis://127.0.0.1:1"], ["sub", "ch", "-a", "", "-h", "127.0.0.1"],
            ] {
                let run = try RwatchProcess(arguments + ["-p", port])
                #expect(try await eventually { try subscribers(server, Array("ch".utf8)) }, "\(arguments)")
                #expect(try server.command("PUBSUB", "CHANNELS") == "ch")
                run.signal(SIGTERM)
                #expect(try await run.status() == 128 + SIGTERM)
                #expect(try await eventually { try server.command("PUBSUB", "CHANNELS") == "" })
            }
        }
    }

    @Test("a channel that looks like a pattern is watched, with a hint")
    func hint() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(["sub", "news.*", "x", "--for", "1ms", "-p", "\(server.port)"])
            #expect(try await run.status() == 0)
            #expect(
                run.notices.contains(
                    "rwatch: 'news.*' is subscribed as a channel; use -P 'news.*' for a pattern\n"
                )
            )
        }
    }

    @Test("events are understood in any case and with blanks, and a name that is nobody's is told")
    func events() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess([
                "keys", "--events", "SET, frobnicate", "--enable", "-C", "1", "-p", "\(server.port)",
            ])
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "2" })
            #expect(try await eventually { run.notices.contains("set notify-keyspace-events to") })
            try server.command("SET", "k", "v")
            #expect(try await run.status() == 0)
            #expect(run.text.hasSuffix(" [0] set \"k\"\n"))
            #expect(run.notices.hasPrefix("rwatch: 'frobnicate' is not a known event; "))
        }
    }

    @Test("what is wrong is named in one form, and an unknown option before anything else")
    func usage() async throws {
        for (arguments, notice) in [
            (["sub", "--jsn"], "unknown option '--jsn'; did you mean '--json'?\nTry 'rwatch sub --help'."),
            (["sub", "-C", "x", "--jsn"], "unknown option '--jsn'; did you mean '--json'?\nTry 'rwatch sub --help'."),
            (["demo", "-h", "x"], "demo has no option '-h'; it belongs to monitor, sub, "),
            (["-n", "1", "sub", "x"], "sub has no option '-n': channels belong to no database\n"),
            (["pub", "c", "x", "-n", "1"], "pub has no option '-n': channels belong to no database\n"),
            (["keys", "--events", "sett"], "The value 'sett' is invalid for '--events <names>': unknown event 'sett'"),
            (["sub", "ch", "-C", "x"], "The value 'x' is invalid for '-C <n>'\nTry 'rwatch sub --help'.\n"),
            (["sub"], "nothing to subscribe to: name a channel, a pattern (-P) or a shard channel (-S)\n"),
            (["psubscribe"], "nothing to subscribe to: name patterns\n"),
            (["sub", "x", "-u", "redis://pw@h"], "URL: user without a password; write user:password@, or :password@ "),
            (["monitor", "x"], "monitor takes no arguments\n"),
        ] {
            let run = try RwatchProcess(arguments)
            #expect(try await run.status() == 64, "\(arguments)")
            #expect(run.notices.hasPrefix("rwatch: \(notice)"), "\(arguments): \(run.notices)")
        }
        let empty = try RwatchProcess(["sub", "x"], environment: ["RWATCH_URL": ""])
        #expect(try await empty.status() == 64)
        #expect(empty.notices.hasPrefix("rwatch: RWATCH_URL is set and empty; it takes a URL"))
    }

    @Test("each option of the help is known before the parser sees it, with or without a value as there")
    func rules() async throws {
        let run = try RwatchProcess(["--experimental-dump-help"])
        #expect(try await run.status() == 0)
        let dump = try #require(try JSONSerialization.jsonObject(with: Data(run.bytes)) as? [String: Any])
        let root = try #require(dump["command"] as? [String: Any])
        let commands = try #require(root["subcommands"] as? [[String: Any]])
        #expect(commands.count == 18)
        for command in commands {
            let name = try #require(command["commandName"] as? String)
            if ["help", "completion"].contains(name) { continue }
            var words: [String] = []
            var flags: [String] = []
            for argument in command["arguments"] as? [[String: Any]] ?? [] {
                for spelling in argument["names"] as? [[String: Any]] ?? [] {
                    guard let word = spelling["name"] as? String, word != "help", word != "version" else { continue }
                    let isLong = spelling["kind"] as? String == "long"
                    let option = (isLong ? "--" : "-") + word
                    if argument["kind"] as? String == "flag" {
                        flags.append(option)
                    } else {
                        words.append("\(option)\(isLong ? "=" : "")1")
                    }
                }
            }
            #expect(words.count >= 3, "\(name)")
            let known = try RwatchProcess([name] + words + flags + ["--nonsense"])
            #expect(try await known.status() == 64)
            #expect(known.notices == "rwatch: unknown option '--nonsense'\nTry 'rwatch \(name) --help'.\n")
        }
    }

    @Test("a command's help has examples, its own options first, the connection's last, and the fields of its JSON")
    func help() async throws {
        for (command, own, foreign, fields) in [
            (
                "sub", ["--pattern", "--shard", "--names-from", "--raw"], ["--db", "--events"],
                "channel, pattern, payload"
            ),
            ("monitor", ["--guard <size>", "--db"], ["--pattern"], "ts, node, db, client, cmd, args"),
            ("keys", ["--events", "--enable", "--db"], ["--guard"], "ts, node, db, event, key"),
            ("channels", ["--json"], ["--db", "--embedded", "--no-reconnect", "--heartbeat"], "channel, subscribers"),
            (
                "replay", ["--speed", "--loop", "--yes", "--db"], ["--guard", "--embedded"],
                "lines, recorded, planned, sent"
            ),
            (
                "stat", ["--read", "--html", "--depth", "--guard <size>", "--pattern", "--db", "--channel"], ["--csv"],
                "source, from, to, events"
            ),
            (
                "bench", ["--pub", "--sub", "--rate", "--size", "--shard", "--yes"], ["--db", "--embedded", "--node"],
                "sent, published, delivered, missing"
            ),
            ("pub", ["--lines", "--shard"], ["--db", "--embedded", "--node", "--replicas", "--json"], "Examples:"),
        ] {
            let run = try RwatchProcess([command, "--help"])
            #expect(try await run.status() == 0)
            let connection = try #require(run.text.firstRange(of: "\nCONNECTION:\n"))
            let before = run.text[..<connection.lowerBound]
            for option in own { #expect(before.contains("  \(option)") || before.contains(", \(option)"), "\(option)") }
            for option in foreign { #expect(!run.text.contains(option), "\(command) \(option)") }
            #expect(run.text[connection.upperBound...].contains("--host"))
            #expect(run.text.contains(fields) && run.text.contains("Examples:\n  rwatch \(command)"))
        }
    }
}
