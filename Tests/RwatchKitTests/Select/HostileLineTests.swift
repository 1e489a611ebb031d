import RedisEvents
import RedisRESP
import RedisReactor
import RwatchKit
import TestSupport
import Testing

/// Bytes from a network that ought to be lines and messages.
@Suite("Selection of hostile events", .tags(.unit))
struct HostileLineTests {
    /// Everything that reads some part of a line.
    private static func selections() throws -> [Selection] {
        var selections = try [
            "key = a and keys > 1", "args[0] = a or args = 3 or args[5] > 1", "client = 10.0.0.0/8 or client ~ \"*\"",
            "db = 1 and size > 3 and lua", "cmd ~ \"*\" and not key ~ \"a*\"", #"cmd =~ "x" or key =~ "^a""#,
        ].map { try Selection($0) }
        var selection = Selection()
        selection.commands = ["SET"]
        selection.keys = ["*"]
        selection.excludedKeys = ["b"]
        selection.minimumSize = 1
        selections.append(selection)
        return selections
    }

    @Test("a line that is cut anywhere never traps, and is shown where the rest does not decide")
    func cut() throws {
        let line = Array(
            #"1795219143.045931 [0 127.0.0.1:41690] "EVAL" "return \"x\"" "2" "a\xff" "b" "\\""#.utf8
        )
        for selection in try Self.selections() {
            for end in 0...line.count { _ = selection.shown([Array(line[..<end])]) }
        }
        // Until the name can be read, nothing decides; then the name does. With a blank at its end, the line is broken
        // behind the name.
        let named = try Selection("cmd = SET")
        let name = try #require(line.firstIndex(of: UInt8(ascii: "E"))) + 5
        for end in 0...line.count {
            #expect(named.shown([Array(line[..<end])]) == (end < name || end == name + 1 ? [0] : []), "\(end)")
        }
    }

    @Test(
        "broken lines are shown",
        arguments: [
            "", "OK", "\u{0}", #"1.000000 [0 lua] "SET"#, #"1.000000 [0 lua] "SET" "a\"#,
            #"1.000000 [0 lua] "SET" "\xg0""#,
            #"1.000000 [0 lua] "SET"x"a""#, #"1.000000 [0 lua] "SET"  "a""#, #"1.000000 (db 0) "SET" "a""#,
            #"1.000000 [0 lua] "EVAL" "s" "2" "a"#, #"1.000000 [0 lua] "MSET" "b" "1" "c"#,
        ]
    )
    func broken(line: String) throws {
        var selection = Selection()
        selection.keys = ["a"]
        #expect(selection.shown([line]) == [0])
        #expect(try Selection("not key = a").shown([line]) == [0])
    }

    @Test("numbers of keys that no command can have name no keys")
    func counts() throws {
        let keys = try Selection("key ~ \"*\"")
        for count in [
            "-1", "0", "3", "99999999999", "9223372036854775807", "-9223372036854775808", "+1", "1 ", "", "1e1",
        ] {
            #expect(keys.shown([monitorLine(["EVAL", "s", count, "a", "b"])]) == [], "\(count)")
            #expect(keys.shown([monitorLine(["BLMPOP", "0", count, "a", "b"])]) == [], "\(count)")
        }
        #expect(keys.shown([monitorLine(["EVAL", "s", "2", "a", "b"])]) == [0])
    }

