import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// What rwatch shows when it is asked for some of the events.
@Suite("rwatch's selection as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchSelectionTests {
    /// Runs rwatch beside a client that sends `commands`, until `count` lines were shown.
    ///
    /// - Returns: The commands of the lines, without their headers.
    private func monitored(
        _ server: RedisServer,
        _ options: [String],
        _ commands: [RedisCommand],
        count: Int
    ) async throws -> [String] {
        let rwatch = try RwatchProcess(
            ["monitor", "-q", "--guard", "0", "-p", "\(server.port)", "-C", "\(count)"] + options
        )
        #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
        let client = try CommandLink(RedisConfiguration(url: server.url))
        for command in commands { _ = try await client.send(command) }
        await client.close()
        #expect(try await rwatch.status() == 0, "\(options): \(rwatch.text)")
        #expect(rwatch.notices == "", "\(options)")
        return try rwatch.lines.map { line in
            let header = try #require(line.firstRange(of: "] \""))
            return String(line[line.index(header.lowerBound, offsetBy: 2)...])
        }
    }

    private static let commands: [RedisCommand] = [
        ["SET", "user:1", "v"], ["GET", "user:1"], ["SET", "order:1", "v"], ["PING"],
        ["EVAL", "return redis.call('SET', KEYS[2], 'x')", "2", "order:2", "user:2"], ["XADD", "s1", "1-1", "a", "b"],
        ["XREAD", "COUNT", "1", "STREAMS", "s1", "user:s", "0", "0"], ["OBJECT", "ENCODING", "user:1"],
        ["HSET", "h", "f", "v"], ["SORT", "l", "STORE", "user:3"], ["SET", "the", "end"],
    ]
    private static let set = #""SET" "user:1" "v""#
    private static let order = #""SET" "order:1" "v""#
    private static let eval = #""EVAL" "return redis.call('SET', KEYS[2], 'x')" "2" "order:2" "user:2""#
    private static let inner = #""SET" "user:2" "x""#
    private static let xadd = #""XADD" "s1" "1-1" "a" "b""#
    private static let xread = #""XREAD" "COUNT" "1" "STREAMS" "s1" "user:s" "0" "0""#
    private static let object = #""OBJECT" "ENCODING" "user:1""#
    private static let hset = #""HSET" "h" "f" "v""#
    private static let sort = #""SORT" "l" "STORE" "user:3""#
    private static let end = #""SET" "the" "end""#

    // `-C` counts what is shown alone: otherwise the lines would be fewer.
    @Test(
        "monitor shows the commands and keys that are asked for, and nothing else",
        arguments: [
            (["--cmd", "set"], [set, order, inner, end]),
            (["--key", "user:*", "--key", "the"], [set, #""GET" "user:1""#, eval, inner, xread, object, sort, end]),
            (["--key", "s1"], [xadd, xread]), (["--cmd", "set,hset", "--not-key", "*:*"], [hset, end]),
            (
                ["--not-cmd", "HELLO,client,info,get,eval,xadd,xread,object,hset,sort"],
                [set, order, #""PING""#, inner, end]
            ),
            (["--cat", "@stream", "-A", "1"], [xadd, xread, object]), (["--cat", "hash,stream"], [xadd, xread, hset]),
            (["--lua", "only"], [inner]), (["--cmd", "SET", "--lua", "hide", "--sample", "1/2"], [set, end]),
            (
                ["--where", #"cmd in (SET,XREAD) and (key ~ "user:*" or key = the) and not lua"#], [set, xread, end]
            ),
            (["--where", "keys = 2"], [eval, xread, sort]),
            (["-i", "ENCODING", "-i", "^[0-9.]+ .0 lua"], [inner, object]),
        ] as [([String], [String])]
    )
    func monitor(options: [String], lines: [String]) async throws {
        try await withRedisServer { server in
            let shown = try await monitored(server, options, Self.commands, count: lines.count)
            #expect(shown == lines)
        }
    }

    @Test("monitor shows databases and clients, and commands without a table of the server")
    func databases() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "-command", "~*", "&*")
            for (options, words) in [
                (["--db", "1,3"], ["1", "3"]), (["-n", "1"], ["1"]), (["--client", "127.0.0.0/8", "--db", "3"], ["3"]),
                (["--client", "::1,10.0.0.0/8", "--db", "0,1", "--cmd", "set"], []),
            ] {
                let rwatch = try RwatchProcess(
                    ["monitor", "--guard", "0", "-p", "\(server.port)", "--cmd", "set"] + options
                )
                #expect(try await eventually { rwatch.notices.contains("watching ") })
                for database in ["0", "1", "3"] {
                    let client = try CommandLink(RedisConfiguration(url: "\(server.url)/\(database)"))
                    _ = try await client.send(["SET", "database", RedisBytes(database)])
                    await client.close()
                }
                #expect(try await eventually { rwatch.lines.count == words.count })
                rwatch.signal(SIGTERM)
                #expect(try await rwatch.status() == 128 + SIGTERM)
                #expect(rwatch.lines.map { String($0.suffix(3)) } == words.map { "\"\($0)\"" }, "\(options)")
            }
            let refused = try RwatchProcess(
                ["monitor", "-p", "\(server.port)", "--user", "ann", "-a", "pw", "--key", "d*", "-C", "1"]
            )
            #expect(try await eventually { refused.notices.contains("watching the selected commands at ") })
            #expect(refused.notices.contains("rwatch: the server does not tell its commands ("))
            try server.command("EVAL", "return 1", "2", "a", "d")
            #expect(try await refused.status() == 0)
            #expect(refused.lines.map { $0.hasSuffix(#""EVAL" "return 1" "2" "a" "d""#) } == [true])
            let categories = try RwatchProcess(
                ["monitor", "-p", "\(server.port)", "--user", "ann", "-a", "pw", "--cat", "write"]
            )
            #expect(try await categories.status() == 77)
        }
    }

    @Test("sub shows messages by channel, size, text and JSON")
    func messages() async throws {
        try await withRedisServer { server in
            for (options, payloads) in [
                (["--where", "json.user.id = 42 or payload = end"], [#"{"user":{"id":42}}"#, "end"]),
                (["--channel", "b*"], ["two", "end"]), (["--not-channel", "a"], ["two", "end"]),
                (["-e", "\"(a|b)\" \"[{t]"], ["end"]),
                (["--min-size", "4"], [#"{"user":{"id":42}}"#, #"{"user":{"id":"42"}}"#]),
                (["--sample", "1/3"], [#"{"user":{"id":42}}"#, "end"]),
            ] {
                let rwatch = try RwatchProcess(
                    ["sub", "-P", "*", "--raw", "-q", "-C", "\(payloads.count)", "-p", "\(server.port)"] + options
                )
                #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "1" })
                for (channel, payload) in [
                    ("a", #"{"user":{"id":42}}"#), ("a", #"{"user":{"id":"42"}}"#), ("b", "two"), ("bend", "end"),
                ] { try server.publish(RedisBytes(channel), RedisBytes(payload)) }
                #expect(try await rwatch.status() == 0, "\(options): \(rwatch.text)")
                #expect(rwatch.lines == payloads, "\(options)")
                #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "0" })
            }
        }
    }

    @Test("keys shows events by key, name and database")
    func keyEvents() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            for (options, events) in [
                (["--key", "user:*", "--not-key", "*2"], [#"[0] set "user:1""#, #"[3] set "user:1""#]),
                (["--where", "event = del or db = 3"], [#"[0] del "user:2""#, #"[3] set "user:1""#]),
                (["-i", "user:2"], [#"[0] set "user:2""#, #"[0] del "user:2""#]),
                (["--db", "3,4", "-A", "1"], [#"[3] set "user:1""#]),
                (["--key", "user:2", "--sample", "1/2", "-A", "1"], [#"[0] set "user:2""#, #"[0] del "user:2""#]),
            ] {
                let rwatch = try RwatchProcess(["keys", "-C", "\(events.count)", "-p", "\(server.port)"] + options)
                #expect(try await eventually { rwatch.notices.contains("watching all keys") })
                try server.command("SET", "user:1", "v")
                try server.command("SET", "user:2", "v")
                try server.command("DEL", "user:2")
                let client = try RedisClient("\(server.url)/3")
                try await client.send(["SET", "user:1", "v"])
                await client.close()
                #expect(try await rwatch.status() == 0, "\(options)")
                #expect(rwatch.lines.map { String($0.split(separator: " ", maxSplits: 1)[1]) } == events, "\(options)")
            }
        }
    }

    @Test("a mistake in an expression is a usage error with a caret under its place")
    func mistakes() async throws {
        for (arguments, notice) in [
            (
                ["monitor", "--where", "cmd in (SET,DEL) and size > big"],
                """
                rwatch: --where: this is not a size (examples: 512, 10k, 1mb)
                  cmd in (SET,DEL) and size > big
                                              ^
                Try 'rwatch monitor --help'.

                """
            ),
            (
                ["sub", "c", "--where", "cmd = SET"],
                """
                rwatch: --where: unknown field 'cmd' (known: channel, pattern, payload, size, kind, node, json.NAME)
                  cmd = SET
                  ^
                Try 'rwatch sub --help'.

                """
            ),
            (
                ["keys", "-i", "a(b"],
                """
                rwatch: --include: this '(' is not closed
                  a(b
                   ^
                Try 'rwatch keys --help'.

                """
            ),
            (
                ["monitor", "--client", "10.0.0"],
                """
                rwatch: --client takes an address such as 10.0.0.1, 10.0.0.0/8:5000 or [::1]:5000
                Try 'rwatch monitor --help'.

                """
            ),
            (
                ["monitor", "--cert", "c.pem", "--key", "k.pem"],
                """
                rwatch: --key selects keys here; name the private key of --cert by --cert-key, even if it is in the same file
                Try 'rwatch monitor --help'.

                """
            ),
        ] {
            let rwatch = try RwatchProcess(arguments)
            #expect(try await rwatch.status() == 64, "\(arguments)")
            #expect(rwatch.notices == notice, "\(arguments)")
        }
        for arguments in [
            ["monitor", "--sample", "2/1"], ["monitor", "--lua", "show"], ["monitor", "--cmd", "set,"],
            ["monitor", "--db", "1,x"], ["sub", "c", "--min-size", "big"], ["keys", "-A", "-1"], ["sub", "c", "--key"],
        ] {
            let rwatch = try RwatchProcess(arguments)
            #expect(try await rwatch.status() == 64, "\(arguments)")
        }
    }

    @Test("the help of each command names what it selects by")
    func help() async throws {
        let common = [
            "--where <expression>", "-i, --include <regex>", "-e, --exclude <regex>", "--sample <k/n>",
            "-A, --after <n>",
        ]
        for (command, options) in [
            (
                "monitor",
                [
                    "--cmd <names>", "--not-cmd <names>", "--cat <names>", "--key <pattern>", "--not-key <pattern>",
                    "--client <address>", "-n, --db <number>", "--min-size <size>", "--lua <hide|only|attribute>",
                    "--client-name <pattern>", "--by-user <pattern>",
                ]
            ), ("sub", ["--channel <pattern>", "--not-channel <pattern>", "--min-size <size>"]),
            ("keys", ["--key <pattern>", "--not-key <pattern>", "-n, --db <number>"]),
        ] {
            let rwatch = try RwatchProcess([command, "--help"])
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.text.contains("\nWHICH OF THEM:\n"))
            for option in options + common { #expect(rwatch.text.contains(option), "\(command) \(option)") }
        }
    }
}
