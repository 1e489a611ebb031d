import Foundation
import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// The forms of rwatch's output, with a real server.
@Suite("rwatch's forms as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchShapeTests {
    private static let hostile: [[UInt8]] = [
        Array("plain".utf8), Array("a,b \"c\" \\ d".utf8), Array("l\r\nm".utf8),
        Array("\u{1b}[2J\u{9b}31m\u{202e}".utf8),
        [0xff, 0x00], Array("é日😀".utf8), [],
    ]

    /// Runs rwatch beside a client that sends these commands, until as many events were printed.
    private func monitored(
        _ server: RedisServer,
        _ options: [String],
        _ commands: [RedisCommand],
        environment: [String: String] = [:],
        terminal: PseudoTerminal? = nil
    ) async throws -> RwatchProcess {
        // Its handshake is over before anything is watched.
        let client = try CommandLink(RedisConfiguration(url: server.url))
        _ = try await client.send(["PING"])
        let rwatch = try RwatchProcess(
            ["monitor", "-q", "--guard", "0", "-p", "\(server.port)", "-C", "\(commands.count)"] + options,
            environment: environment,
            output: terminal?.terminal
        )
        #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
        for command in commands { _ = try await client.send(command) }
        await client.close()
        #expect(try await rwatch.status() == 0, "\(options): \(rwatch.text) \(rwatch.notices)")
        // Whoever comes next must not be taken for this one.
        #expect(try await eventually { try !server.command("CLIENT", "LIST").contains("cmd=monitor") })
        return rwatch
    }

    /// Runs rwatch until it has printed each of these payloads, which are published to the channel `ch`.
    private func subscribed(
        _ server: RedisServer,
        _ options: [String],
        _ payloads: [[UInt8]],
        environment: [String: String] = [:],
        terminal: PseudoTerminal? = nil
    ) async throws -> RwatchProcess {
        let rwatch = try RwatchProcess(
            ["sub", "ch", "-q", "-p", "\(server.port)", "-C", "\(payloads.count)"] + options,
            environment: environment,
            output: terminal?.terminal
        )
        #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") })
        for payload in payloads { try server.publish("ch", RedisBytes(payload)) }
        #expect(try await rwatch.status() == 0, "\(options): \(rwatch.text) \(rwatch.notices)")
        // Whoever comes next must not be taken for this one.
        #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("0") })
        return rwatch
    }

    @Test("a terminal of 80 columns gets columns for people, no line wider, and follows when it is resized")
    func pretty() async throws {
        try await withRedisServer { server in
            let terminal = try PseudoTerminal(columns: 80)
            let rwatch = try RwatchProcess(
                ["monitor", "-q", "--guard", "0", "-p", "\(server.port)", "--utc"],
                environment: ["TERM": "xterm", "NO_COLOR": "1"],
                output: terminal.terminal
            )
            #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
            let client = try CommandLink(RedisConfiguration(url: server.url))
            let value = RedisBytes(String(repeating: "v", count: 500))
            _ = try await client.send(["SET", "user:1", "héllo"])
            _ = try await client.send(["SET", "user:2", value])
            _ = try await client.send(["EVAL", "return redis.call('GET', KEYS[1])", "1", "user:\u{1b}[2J"])
            #expect(try await eventually { terminal.text.contains("GET") && terminal.text.hasSuffix("\n") })
            terminal.resize(columns: 120)
            _ = try await client.send(["SET", "user:3", value])
            #expect(try await eventually { terminal.text.contains("user:3") && terminal.text.hasSuffix("\n") })
            await client.close()
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
            let lines = terminal.text.split(separator: "\n").filter { $0.contains("user:") }
            let start = #/^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} db0 127\.0\.0\.1:[0-9]{5}  /#
            #expect(lines[0].contains(start) && lines[0].hasSuffix(#"  SET user:1 "héllo""#))
            // Of 80 columns the start has 37, the command 11 and what tells of the rest 9.
            let shown = 80 - 37 - 11 - 9 + 1
            #expect(lines[1].contains(start) && lines[1].hasSuffix("vv…(+\(500 - shown)B)"))
            #expect(lines[1].count == 80)
            #expect(lines[2].contains("EVAL \"return redis") && lines[2].hasSuffix(#" 1 "user:\x1b[2J""#))
            #expect(lines[3].contains(" lua ") && lines[3].hasSuffix(#"  GET "user:\x1b[2J""#))
            #expect(lines[4].count == 120)
            #expect(lines.allSatisfy { $0.count <= 120 } && lines[..<4].allSatisfy { $0.count <= 80 })
        }
    }

    @Test("colours on a terminal that has them, and nowhere else unless that is asked for")
    func colors() async throws {
        try await withRedisServer { server in
            for (options, environment, isColored) in [
                ([], ["TERM": "xterm"], true), ([], ["TERM": "dumb"], false),
                ([], ["TERM": "xterm", "NO_COLOR": "1"], false), (["--color", "never"], ["TERM": "xterm"], false),
                (["--color"], ["TERM": "dumb", "NO_COLOR": "1"], true),
            ] as [([String], [String: String], Bool)] {
                let terminal = try PseudoTerminal(columns: 80)
                let cleared = ["NO_COLOR": "", "CLICOLOR": "", "CLICOLOR_FORCE": ""].merging(environment) { $1 }
                _ = try await subscribed(server, options, [[0x78]], environment: cleared, terminal: terminal)
                #expect(try await eventually { terminal.text.hasSuffix("\n") })
                #expect(terminal.text.contains("\u{1b}[") == isColored, "\(options) \(environment)")
            }
            let pipe = try await subscribed(server, [], [[0x78]], environment: ["TERM": "xterm"])
            #expect(!pipe.text.contains("\u{1b}"))
            let forced = try await subscribed(server, ["--output=pretty", "--color", "always", "-H", "x+"], [[0x78]])
            #expect(forced.text.hasSuffix("\u{1b}[30;43mx\u{1b}[0m\n"))
        }
    }

    /// What Python's csv module makes of a text: the rows as JSON.
    private func rows(_ text: String) async throws -> [[String]] {
        let script = "import csv, json, sys; print(json.dumps(list(csv.reader(sys.stdin, strict=True))))"
        let python = try RwatchProcess(
            ["-c", script],
            executable: URL(fileURLWithPath: "/usr/bin/python3"),
            environment: ["PYTHONIOENCODING": "utf-8:strict"],
            input: text
        )
        #expect(try await python.status() == 0, "\(python.notices)")
        return try JSONSerialization.jsonObject(with: Data(python.text.utf8)) as? [[String]] ?? []
    }

    @Test("Python's csv reads what --csv prints, and what was published comes out of it")
    func csv() async throws {
        try await withRedisServer { server in
            let messages = try await subscribed(server, ["--csv", "--utc"], Self.hostile)
            #expect(messages.bytes.count { $0 == 0x0a } == Self.hostile.count + 1)
            let read = try await rows(messages.text)
            #expect(read[0] == ["kind", "time", "node", "channel", "pattern", "payload"])
            #expect(read.allSatisfy { $0.count == 6 })
            for (row, payload) in zip(read.dropFirst(), Self.hostile) {
                #expect(row[0] == "message" && row[2] == "localhost:\(server.port)" && row[3] == "ch" && row[4] == "")
                #expect(row[1].wholeMatch(of: #/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z/#) != nil)
                #expect(unescaped(row[5]) == payload)
            }
            let commands = try await monitored(
                server,
                ["--csv"],
                Self.hostile.map { ["SET", "k,\"", RedisBytes($0)] }
            )
            let lines = try await rows(commands.text)
            #expect(lines[0] == ["kind", "time", "node", "db", "client", "command", "arguments"])
            for (row, payload) in zip(lines.dropFirst(), Self.hostile) {
                #expect(row.count == 7 && row[0] == "command" && row[3] == "0" && row[5] == "SET")
                let arguments = row[6]
                #expect(arguments.hasPrefix(#""k,\"" ""#) && arguments.hasSuffix("\""))
                #expect(unescaped(String(arguments.dropFirst(8).dropLast())) == payload)
            }
        }
    }

    /// The bytes that a text with MONITOR's escapes stands for.
    private func unescaped(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        let isWell = withExtendedLifetime(Array(text.utf8)) { source in
            MonitorLine.appendUnescaped(unsafe source.span.bytes, to: &bytes)
        }
        return isWell ? bytes : nil
    }

    @Test("raw events end with a line feed, a zero byte, a text or nothing")
    func raw() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            for (options, delimiter) in [
                (["--raw"], [0x0a]), (["--raw", "-0"], [0]), (["--raw", "-d", #"\t--"#], [0x09, 0x2d, 0x2d]),
                (["-o", "raw", "-N"], []), (["-F", "%p", "-0"], [0]),
            ] as [([String], [UInt8])] {
                let rwatch = try await subscribed(server, options, Self.hostile)
                #expect(rwatch.bytes == Self.hostile.flatMap { $0 + delimiter }, "\(options)")
            }
            let keys = try RwatchProcess(["keys", "-p", "\(server.port)", "--raw", "-0", "-C", "2"])
            #expect(try await eventually { keys.notices.contains("watching all keys") })
            try server.command([Array("SET".utf8), [0xff, 0x0a], []])
            try server.command("DEL", "user:1")
            try server.command("SET", "user:1", "v")
            #expect(try await keys.status() == 0)
            let expected: [UInt8] = [0xff, 0x0a, 0] + Array("user:1\0".utf8)
            #expect(keys.bytes == expected)
        }
    }

    @Test("-o resp is what redis-cli --pipe takes: another server gets the same data")
    func resp() async throws {
        try await withRedisServer { server in
            let commands: [RedisCommand] = [
                ["SET", "a", "l\nm\u{1b}"], ["HSET", "h", "f", ""], ["RPUSH", "l", "é", "b \"c\""], ["DEL", "none"],
            ]
            let rwatch = try await monitored(server, ["-o", "resp", "--lua", "hide"], commands)
            try await withRedisServer { other in
                let pipe = try RwatchProcess(
                    ["-p", "\(other.port)", "--pipe"],
                    executable: URL(fileURLWithPath: "/usr/bin/redis-cli"),
                    input: rwatch.text
                )
                #expect(try await pipe.status() == 0)
                #expect(pipe.text.contains("errors: 0, replies: 4"))
                #expect(try other.command("DEBUG", "DIGEST") == server.command("DEBUG", "DIGEST"))
            }
            let messages = try await subscribed(server, ["-o", "resp"], [[0xff, 0x0d]])
            #expect(
                messages.bytes
                    == Array("*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\n".utf8) + [0xff, 0x0d, 0x0d, 0x0a]
            )
        }
    }

    @Test("formats, and times in the zone of the process")
    func formats() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let rwatch = try await subscribed(
                server,
                ["-F", #"@H%k|%5c|%-3c|%q|%l|%s\t%J"#],
                [Array(#"{"id": 1}"#.utf8)],
                environment: ["TZ": "XYZ-5:30"]
            )
            #expect(
                rwatch.text.contains(
                    #/^[0-9]{2}message\|   ch\|ch \|"\{\\"id\\": 1\}"\|9\|localhost:[0-9]+\t\{"v":1,.*"payload":\{"id":1\}\}\n$/#
                )
            )
            for (options, zone) in [([], "+05:30"), (["--utc"], "Z")] {
                let times = try await subscribed(
                    server,
                    ["-F", "%t %T"] + options,
                    [[]],
                    environment: ["TZ": "XYZ-5:30"]
                )
                let words = times.text.split(whereSeparator: \.isWhitespace).map(String.init)
                #expect(words[0].hasSuffix(zone))
                let (whole, fraction) = (words[0].prefix(19) + words[0].dropFirst(26), words[0].dropFirst(19).prefix(7))
                let seconds = Int(try Date(String(whole), strategy: .iso8601).timeIntervalSince1970)
                #expect("\(seconds)\(fraction)" == words[1])
            }
            let keys = try RwatchProcess(
                ["keys", "user:*", "-p", "\(server.port)", "-F", "%d %e %K %x", "-C", "1", "--max-arg", "0"]
            )
            #expect(try await eventually { keys.notices.contains("watching the keys of 1 pattern") })
            try server.command("SET", "user:1", "v")
            #expect(try await keys.status() == 0)
            #expect(keys.text == "0 set user:1 757365723a31\n")
            let commands = try await monitored(
                server,
                ["-F", "%C %K %l %A"],
                [["EVAL", "return 1", "2", "k1", "k2"], ["PING"]]
            )
            #expect(commands.text == "EVAL k1 13 \"return 1\" \"2\" \"k1\" \"k2\"\nPING  0 \n")
        }
    }

    @Test("what is left out is nowhere, with the keys that the server tells")
    func redaction() async throws {
        try await withRedisServer { server in
            let command: RedisCommand = ["XADD", "stream", "*", "card", "1234-5678"]
            for form in ["line", "pretty", "json", "csv", "resp"] {
                let rwatch = try await monitored(server, ["-o", form, "--redact", "values"], [command])
                #expect(!rwatch.text.contains("1234") && rwatch.text.contains("stream"), "\(form)")
            }
            let all = try await monitored(server, ["--redact", "all"], [command])
            #expect(all.text.hasSuffix(#""XADD" "(redacted)" "(redacted)" "(redacted)" "(redacted)""# + "\n"))
            let some = try await subscribed(server, ["--redact", "[0-9]{4}-"], [Array("1234-5678".utf8), [0x78]])
            #expect(
                some.lines.map { String($0.dropFirst(18)) } == [#"message "ch" "(redacted)""#, #"message "ch" "x""#]
            )
        }
    }

    @Test("every line of --json is as the schema says")
    func schema() async throws {
        let schema = try JSONSchema.ofRwatch()
        try await withRedisServer { server in
            for options in [["--json"], ["--json", "--binary", "hex"], ["--json", "--node"]] {
                let messages = try await subscribed(server, options, Self.hostile)
                let commands = try await monitored(server, options, Self.hostile.map { ["SET", "k", RedisBytes($0)] })
                #expect(messages.lines.count == Self.hostile.count && commands.lines.count == Self.hostile.count)
                for line in messages.lines + commands.lines { #expect(try schema.complaint(about: line) == nil) }
            }
            let channels = try RwatchProcess(["channels", "--json", "-p", "\(server.port)"])
            #expect(try await channels.status() == 0)
            for line in channels.lines { #expect(try schema.complaint(about: line) == nil) }
        }
    }

    @Test("alone it says what to do, in few lines, and without a server what to do about that")
    func firstMinute() async throws {
        let terminal = try PseudoTerminal(columns: 80)
        let alone = try RwatchProcess([], output: terminal.terminal)
        #expect(try await alone.status() == 0)
        #expect(try await eventually { terminal.text.hasSuffix("rwatch monitor --help.\n") })
        let lines = terminal.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 20 && lines.allSatisfy { $0.count <= 80 })
        let advice = "rwatch: name another server by -h HOST -p PORT or by -u URL; 'rwatch demo' needs none\n"
        for (options, isAdvised) in [(["monitor"], true), (["monitor", "-p", "\(try closedPort())"], false)] {
            let errors = try PseudoTerminal(columns: 80)
            let run = try RwatchProcess(
                ["-u", "RWATCH_URL", RwatchProcess.executable.path] + options,
                executable: URL(fileURLWithPath: "/usr/bin/env"),
                errors: errors.terminal
            )
            try? errors.terminal.close()
            let status = try await run.status(within: isAdvised ? .seconds(5) : .seconds(20))
            // Somebody may have a server at the usual port.
            if isAdvised, status == -1 { continue }
            #expect(status == 69)
            // The advice is written behind the rest.
            #expect(try await eventually { errors.hasEnded })
            #expect(errors.text.contains("cannot connect: ") && errors.text.hasSuffix("\n"))
            #expect(errors.text.hasSuffix(advice) == isAdvised)
        }
    }

    @Test("what makes no sense together is a usage error, and a mistake in a format is shown at its place")
    func mistakes() async throws {
        for (arguments, notice) in [
            (
                ["sub", "c", "-F", "%t %y"],
                """
                rwatch: --format: unknown letter 'y' behind '%' (known: t T s k c P p q x b J l L j %)
                  %t %y
                      ^
                Try 'rwatch sub --help'.

                """
            ),
            (["monitor", "--raw"], "rwatch: commands have no payload"),
            (["sub", "c", "--raw", "--csv"], "rwatch: --csv and --raw exclude each other"),
            (["keys", "--redact", "values"], "rwatch: events of keys have no values"),
            (["monitor", "-o", "json", "--time", "iso"], "rwatch: --time does not go with --output json"),
            (
                ["monitor", "-o", "xml"],
                "rwatch: The value 'xml' is invalid for '-o <form>': known are auto, line, pretty, json, csv, raw, resp\n"
            ),
            (
                ["sub", "c", "--time", "noon"],
                "rwatch: The value 'noon' is invalid for '--time <style>': known are iso, unix, local, delta, none\n"
            ),
            (
                ["keys", "--binary", "octal"],
                "rwatch: The value 'octal' is invalid for '--binary <style>': known are escape, hex, b64\n"
            ),
            (
                ["keys", "--color=red"],
                "rwatch: The value 'red' is invalid for '--color <when>': known are auto, always, never\n"
            ),
            (["sub", "c", "-0"], "rwatch: --null is for --raw and --format"),
            (["sub", "c", "--max-arg", "big"], "rwatch: The value 'big' is invalid for '--max-arg"),
            (["sub", "c", "-H", "("], "rwatch: --highlight: this '(' is not closed"),
            (["channels", "--csv"], "rwatch: channels has no option '--csv'"),
        ] {
            let rwatch = try RwatchProcess(arguments)
            #expect(try await rwatch.status() == 64, "\(arguments)")
            #expect(rwatch.notices.hasPrefix(notice), "\(arguments): \(rwatch.notices)")
        }
    }
}
