import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchTests {
    /// Starts rwatch and waits until the server counts its subscription.
    private func subscribed(_ server: RedisServer, _ arguments: [String], to channel: RedisBytes) async throws
        -> RwatchProcess
    {
        let rwatch = try RwatchProcess(arguments)
        #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", channel.description).hasSuffix("1") })
        return rwatch
    }

    private func monitoring(_ server: RedisServer, _ rwatch: RwatchProcess) async throws {
        #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
    }

    @Test("sub prints one line a message, options before or after the command")
    func subLine() async throws {
        try await withRedisServer { server in
            for arguments in [["-p", "\(server.port)", "sub", "ch"], ["sub", "ch", "-p\(server.port)"]] {
                let options = ["-P", "c*", "-S", "sh", "-C", "3", "-q"]
                let rwatch = try await subscribed(server, arguments + options, to: "ch")
                #expect(try await eventually { try server.command("PUBSUB", "SHARDNUMSUB", "sh").hasSuffix("1") })
                try server.publish("ch", RedisBytes([0x68, 0xff, 0x0a, 0x22]))
                try server.spublish("sh", "x")
                #expect(try await rwatch.status() == 0)
                let lines = rwatch.lines.map { $0.split(separator: " ", maxSplits: 1)[1] }
                #expect(
                    lines == [
                        "message \"ch\" \"h\\xff\\n\\\"\"", "pmessage \"c*\" \"ch\" \"h\\xff\\n\\\"\"",
                        "smessage \"sh\" \"x\"",
                    ]
                )
                #expect(rwatch.notices == "")
                // Whoever comes next must not be taken for this one.
                #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("0") })
            }
        }
    }

    @Test("sub prints JSON that is JSON, whatever the bytes")
    func subJSON() async throws {
        try await withRedisServer { server in
            let rwatch = try await subscribed(server, ["sub", "ch", "--json", "-C", "2", "-u", server.url], to: "ch")
            try server.publish("ch", "h\u{e9} \"q\"\u{1}")
            try server.publish("ch", RedisBytes([0xff, 0x00]))
            #expect(try await rwatch.status() == 0)
            let objects = try rwatch.lines.map {
                try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(objects[0]["payload"] as? String == "h\u{e9} \"q\"\u{1}")
            #expect(objects[1]["payload_base64"] as? String == "/wA=")
            #expect(objects.allSatisfy { $0["kind"] as? String == "message" && $0["channel"] as? String == "ch" })
            #expect(rwatch.lines[0].contains(#/^{"v":1,"kind":"message","ts":[0-9]{10}\.[0-9]{6},"channel":"ch",/#))
        }
    }

    @Test("psubscribe, ssubscribe and --raw work as their names say")
    func aliases() async throws {
        try await withRedisServer { server in
            let pattern = try RwatchProcess(["psubscribe", "a*", "b*", "--raw", "-C", "1", "-p", "\(server.port)"])
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "2" })
            try server.publish("bee", "raw \u{e9}")
            #expect(try await pattern.status() == 0)
            #expect(pattern.text == "raw \u{e9}\n")
            let shard = try RwatchProcess(["ssubscribe", "s", "--raw", "-C", "1", "-2", "-p", "\(server.port)"])
            #expect(try await eventually { try server.command("PUBSUB", "SHARDNUMSUB", "s").hasSuffix("1") })
            try server.spublish("s", "x")
            #expect(try await shard.status() == 0)
        }
    }

    @Test("monitor prints the same bytes as redis-cli, for ten thousand mixed commands")
    func sameAsRedisCLI() async throws {
        try await withRedisServer(RedisServerOptions(transport: .both)) { server in
            let port = "\(server.port)"
            // The guard's own HELLO shows in other monitors, and not in its own.
            let rwatch = try RwatchProcess(["monitor", "-p", port, "--guard", "0"])
            let cli = try RwatchProcess(
                ["-p", port, "monitor"],
                executable: URL(fileURLWithPath: "/usr/bin/redis-cli")
            )
            #expect(
                try await eventually {
                    try server.command("CLIENT", "LIST").components(separatedBy: "cmd=monitor").count == 3
                }
            )
            // Clients would not send MULTI.
            let clients = try [
                "redis://127.0.0.1:\(port)", "redis://[::1]:\(port)/3", try #require(server.unixURL),
            ].map { try CommandLink(RedisConfiguration(url: $0)) }
            let everyByte = RedisBytes(Array(UInt8.min...UInt8.max))
            // Their handshakes are over before the first command that counts.
            for client in clients { _ = try await client.send(["PING"]) }
            for index in 0..<1000 {
                let client = clients[index % 3]
                let key = RedisBytes("key \(index) \u{e9}")
                for command: RedisCommand in [
                    ["SET", key, everyByte], ["get", key], ["SET", "", ""], ["MULTI"], ["APPEND", key, "] \"x\" [0 1"],
                    ["EXEC"],
                    ["EVAL", "return redis.call('GET', KEYS[1])", "1", key],
                    ["HSET", "h", RedisBytes([UInt8(index % 256)]), RedisBytes("\(index)")], ["PUBLISH", "ch", key],
                ] { _ = try await client.send(command) }
            }
            _ = try await clients[0].send(["SET", "the", "end"])
            #expect(
                try await eventually {
                    rwatch.text.hasSuffix("\"the\" \"end\"\n") && cli.text.hasSuffix("\"the\" \"end\"\n")
                }
            )
            // What redis-cli prints first is its OK; whoever was connected first has seen the other connect.
            func commands(_ bytes: [UInt8]) -> [[UInt8]] {
                let all = bytes.split(separator: 0x0a).map(Array.init)
                let start = all.firstIndex { String(decoding: $0, as: UTF8.self).contains("\"SET\" \"key 0") } ?? 0
                return Array(all[start...])
            }
            let ours = commands(rwatch.bytes)
            #expect(ours.count == 10_001)
            let isSame = ours == commands(cli.bytes)
            #expect(isSame)
            rwatch.signal(SIGTERM)
            cli.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
            for client in clients { await client.close() }
        }
    }

    @Test("monitor prints commands as JSON with every byte")
    func monitorJSON() async throws {
        try await withRedisServer { server in
            let rwatch = try RwatchProcess(["monitor", "--json", "-C", "1", "-p", "\(server.port)"])
            try await monitoring(server, rwatch)
            _ = try await eventually { rwatch.lines.isEmpty }
            try server.command([Array("SET".utf8), Array("k\"".utf8), [0xff, 0x00]])
            #expect(try await rwatch.status() == 0)
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(rwatch.lines[0].utf8)) as? [String: Any]
            )
            #expect(object["kind"] as? String == "command")
            #expect(object["db"] as? Int == 0)
            #expect((object["client"] as? String)?.hasPrefix("127.0.0.1:") == true)
            #expect(object["cmd"] as? String == "SET")
            let arguments = try #require(object["args"] as? [Any])
            #expect(arguments[0] as? String == "k\"")
            #expect((arguments[1] as? [String: String]) == ["base64": "/wA="])
        }
    }

    @Test("goes on over a restart: same process, message, gap, message")
    func restart() async throws {
        try await withRedisServer { server in
            let rwatch = try await subscribed(
                server,
                ["sub", "ch", "--json", "-C", "2", "-p", "\(server.port)"],
                to: "ch"
            )
            try server.publish("ch", "before")
            #expect(try await eventually { rwatch.lines.count == 1 })
            server.kill()
            try await server.restart()
            #expect(try await eventually { try server.publish("ch", "after") == 1 })
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.lines.count == 3)
            #expect(rwatch.lines[1].hasPrefix("{\"v\":1,\"kind\":\"gap\",\"ts\":"))
            #expect(rwatch.lines[1].contains("the server closed the connection: probably the server was restarted"))
            #expect(rwatch.lines[2].hasSuffix("\"payload\":\"after\"}"))
            #expect(
                rwatch.notices.contains("rwatch: link lost: the server closed the connection: possibly a shutdown, ")
            )
            #expect(rwatch.notices.contains(#/rwatch: link back after [0-9.]+ m?s\n/#))
        }
    }

    @Test("pub prints the receivers, for an argument, for standard input and for its lines")
    func pub() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let rwatch = try await subscribed(server, ["sub", "ch", "--raw", "-p", port], to: "ch")
            let argument = try RwatchProcess(["pub", "ch", "one", "-p", port])
            #expect(try await argument.status() == 0)
            #expect(argument.text == "1\n")
            let whole = try RwatchProcess(["pub", "ch", "-p", port], input: "two\nlines")
            #expect(try await whole.status() == 0)
            #expect(whole.text == "1\n")
            let lines = try RwatchProcess(["-p", port, "pub", "-l", "ch"], input: "a\n\nb")
            #expect(try await lines.status() == 0)
            #expect(lines.text == "1\n1\n1\n")
            let shard = try RwatchProcess(["pub", "--shard", "ch", "x", "-p", port])
            #expect(try await shard.status() == 0)
            #expect(shard.text == "0\n")
            #expect(try await eventually { rwatch.text == "one\ntwo\nlines\na\n\nb\n" })
            rwatch.signal(SIGINT)
            #expect(try await rwatch.status() == 128 + SIGINT)
        }
    }

    @Test("channels lists what is subscribed to")
    func channels() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe("b\"", "a")
            try await pubsub.psubscribe("x*")
            try await pubsub.ssubscribe("s")
            let text = try RwatchProcess(["channels", "-p", "\(server.port)"])
            #expect(try await text.status() == 0)
            #expect(text.text == "channel \"a\" 1\nchannel \"b\\\"\" 1\nshardchannel \"s\" 1\npatterns 1\n")
            let json = try RwatchProcess(["channels", "a", "--json", "-p", "\(server.port)"])
            #expect(try await json.status() == 0)
            #expect(
                json.text
                    == "{\"v\":1,\"kind\":\"channel\",\"channel\":\"a\",\"subscribers\":1}\n{\"v\":1,\"kind\":\"patterns\",\"count\":1}\n"
            )
            await pubsub.close()
        }
    }

    @Test("ends by a status that tells why")
    func statuses() async throws {
        try await withRedisServer(RedisServerOptions(password: "right")) { server in
            let port = "\(server.port)"
            let free = "\(try closedPort())"
            let cases: [([String], [String: String], Int32, String)] = [
                (
                    ["sub", "ch", "-p", free], [:], 69,
                    "rwatch: localhost:\(free): cannot connect: Connection refused\n"
                ),
                (["sub", "ch", "-p", port, "-a", "wrong"], [:], 77, "WRONGPASS"),
                (["sub", "ch", "-p", port], [:], 77, "NOAUTH"),
                (["monitor", "-2", "-p", port], ["REDISCLI_AUTH": "wrong"], 77, "WRONGPASS"),
                (["montior"], [:], 64, "did you mean 'monitor'?"),
                (["sub", "ch", "--jsn"], [:], 64, "did you mean '--json'?"),
                (["sub"], [:], 64, "nothing to subscribe to"),
                (["sub", "ch", "-u", "http://x"], [:], 64, "unknown scheme"),
                (["sub", "ch", "-h", "x", "-s", "/y"], [:], 64, "leave out -h and -p"),
                (["sub", "ch", "--for", "soon"], [:], 64, "soon"),
                (["--heartbeat", "often", "sub", "ch"], [:], 64, "often"),
                (["sub", "ch", "-C", "0"], [:], 64, "-C needs a number from 1 up"),
                (["sub", "ch", "-q", "-p", port, "-a", "right", "--for", "50ms"], [:], 0, ""),
                (["sub", "ch", "-q", "-C", "1", "--for", "50ms", "-p", port], ["REDISCLI_AUTH": "right"], 1, ""),
                (["sub", "ch", "-q", "--for", "50ms"], ["RWATCH_URL": "redis://:right@localhost:\(port)"], 0, ""),
                (["--version"], [:], 0, ""),
            ]
            for (arguments, environment, status, notice) in cases {
                // Another process may take the processor just then.
                var best = Duration.seconds(60)
                for _ in 0..<3 {
                    let start = ContinuousClock.now
                    let rwatch = try RwatchProcess(arguments, environment: environment)
                    #expect(try await rwatch.status() == status, "\(arguments)")
                    best = min(best, start.duration(to: .now))
                    #expect(
                        notice.isEmpty ? rwatch.notices.isEmpty : rwatch.notices.contains(notice),
                        "\(arguments): \(rwatch.notices)"
                    )
                    #expect(!rwatch.notices.contains("right"), "\(arguments)")
                    if status != 69 || best < promptFailure { break }
                }
                if status == 69 { #expect(best < promptFailure) }
            }
        }
    }

    @Test("ends with 77 when its names are refused and 69 when the link is lost and must not come back")
    func refusedAndLost() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "-monitor", "resetchannels", "&ok")
            let port = "\(server.port)"
            for command in [["sub", "no"], ["monitor"]] {
                let refused = try RwatchProcess(command + ["-p", port, "--user", "ann", "-a", "pw"])
                #expect(try await refused.status() == 77)
                #expect(refused.notices.contains("NOPERM"))
            }
            let lost = try await subscribed(server, ["sub", "ch", "--no-reconnect", "-p", port], to: "ch")
            server.kill()
            #expect(try await lost.status() == 69)
            let waiting = try RwatchProcess(["sub", "ch", "--wait", "-C", "1", "-p", port])
            try await server.restart()
            #expect(try await eventually { try server.publish("ch", "x") == 1 })
            #expect(try await waiting.status() == 0)
        }
    }

    @Test("ends when its reader is gone, also while nothing comes, and with 74 when the disk is full")
    func output() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let pipe = Pipe()
            let idle = try RwatchProcess(["sub", "ch", "-p", port], output: pipe.fileHandleForWriting)
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") })
            try pipe.fileHandleForWriting.close()
            try pipe.fileHandleForReading.close()
            #expect(try await idle.status() == 128 + SIGPIPE)
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("0") })
            let full = try RwatchProcess(["sub", "ch", "-p", port], output: FileHandle(forWritingAtPath: "/dev/full"))
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") })
            // It says what it watches at about the time at which the server counts it.
            #expect(try await eventually { full.notices.contains("watching ") }, "\(full.notices)")
            try server.publish("ch", "x")
            #expect(try await full.status() == 74)
            #expect(full.notices.hasSuffix("rwatch: cannot write: No space left on device; 1 event was not written\n"))
        }
    }

    @Test("hides the password from the process list")
    func processList() async throws {
        try await withRedisServer(RedisServerOptions(password: "hunter2")) { server in
            for option in [["-a", "hunter2"], ["--pass=hunter2"], ["-u", server.url]] {
                let target = option[0] == "-u" ? [] : ["-p", "\(server.port)"]
                let rwatch = try RwatchProcess(["sub", "ch"] + option + target)
                #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") })
                let list = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(rwatch.id)/cmdline"))
                #expect(!String(decoding: list, as: UTF8.self).contains("hunter2"))
                rwatch.signal(SIGTERM)
                #expect(try await rwatch.status() == 128 + SIGTERM)
                #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("0") })
            }
        }
    }

    @Test("demo shows both watches and a gap, and takes its server with it", arguments: [nil, SIGINT, SIGKILL])
    func demo(_ signal: Int32?) async throws {
        let rwatch = try RwatchProcess(["demo"] + (signal == nil ? ["--for", "5s"] : []))
        // Its server goes with it, so it is looked for at the beginning.
        #expect(try await eventually { rwatch.text.contains("monitor  ") })
        let socket = try #require(rwatch.notices.firstMatch(of: #/redis\+unix://(\S+)/#)?.1)
        #expect(FileManager.default.fileExists(atPath: String(socket)))
        #expect(try await eventually(within: .seconds(30)) { rwatch.text.contains("gap      ") })
        #expect(rwatch.text.contains("sub      "))
        if let signal { rwatch.signal(signal) }
        #expect(try await rwatch.status() == (signal.map { 128 + $0 } ?? 0))
        #expect(try await eventually { !FileManager.default.fileExists(atPath: String(socket)) })
    }

    @Test("keeps reading when nobody reads what it writes, on both of its outputs, and counts what is dropped")
    func stuckReader() async throws {
        try await withRedisServer { server in
            let pipe = Pipe()
            let rwatch = try RwatchProcess(
                ["monitor", "-p", "\(server.port)"],
                output: pipe.fileHandleForWriting,
                errors: pipe.fileHandleForWriting
            )
            try await monitoring(server, rwatch)
            let client = try RedisClient(server.configuration())
            let value = RedisBytes([UInt8](repeating: 0x78, count: 100_000))
            // Three times what rwatch queues, and more than the server would have to keep.
            for _ in 0..<1000 { try await client.send(["SET", "k", value]) }
            // Nothing waits at the server: omem is what it would have to keep for us.
            #expect(
                try await eventually {
                    let list = try server.command("CLIENT", "LIST", "TYPE", "normal").split(separator: "\n")
                    return list.contains { $0.contains("cmd=monitor") && $0.contains(" omem=0 ") }
                }
            )
            // The first chunks still stand in the pipe; the words about the loss come behind them.
            let reading = Task.detached { () -> Bool in
                var seen: [UInt8] = []
                while true {
                    let piece = pipe.fileHandleForReading.availableData
                    if piece.isEmpty { return false }
                    seen = seen.suffix(100) + piece
                    if String(decoding: seen, as: UTF8.self).contains("events are being dropped") { return true }
                }
            }
            #expect(await reading.joined)
            rwatch.signal(SIGKILL)
            _ = try await rwatch.status()
            await client.close()
        }
    }

    @Test("says so when the rights to its last name are gone, and ends with 77")
    func rightsLost() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&a", "&b")
            let options = ["-p", "\(server.port)", "--user", "ann", "-a", "pw"]
            let rwatch = try await subscribed(server, ["sub", "a", "b"] + options, to: "b")
            #expect(try await eventually { rwatch.notices.contains("watching ") }, "\(rwatch.notices)")
            try server.command("ACL", "SETUSER", "ann", "resetchannels", "&b")
            #expect(try await eventually { rwatch.notices.contains("cannot subscribe to \"a\" any more: NOPERM") })
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "b").hasSuffix("1") })
            try server.command("ACL", "SETUSER", "ann", "resetchannels")
            #expect(try await rwatch.status() == 77)
        }
    }

    @Test("prints a burst that fills the buffer exactly, at once")
    func exactBurst() async throws {
        let frame = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$12\r\nhello, world\r\n"
        let padding = 65_536 % frame.utf8.count
        let last =
            ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$\(12 + padding)\r\n"
            + String(repeating: "x", count: 12 + padding) + "\r\n"
        let burst = String(repeating: frame, count: 65_536 / frame.utf8.count - 1) + last
        #expect(burst.utf8.count == 65_536)
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            for _ in 0..<5 { try connection.send(burst) }
            _ = try connection.waitForClose()
        } client: { url in
            let rwatch = try RwatchProcess(["sub", "a", "--raw", "-u", url])
            #expect(try await eventually { rwatch.lines.count == 5 * (65_536 / frame.utf8.count) })
            rwatch.signal(SIGTERM)
            _ = try await rwatch.status()
        }
    }

    @Test("says so when the server takes a name away for good, and ends with 77 or 69")
    func revokedForGood() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(
                ">3\r\n$10\r\nssubscribe\r\n$1\r\na\r\n:1\r\n>3\r\n$12\r\nsunsubscribe\r\n$1\r\na\r\n:0\r\n"
            )
            try connection.expectCommand("SSUBSCRIBE", "a")
            try connection.send("-MOVED 1 127.0.0.1:1\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let rwatch = try RwatchProcess(["sub", "-S", "a", "-u", url])
            #expect(try await rwatch.status() == 69)
            #expect(rwatch.notices.contains("cannot subscribe to \"a\" any more: MOVED"))
        }
    }

    @Test("does not take a socket for a closed standard output")
    func closedOutput() async throws {
        let shell = try RwatchProcess(
            ["-c", "exec \"$0\" sub ch -p 1 >&-", RwatchProcess.executable.path],
            executable: URL(fileURLWithPath: "/bin/sh")
        )
        #expect(try await shell.status() == 74)
        #expect(shell.notices == "rwatch: cannot write: standard output is closed\n")
    }
}
