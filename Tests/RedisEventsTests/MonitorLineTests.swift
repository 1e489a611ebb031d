import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("A line of MONITOR", .tags(.unit))
struct MonitorLineTests {
    @Test(
        "gives time, database and source",
        arguments: [
            (
                "1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\"", 1_339_518_083_107_412, 0,
                Monitor.Command.Source.tcp(address: "127.0.0.1", port: 60866), ["keys", "*"] as [RedisBytes]
            ),
            ("1.000001 [15 [::1]:37706] \"PING\"", 1_000_001, 15, .tcp(address: "::1", port: 37706), ["PING"]),
            (
                "1.000000 [3 unix:/run/a b] x/r.sock] \"GET\" \"k\"", 1_000_000, 3, .unix(path: "/run/a b] x/r.sock"),
                ["GET", "k"]
            ),
            ("1.999999 [0 lua] \"SET\" \"\" \"\"", 1_999_999, 0, .lua, ["SET", "", ""]),
            ("1.000000 [0 ?:0] \"PING\"", 1_000_000, 0, .tcp(address: "?", port: 0), ["PING"]),
            // Brackets are those of IPv6 or part of the name.
            ("1.000000 [0 [x]:1] \"PING\"", 1_000_000, 0, .tcp(address: "[x]", port: 1), ["PING"]),
            (
                "1.000000 [0 1.2.3.4:5] \"SET\" \"] \\\"x\\\" [0 1\" \"v\"", 1_000_000, 0,
                .tcp(address: "1.2.3.4", port: 5),
                ["SET", "] \"x\" [0 1", "v"]
            ),
            (
                "1.000000 [0 1.2.3.4:5] \"AUTH\" \"(redacted)\"", 1_000_000, 0, .tcp(address: "1.2.3.4", port: 5),
                ["AUTH", "(redacted)"]
            ),
            (
                "1.000000 [0 1.2.3.4:5] \"GET\" \"foo\\\\\"", 1_000_000, 0, .tcp(address: "1.2.3.4", port: 5),
                ["GET", "foo\\"]
            ),
            // Some services leave the blank out.
            ("1.000000[0 1.2.3.4:5] \"GET\" \"k\"", 1_000_000, 0, .tcp(address: "1.2.3.4", port: 5), ["GET", "k"]),
        ]
    )
    func header(_ line: String, _ time: Int64, _ db: Int, _ source: Monitor.Command.Source, _ arguments: [RedisBytes])
        throws
    {
        let command = try #require(Monitor.Command(line: RedisBytes(line)))
        #expect(command.time == RedisTimestamp(microseconds: time))
        #expect(command.database == db)
        #expect(command.source == source)
        #expect(command.arguments == arguments)
        #expect(command.line == RedisBytes(line))
    }

    @Test("gives every byte back that the server escaped")
    func everyByte() throws {
        for byte in UInt8.min...UInt8.max {
            let line = RedisBytes(Array("1.000000 [0 lua] \"SET\" \"a".utf8) + Self.escaped(byte) + Array("z\"".utf8))
            let command = try #require(Monitor.Command(line: line))
            #expect(command.arguments == ["SET", RedisBytes([0x61, byte, 0x7a])])
        }
    }

    @Test("is read byte by byte, whatever Unicode makes of it")
    func unicode() throws {
        let names = try #require(Monitor.Command(line: "1.000000 [0 lua\u{301}] \"g\u{DF}t\" \"k\""))
        #expect(names.name == "G\u{DF}T")
        #expect(names.source == .other("lua\u{301}"))
        let path = try #require(Monitor.Command(line: "1.000000 [0 unix:\u{301}/s] \"GET\""))
        #expect(path.source == .unix(path: "\u{301}/s"))
        let port = try #require(Monitor.Command(line: "1.000000 [0 1.2.3.4:65536] \"GET\""))
        #expect(port.source == .other("1.2.3.4:65536"))
    }

    @Test("a fork's database name is no number")
    func databaseName() throws {
        let command = try #require(Monitor.Command(line: "1.000000 [ns1 1.2.3.4:5] \"GET\" \"k\""))
        #expect(command.database == nil)
        #expect(command.source == .tcp(address: "1.2.3.4", port: 5))
    }

    @Test(
        "of another form is refused",
        arguments: [
            "", "OK", "1.0 [0 lua] \"x\"", "1.000000", "1.000000 [0 lua]", "1.000000 [0 lua] x", "1.000000 [0 lua] \"x",
            "1.000000 [0 lua] \"x\"y", "1.000000 [0 lua] \"x\" ", "1.000000 [0 lua] \"x\\\"", "x.000000 [0 lua] \"x\"",
            "1.000000 0 lua] \"x\"",
        ]
    )
    func malformed(_ line: String) {
        #expect(Monitor.Command(line: RedisBytes(line)) == nil)
    }

    @Test("cut anywhere is refused, never a trap")
    func cut() {
        let line = Array("1339518083.107412 [0 [::1]:60866] \"set\" \"a\\x00\\\\\" \"\"".utf8)
        for end in 0..<line.count {
            let command = Monitor.Command(line: RedisBytes(Array(line[..<end])))
            // Only a cut behind a closing quote leaves a line of the known form.
            #expect((command != nil) == [39, 49].contains(end), "\(end)")
        }
    }

    /// What the server writes for a byte inside the quotes.
    static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 0x5c, 0x22: [0x5c, byte]
        case 0x0a: Array("\\n".utf8)
        case 0x0d: Array("\\r".utf8)
        case 0x09: Array("\\t".utf8)
        case 0x07: Array("\\a".utf8)
        case 0x08: Array("\\b".utf8)
        case 0x20...0x7e: [byte]
        default: Array((byte < 16 ? "\\x0" : "\\x").utf8) + Array(String(byte, radix: 16).utf8)
        }
    }
}