    @Test("random bytes never trap, at whatever reads them")
    func random() throws {
        var generator = Generator(state: 11)
        let selections = try Self.selections()
        for _ in 0..<300 {
            var line = Array("1795219143.045931 [0 10.0.0.1:5] ".utf8)
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                line += [0x22] + generator.bytes(upTo: 12) + [0x22, 0x20]
            }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                line[Int.random(in: line.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            for selection in selections { _ = selection.shown([line]) }
        }
    }

    @Test(
        "what is no JSON does not match",
        arguments: [
            "", " ", "{", "{\"a\":1", "{\"a\":1}}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "[1,]", "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":+1}", "{\"a\":1e}", "{\"a\":tru}", "{\"a\":1} x", "{\"a\":1,\"b\":\"\\x\"}",
            "{\"a\":1,\"b\":\"\\u12\"}",
            "{\"a\":1,\"b\":\"\u{1}\"}", "{\"a\":1,\"b\":\"x}", "nul", "-", "\"a", "{\"a\":1,\"b\":.5}", "{,\"a\":1}",
        ]
    )
    func noJSON(payload: String) throws {
        #expect(try Self.isShown("json.a = 1", payload) == false)
    }

    @Test(
        "what is JSON matches",
        arguments: [
            ("{\"a\":1}", true), ("\t{ \"a\" :\r\n1 , \"b\" : [ { } , [ ] , \"\\u00e9\\n\" ] }", true),
            ("{\"a\":2,\"a\":1}", true),
            ("{\"a\":1,\"a\":2}", false), ("{\"\\u0061\":1}", true), ("{\"b\":{\"a\":1}}", false),
            ("[{\"a\":1}]", false),
            ("{\"a\":1.0e0}", true), ("{\"a\":-1}", false), ("{\"a\":10E-1}", true), ("{\"a\":\"1\"}", false),
        ] as [(String, Bool)]
    )
    func json(payload: String, isShown: Bool) throws {
        #expect(try Self.isShown("json.a = 1", payload) == isShown)
    }

    @Test(
        "a later member takes the place of an earlier one, whatever is in it",
        arguments: [
            ("{\"a\":{\"b\":1},\"a\":{\"c\":1}}", false), ("{\"a\":{\"b\":1},\"a\":1}", false),
            ("{\"a\":{\"c\":1},\"a\":{\"b\":1}}", true),
        ] as [(String, Bool)]
    )
    func laterMember(payload: String, isShown: Bool) throws {
        #expect(try Self.isShown("json.a.b = 1", payload) == isShown)
    }

    @Test("deep JSON is bounded")
    func deep() throws {
        for (count, isShown) in [(100, true), (200, false), (1_000_000, false)] {
            let nested = String(repeating: "[", count: count) + String(repeating: "]", count: count)
            #expect(try Self.isShown("json.a = 1", "{\"b\":\(nested),\"a\":1}") == isShown)
        }
    }

    @Test(
        "numbers are compared digit by digit",
        arguments: [
            ("1", "1.000", 0), ("0", "-0.0", 0), ("10", "9", 1), ("-10", "-9", -1), ("1e3", "1000", 0),
            ("1e-3", "0.001", 0),
            ("0.1", "0.09", 1), ("123456789012345678901234567890", "123456789012345678901234567891", -1),
            ("1e400", "1e399", 1), ("-1e400", "1", -1), ("00012", "12", 0), ("1e99999999999999999999", "2", 1),
            ("0e99999", "0", 0), ("5", "0", 1), ("0", "5", -1),
        ] as [(String, String, Int)]
    )
    func numbers(first: String, second: String, order: Int) throws {
        let line = monitorLine(["X", first])
        for (symbol, isShown) in [("<", order < 0), ("<=", order <= 0), (">", order > 0), (">=", order >= 0)] {
            let shown = try Selection("args[0] \(symbol) \(second)").shown([line])
            #expect(shown == (isShown ? [0] : []), "\(symbol)")
        }
    }

    private static func isShown(_ expression: String, _ payload: String) throws -> Bool {
        let filter = try #require(try Selection(expression, of: .messages).filter())
        let selection = EventSelection(filter)
        return withBytes(Array("c".utf8)) { channel in
            withBytes(Array(payload.utf8)) { payload in
                selection.selects(
                    .message,
                    channel: channel,
                    pattern: payload.extracting(0..<0),
                    payload: payload,
                    at: .now()
                )
            }
        }
    }
}
