import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Keys of commands", .tags(.unit))
struct KeySpecTests {
    /// The arguments that are keys.
    static func keys(_ words: [String], _ table: CommandCatalog = .builtIn) throws -> [String] {
        let line = monitorLine(words)
        return try words.dropFirst().filter { word in
            var selection = Selection()
            selection.expression = try FilterExpression("key = \"\(word)\"", for: .commands)
            return selection.shown([line], table) == [0]
        }
    }

    @Test(
        "the built-in table",
        arguments: [
            ("GET k", ["k"]), ("set k v EX 10", ["k"]), ("DEL a b c", ["a", "b", "c"]), ("MSET a 1 b 2", ["a", "b"]),
            ("EVAL script 2 a b x", ["a", "b"]), ("EVALSHA sha 1 a x", ["a"]), ("EVAL script 0 x", []),
            ("FCALL f 1 a x", ["a"]), ("FCALL_RO f 2 a b", ["a", "b"]),
            ("XREAD COUNT 2 STREAMS s1 s2 0 1", ["s1", "s2"]),
            ("XREAD BLOCK 5 streams s1 0", ["s1"]),
            ("XREADGROUP GROUP g STREAMS COUNT 1 STREAMS s1 s2 > 0", ["s1", "s2"]),
            ("SORT k BY x LIMIT 0 1 GET y STORE d", ["k", "d"]), ("SORT k STORE d STORE e", ["k", "e"]),
            ("SORT k", ["k"]),
            ("SORT k BY store", ["k"]), ("MIGRATE h 6379 k 0 1000", ["k"]),
            ("MIGRATE h 6379 EMPTY 0 1000 COPY AUTH2 keys pw KEYS a b", ["a", "b"]),
            ("MIGRATE h 6379 EMPTY 0 1000 KEYS keys x", ["keys", "x"]),
            ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", ["d", "a", "b"]),
            ("ZUNION 2 a b WITHSCORES", ["a", "b"]), ("ZDIFF 1 a", ["a"]), ("BLMPOP 5 2 a b LEFT", ["a", "b"]),
            ("LMPOP 1 a LEFT", ["a"]), ("OBJECT ENCODING k", ["k"]), ("OBJECT HELP", []),
            ("MEMORY USAGE k SAMPLES 1", ["k"]),
            ("MEMORY DOCTOR", []), ("BITOP AND d a b", ["d", "a", "b"]), ("GEORADIUS k 0 0 1 km STORE d", ["k", "d"]),
            ("GEORADIUS k 0 0 1 km STOREDIST d", ["k", "d"]), ("GEORADIUSBYMEMBER k m 1 km STORE d", ["k", "d"]),
            ("SINTERCARD 2 a b LIMIT 1", ["a", "b"]), ("PUBLISH c m", []), ("SPUBLISH c m", []), ("PING", []),
            ("BLPOP a b 0", ["a", "b"]), ("COPY a b", ["a", "b"]), ("XGROUP CREATE s g 0", ["s"]),
            ("LCS a b", ["a", "b"]),
            // A server replies with an error to these.
            ("EVAL script 3 a b", []), ("EVAL script -1 a b", []), ("EVAL script 99999999999999999999 a", []),
            ("EVAL script 9999999999 a", []), ("EVAL script x a", []), ("EVAL script", []), ("EVAL", []), ("GET", []),
            ("XREAD STREAMS", []), ("XREAD COUNT", []), ("MIGRATE h", []), ("MSET a", ["a"]),
            ("ZUNIONSTORE d 3 a", ["d"]),
            ("SORT", []), ("OBJECT", []), ("GEORADIUS k 0 0 1 km STORE", ["k"]), ("SORT k STORE", ["k"]),
        ] as [(String, [String])]
    )
    func builtIn(command: String, keys: [String]) throws {
        let words = command.split(separator: " ").map { $0 == "EMPTY" ? "" : String($0) }
        #expect(try Self.keys(words).filter { $0 != "" } == keys)
    }

    @Test("a command that nobody knows is shown")
    func unknown() throws {
        var selection = Selection()
        selection.keys = ["a*"]
        #expect(selection.shown([monitorLine(["FOO.BAR", "b"]), monitorLine(["GET", "b"])]) == [0])
    }

    /// A description of a command as COMMAND gives it.
    private static func described(
        _ name: String,
        _ positions: (Int, Int, Int) = (0, 0, 0),
        categories: [String] = [],
        specs: [RESPValue]? = nil,
        subcommands: [RESPValue] = []
    ) -> RESPValue {
        var fields: [RESPValue] = [
            .bulkString(RedisBytes(name)), .integer(-2), .set([]), .integer(positions.0), .integer(positions.1),
            .integer(positions.2), .set(categories.map { .simpleString(RedisBytes($0)) }),
        ]
        if let specs { fields += [.array([]), .set(specs), .array(subcommands)] }
        return .array(fields)
    }

    private static func text(_ text: String) -> RESPValue { .bulkString(RedisBytes(text)) }

    /// A map as RESP3 has it, or the array of RESP2.
    private static func map(_ pairs: [(String, RESPValue)], isFlat: Bool) -> RESPValue {
        isFlat
            ? .array(pairs.flatMap { [text($0.0), $0.1] })
            : .map(pairs.map { RESPValue.Pair(key: text($0.0), value: $0.1) })
    }

