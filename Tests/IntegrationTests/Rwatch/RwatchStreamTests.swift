import Foundation
import RedisCommands
import RedisStreams
import RedisTesting
import TestSupport
import Testing

/// `rwatch stream`, `rwatch pub --durable` and `rwatch sub --durable`, with a real server.
@Suite("rwatch and streams", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchStreamTests {
    private static let fields = #""n" "2" "t" "a b\"c""#

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("streams-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    /// A stream of which the first entry was trimmed.
    private func fill(_ server: RedisServer) throws {
        for number in 1...3 { try server.command("XADD", "s", "\(number)-0", "n", "\(number)", "t", "a b\"c") }
        try server.command("XADD", "s", "4-0", "x", "1", "x", "{\"a\": 2}")
        try server.command("XTRIM", "s", "MAXLEN", "3")
    }

    private func run(_ server: RedisServer, _ arguments: [String], input: String? = nil) async throws -> RwatchProcess {
        let rwatch = try RwatchProcess(arguments + ["-p", "\(server.port)"], input: input)
        #expect(try await rwatch.status() == 0, "\(arguments): \(rwatch.text) \(rwatch.notices)")
        return rwatch
    }

    @Test("print entries in every form, and what is missing in those that have records")
    func forms() async throws {
        try await withRedisServer { server in
            try fill(server)
            let record = #"missing "s" missed=1 after=0-0 before=2-0"#
            let expected: [([String], [String])] = [
                (
                    ["-o", "line"],
                    [
                        record, #"0.002000 entry "s" "2-0" "n" "2" "t" "a b\"c""#,
                        #"0.003000 entry "s" "3-0" "n" "3" "t" "a b\"c""#,
                        #"0.004000 entry "s" "4-0" "x" "1" "x" "{\"a\": 2}""#,
                    ]
                ),
                (
                    ["-o", "pretty", "--utc"],
                    [
                        record, #"00:00:00.002000 s 2-0  n 2 t 'a b"c'"#, #"00:00:00.003000 s 3-0  n 3 t 'a b"c'"#,
                        #"00:00:00.004000 s 4-0  x 1 x '{"a": 2}'"#,
                    ]
                ),
                (
                    ["--json"],
                    [
                        #""stream":"s","missed":1,"after":"0-0","before":"2-0"}"#,
                        #"{"v":1,"kind":"entry","ts":0.002000,"stream":"s","id":"2-0","fields":{"n":"2","t":"a b\"c"}}"#,
                        #"{"v":1,"kind":"entry","ts":0.003000,"stream":"s","id":"3-0","fields":{"n":"3","t":"a b\"c"}}"#,
                        #""ts":0.004000,"stream":"s","id":"4-0","pairs":[["x","1"],["x","{\"a\": 2}"]]}"#,
                    ]
                ),
                (["--raw"], ["2", "a b\"c", "3", "a b\"c", "1", "{\"a\": 2}"]),
                (
                    ["-F", "%K %i %A %k"],
                    [
                        "s 2-0 \(Self.fields) entry", #"s 3-0 "n" "3" "t" "a b\"c" entry"#,
                        #"s 4-0 "x" "1" "x" "{\"a\": 2}" entry"#,
                    ]
                ),
                (
                    ["--redact", "values", "-F", "%A"],
                    [
                        #""n" "(redacted)" "t" "(redacted)""#, #""n" "(redacted)" "t" "(redacted)""#,
                        #""x" "(redacted)" "x" "(redacted)""#,
                    ]
                ),
            ]
            let schema = try JSONSchema.ofRwatch()
            for (options, lines) in expected {
                let rwatch = try await run(server, ["stream", "s", "--from", "start", "-C", "3"] + options)
                #expect(rwatch.lines.count == lines.count, "\(options): \(rwatch.text)")
                for (line, end) in zip(rwatch.lines, lines) { #expect(line.hasSuffix(end)) }
                #expect(rwatch.notices.contains("gap: 1 entry of s after 0-0 0 and before 2-0"))
                if options == ["--json"] {
                    for line in rwatch.lines { #expect(try schema.complaint(about: line) == nil, "\(line)") }
                }
            }
            let csv = try await run(server, ["stream", "s", "--from", "start", "-C", "1", "--csv", "--utc"])
            #expect(csv.text.hasPrefix("kind,time,node,stream,id,fields\r\nmissing,"))
            let field = #""""n"" ""2"" ""t"" ""a b\""c""""#
            #expect(csv.text.hasSuffix("entry,1970-01-01T00:00:00.002000Z,,s,2-0,\(field)\r\n"))
            let resp = try await run(server, ["stream", "s", "--from", "3-0", "-C", "1", "-o", "resp"])
            #expect(resp.text.hasPrefix("*4\r\n$5\r\nentry\r\n$1\r\ns\r\n$3\r\n4-0\r\n*4\r\n$1\r\nx\r\n$1\r\n1\r\n"))
        }
    }

    @Test("select entries by their fields, and end when they should")
    func selection() async throws {
        try await withRedisServer { server in
            try fill(server)
            for (condition, ids) in [
                ("field.n >= 3", ["3-0"]), ("field.x.a = 2", ["4-0"]), ("field.t ~ \"a*\" and id != \"2-0\"", ["3-0"]),
                ("stream = s and size > 10", ["4-0"]),
            ] {
                let arguments = ["stream", "s", "--from", "start", "-C", "1", "-F", "%i", "--where", condition]
                #expect(try await run(server, arguments).lines == ids, "\(condition)")
            }
            let until = try await run(server, ["stream", "s", "--from", "2", "--until", "\"3-0\"", "-F", "%i"])
            #expect(until.lines == ["2-0", "3-0"])
            let idle = try RwatchProcess(["stream", "s", "--idle", "100ms", "-p", "\(server.port)"])
            #expect(try await idle.status() == 0)
            let wrong = try RwatchProcess(["stream", "s", "--where", "payload = 1", "-p", "\(server.port)"])
            #expect(try await wrong.status() == 64)
            try server.command("SET", "text", "x")
            let text = try RwatchProcess(["stream", "text", "-p", "\(server.port)"])
            #expect(try await text.status() == 69)
            #expect(text.notices.contains("WRONGTYPE"))
            let combinations = [
                ["--state", "/dev/null", "--overflow", "drop"], ["--state", "f", "--exec", "cat"],
                ["--group", "g"], ["--ack"], ["--group", "g", "--ack", "--state", "f"],
                ["--group", "g", "--ack", "--from", "10m"], ["--from", "yesterday"], ["--from", "999999999999d"],
                ["--node"],
            ]
            for options in combinations {
                let rwatch = try RwatchProcess(["stream", "s", "-p", "\(server.port)"] + options)
                #expect(try await rwatch.status() == 64, "\(options)")
            }
        }
    }

    @Test("a pipe gets each entry at least once, though rwatch is killed again and again in the middle of a flood")
    func killed() async throws {
        try await withRedisServer { server in
            try await withFolder { folder in
                let count = 30_000
                let client = try RedisClient(RedisConfiguration(url: server.url))
                // A quarter of it comes with each run, so that none can read all of it before it is killed.
                let allowed = Locked(0)
                let flood = Task {
                    for start in stride(from: 0, to: count, by: 100) {
                        let isDue = try await eventually(within: .seconds(60)) { start < allowed.withLock { $0 } }
                        guard isDue else { return }
                        var batch = RedisBatch()
                        for number in start..<start + 100 { batch.append(.xadd("s", ["n": "\(number)"])) }
                        _ = try await client.send(batch)
                    }
                }
                let arguments = [
                    "stream", "s", "--from", "start", "--state", folder + "/state", "--raw", "-q", "-p",
                    "\(server.port)",
                ]
                var read: [[Int]] = []
                var seen: Set<Int> = []
                while seen.count < count, read.count < 100 {
                    allowed.withLock { $0 += count / 4 }
                    let rwatch = try RwatchProcess(arguments)
                    let goal = min(count, seen.count + 2_000)
                    _ = try await eventually { Set(rwatch.lines.compactMap { Int($0) }).union(seen).count >= goal }
                    rwatch.signal(SIGKILL)
                    #expect(try await rwatch.status() == 137)
                    // A line that was cut off was not counted.
                    read.append(rwatch.lines.compactMap { Int($0) })
                    seen.formUnion(read.last ?? [])
                }
                try await flood.joined
                await client.close()
                #expect(seen == Set(0..<count), "0 missing")
                for numbers in read { #expect(numbers == numbers.sorted()) }
                #expect(read.count > 3)
                // One that was being written when rwatch was killed may be left beside it.
                let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(files.contains("state") && files.allSatisfy { $0.contains("state") })
            }
        }
    }

    @Test("a consumer of a group acknowledges what has left, and another one goes on there")
    func group() async throws {
        try await withRedisServer { server in
            for number in 0..<20 { try server.command("XADD", "s", "*", "n", "\(number)") }
            let arguments = ["stream", "s", "--group", "g", "--ack", "--raw", "-q", "-C", "10"]
            let first = try await run(server, arguments + ["--from", "start", "--consumer", "one"])
            #expect(first.lines == (0..<10).map { "\($0)" })
            let second = try await run(server, arguments + ["--consumer", "two"])
            #expect(second.lines == (10..<20).map { "\($0)" })
            #expect(try await eventually { try server.command("XPENDING", "s", "g").hasPrefix("0") })
        }
    }

    @Test(
        "keep where they have begun, for themselves alone, and print what comes between two runs",
        arguments: [["stream", "s"], ["sub", "--durable", "s"]]
    )
    func quiet(_ command: [String]) async throws {
        try await withRedisServer { server in
            try await withFolder { folder in
                let state = folder + "/state"
                let arguments = command + ["--state", state, "--raw", "-p", "\(server.port)"]
                _ = try await run(server, ["pub", "--durable", "s", "before"])
                let first = try RwatchProcess(arguments)
                #expect(try await eventually { FileManager.default.fileExists(atPath: state) })
                let other = try RwatchProcess(arguments)
                #expect(try await other.status() == 74)
                #expect(other.notices.contains("another rwatch keeps its positions there"))
                first.signal(SIGKILL)
                #expect(try await first.status() == 137)
                #expect(first.text == "")
                _ = try await run(server, ["pub", "--durable", "s", "between"])
                let second = try RwatchProcess(arguments + ["-C", "1"])
                #expect(try await second.status() == 0)
                #expect(second.text.contains("between") && !second.text.contains("before"))
            }
        }
    }

    @Test("end with an error when the server cannot be reached, as long as it is not to be waited for")
    func unreachable() async throws {
        try await withRedisServer { server in
            try server.command("CONFIG", "SET", "requirepass", "right")
            let wrong = try RwatchProcess(["stream", "s", "-a", "wrong", "-p", "\(server.port)"])
            #expect(try await wrong.status() == 77)
        }
        let down = try RwatchProcess(["stream", "s", "-p", "\(try closedPort())", "--wait=0s"])
        #expect(try await down.status() == 69)
    }

    @Test("tell which entries of a group are lost, and that a group begins again")
    func groupThatIsGone() async throws {
        try await withRedisServer { server in
            for number in 1...3 { try server.command("XADD", "s", "\(number)-0", "n", "\(number)") }
            try server.command("XGROUP", "CREATE", "s", "g", "0")
            try server.command("XREADGROUP", "GROUP", "g", "one", "COUNT", "2", "STREAMS", "s", ">")
            try server.command("XDEL", "s", "1-0")
            let rwatch = try RwatchProcess([
                "stream", "s", "--group", "g", "--consumer", "one", "--ack", "--json", "-p", "\(server.port)",
            ])
            #expect(try await eventually { rwatch.lines.count == 3 })
            let schema = try JSONSchema.ofRwatch()
            #expect(rwatch.lines.contains { $0.hasSuffix(#""stream":"s","missed":1,"id":"1-0"}"#) })
            // What it has still is not written again when the group delivers it anew.
            #expect(try await eventually { try server.command("XPENDING", "s", "g").hasPrefix("0") })
            try server.command("XGROUP", "DESTROY", "s", "g")
            #expect(try await eventually { rwatch.lines.count == 6 })
            #expect(rwatch.lines.contains { $0.hasPrefix(#"{"v":1,"kind":"restarted","#) })
            for line in rwatch.lines { #expect(try schema.complaint(about: line) == nil, "\(line)") }
            rwatch.signal(SIGTERM)
            _ = try await rwatch.status()
        }
    }

    @Test("publish on a durable channel, and go on where the last one has ended")
    func durable() async throws {
        try await withRedisServer { server in
            try await withFolder { folder in
                let one = try await run(server, ["pub", "--durable", "ch", "one", "--keep", "3"])
                #expect(one.lines.count == 1 && RedisStreamID(one.lines[0]) != nil)
                let sub = [
                    "sub", "--durable", "ch", "--from", "start", "--state", folder + "/state", "--json", "-q",
                ]
                let first = try await run(server, sub + ["-C", "1"])
                #expect(first.lines.count == 1 && first.lines[0].hasPrefix(#"{"v":1,"kind":"replayed","#))
                let lines = ["pub", "--durable", "-l", "ch", "--keep", "3"]
                #expect(try await run(server, lines, input: "2\n3\n4\n5\n").lines.count == 4)
                try server.command("XTRIM", "ch", "MAXLEN", "3")
                let second = try await run(server, sub + ["-C", "3"])
                let texts = [
                    #""channel":"ch","missed":1,"#, #""payload":"3"}"#, #""payload":"4"}"#, #""payload":"5"}"#,
                ]
                #expect(second.lines.count == 4)
                for (line, text) in zip(second.lines, texts) { #expect(line.contains(text)) }
                let schema = try JSONSchema.ofRwatch()
                for line in second.lines { #expect(try schema.complaint(about: line) == nil, "\(line)") }
                let live = try RwatchProcess(["sub", "--durable", "ch", "-C", "1", "-p", "\(server.port)"])
                #expect(try await eventually { live.notices.contains("watching 1 durable channel") })
                _ = try await run(server, ["pub", "--durable", "ch", "now"])
                #expect(try await live.status() == 0)
                #expect(live.text.hasSuffix(" message \"ch\" \"now\"\n"))
                for wrong in [
                    ["sub", "--durable", "ch", "--node"], ["sub", "ch", "--from", "start"],
                    ["sub", "--durable", "-P", "x*"],
                    ["pub", "ch", "x", "--keep", "3"], ["pub", "--durable", "ch", "x", "--keep", "much"],
                    ["pub", "--durable", "ch", "x", "--require", "1"],
                ] {
                    let rwatch = try RwatchProcess(wrong + ["-p", "\(server.port)"])
                    #expect(try await rwatch.status() == 64, "\(wrong)")
                }
            }
        }
    }
}