    private static func spec(
        _ flags: [String],
        _ begin: (String, [(String, RESPValue)]),
        _ find: (String, [(String, RESPValue)]),
        isFlat: Bool
    ) -> RESPValue {
        map(
            [
                ("flags", .set(flags.map { .simpleString(RedisBytes($0)) })),
                (
                    "begin_search",
                    map([("type", text(begin.0)), ("spec", map(begin.1, isFlat: isFlat))], isFlat: isFlat)
                ),
                ("find_keys", map([("type", text(find.0)), ("spec", map(find.1, isFlat: isFlat))], isFlat: isFlat)),
            ],
            isFlat: isFlat
        )
    }

    @Test("a server's specifications, in both protocols", arguments: [false, true])
    func reply(isFlat: Bool) throws {
        let one: (String, [(String, RESPValue)]) = (
            "range", [("lastkey", .integer(0)), ("keystep", .integer(1)), ("limit", .integer(0))]
        )
        func spec(_ flags: [String], _ begin: (String, [(String, RESPValue)]), _ find: (String, [(String, RESPValue)]))
            -> RESPValue
        { Self.spec(flags, begin, find, isFlat: isFlat) }
        let index: (String, [(String, RESPValue)]) = ("index", [("index", .integer(1))])
        let table = CommandCatalog(
            .array([
                Self.described("mod.get", specs: [spec(["RO"], index, one)]),
                Self.described(
                    "mod.tail",
                    specs: [
                        spec(
                            [],
                            ("keyword", [("keyword", Self.text("FROM")), ("startfrom", .integer(-2))]),
                            ("range", [("lastkey", .integer(-1)), ("keystep", .integer(2)), ("limit", .integer(0))])
                        )
                    ]
                ),
                Self.described(
                    "mod.half",
                    specs: [
                        spec(
                            [],
                            ("keyword", [("keyword", Self.text("KEYS")), ("startfrom", .integer(1))]),
                            ("range", [("lastkey", .integer(-1)), ("keystep", .integer(1)), ("limit", .integer(2))])
                        )
                    ]
                ),
                Self.described(
                    "mod.count",
                    specs: [
                        spec(
                            [],
                            ("index", [("index", .integer(2))]),
                            (
                                "keynum",
                                [("keynumidx", .integer(0)), ("firstkey", .integer(1)), ("keystep", .integer(2))]
                            )
                        )
                    ]
                ),
                Self.described("mod.channel", specs: [spec(["not_key"], index, one)]),
                Self.described("sort", specs: [spec([], index, one), spec([], ("unknown", []), ("unknown", []))]),
                Self.described("mod.partly", specs: [spec(["incomplete"], index, one)]),
                Self.described(
                    "mod.sub",
                    specs: [],
                    subcommands: [
                        Self.described("mod.sub|one", specs: [spec([], ("index", [("index", .integer(2))]), one)]),
                        Self.described("mod.sub|none", specs: []),
                    ]
                ),
                Self.described("mod.wild", specs: [spec([], ("index", [("index", .integer(.max))]), one)]),
            ])
        )
        for (command, keys) in [
            ("MOD.GET k v", ["k"]), ("mod.tail x from y from a 1 b 2", ["a", "b"]), ("mod.tail x from a", ["a"]),
            ("mod.half x keys a b 1 2", ["a", "b"]), ("mod.count x 2 a 1 b 2", ["a", "b"]), ("mod.channel c", []),
            ("SORT k STORE d", ["k", "d"]), ("mod.partly a b", ["a"]), ("mod.sub one k", ["k"]), ("mod.sub none k", []),
            ("mod.sub other k", []), ("mod.wild k", []),
        ] as [(String, [String])] {
            #expect(try Self.keys(command.split(separator: " ").map(String.init), table) == keys, "\(command)")
        }
    }

    @Test("an older server's positions, and its categories")
    func older() throws {
        let table = CommandCatalog(
            .array([
                Self.described("get", (1, 1, 1), categories: ["@read", "@string"]),
                Self.described("mod.set", (2, -1, 2), categories: ["@write"]),
                Self.described("eval", (0, 0, 0), categories: ["@scripting"]),
                Self.described("object", (2, 2, 1), categories: ["@keyspace", "@read"]), .null, .array([]), .integer(1),
            ]),
            categories: ["write", "scripting"]
        )
        #expect(try Self.keys(["get", "k"], table) == ["k"])
        #expect(try Self.keys(["mod.set", "x", "a", "1", "b", "2"], table) == ["a", "b"])
        #expect(try Self.keys(["eval", "x", "1", "a"], table) == ["a"])
        #expect(try Self.keys(["OBJECT", "ENCODING", "k"], table) == ["k"])
        #expect(table.count == 4)
        var selection = Selection()
        selection.categories = ["write", "scripting"]
        let lines = [["GET", "k"], ["MOD.SET", "a"], ["EVAL", "s", "0"], ["OBJECT", "HELP"], ["OTHER"]].map(monitorLine)
        #expect(selection.shown(lines, table) == [1, 2, 4])
    }
}
