import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("The form for people", .tags(.unit))
struct PrettyFormTests {
    private static func pretty(_ change: (inout EventShape) -> Void = { _ in }) -> EventShape {
        .utc(.pretty, .local) {
            $0.cut = .width
            change(&$0)
        }
    }

    private static let start = "23:59:03.045931 db0 127.0.0.1:41690  "

    @Test("a command in columns; words as they are, everything else in quotes")
    func command() {
        for (words, shown) in [
            (["SET", "user:1", "héllo"], #"SET user:1 "héllo""#), (["PING"], "PING"), (["set", "k", ""], #"set k """#),
            (["SET", "k", "a b"], #"SET k "a b""#), (["SET", "k", "a\"b\\"], #"SET k 'a"b\\'"#),
            (["SET", "k", #"{"a":1}"#], #"SET k '{"a":1}'"#), (["SET", "k", "it's \"it\""], #"SET k "it's \"it\"""#),
            (["SET", "k", "it's it"], #"SET k "it's it""#),
            (["SET", "k", "日本"], "SET k \"日本\""), (["SET", "k", "l\nm"], #"SET k "l\nm""#),
        ] {
            let line = Shaped.line(words.map { Array($0.utf8) })
            #expect(Shaped.command(line, Self.pretty(), width: 80) == Self.start + shown + "\n")
            #expect(Shaped.command(line, Self.pretty()) == Self.start + shown + "\n")
        }
    }

    @Test("the name of a client behind its address, and a script's command that names its caller")
    func clients() {
        let line = Shaped.line("PING")
        let start = "23:59:03.045931 db0 127.0.0.1:41690"
        for (name, isFromScript, shown) in [
            ("web-1", false, " (web-1)  PING"), ("", false, "  PING"), ("web-1", true, " lua (web-1)  PING"),
            ("a\u{1b}b", false, #" (a\x1bb)  PING"#),
        ] {
            let client = KnownClient(name: Array(name.utf8), user: [])
            let form = Self.pretty()
            let text = Shaped.command(line, form, width: 80, client: client, isFromScript: isFromScript)
            #expect(text == start + shown + "\n")
        }
    }

    @Test("columns become as wide as the widest entry until now")
    func columns() {
        let lines = [
            Shaped.line([Array("PING".utf8)], source: "10.0.0.1:5"), Shaped.line([Array("PING".utf8)]),
            Shaped.line([Array("PING".utf8)], source: "lua"),
            Array(#"1795219143.045931 [12 lua] "PING""#.utf8), Array(#"1795219143.045931 [tenant lua] "PING""#.utf8),
        ]
        let shown = String(decoding: Shaped.commands(lines, Self.pretty(), width: 80), as: UTF8.self)
        #expect(
            shown.split(separator: "\n").map { String($0.dropFirst(16)) } == [
                "db0 10.0.0.1:5  PING", "db0 127.0.0.1:41690  PING", "db0 lua              PING",
                "db12 lua              PING", "tenant lua              PING",
            ]
        )
    }

    @Test("a line that cannot be read is shown as it is")
    func unreadable() {
        let shown = Shaped.command(Array("1.5 what\u{1b}[2J".utf8), Self.pretty(), width: 80)
        #expect(shown == "00:00:01.500000 1.5 what\\x1b[2J\n")
    }

    @Test("no line is wider than the terminal, whatever it contains", arguments: [71, 72, 80, 81, 120, 200])
    func width(width: Int) throws {
        var generator = Generator(state: UInt64(width))
        for _ in 0..<60 {
            let count = Int.random(in: 1...20, using: &generator)
            let line = Shaped.line(
                (0..<count).map { _ in generator.bytes(upTo: Bool.random(using: &generator) ? 8 : 100) }
            )
            let shown = Shaped.command(line, Self.pretty(), width: width)
            // Two of a face, none of a mark, one of most others.
            let columns = shown.dropLast().unicodeScalars.reduce(0) { sum, scalar in
                let category = scalar.properties.generalCategory
                let isMark = category == .nonspacingMark || category == .enclosingMark
                return sum + (isMark ? 0 : scalar.value > 0xffff ? 2 : 1)
            }
            #expect(columns <= width, "\(shown)")
            #expect(shown.filter(\.isNewline).count == 1)
        }
    }

    @Test("values are cut with the number of bytes that are left out, and keys behind them are still shown")
    func cut() {
        let value = String(repeating: "x", count: 1234)
        func shown(_ words: String..., width: Int = 80) -> String {
            let line = Shaped.line(words.map { Array($0.utf8) })
            return String(Shaped.command(line, Self.pretty(), width: width).dropFirst(Self.start.count).dropLast())
        }
        #expect(shown("SET", "k", value) == "SET k \(String(repeating: "x", count: 28))…(+1206B)")
        #expect(
            shown("EVAL", value, "2", "user:1", "user:2")
                == "EVAL \(String(repeating: "x", count: 13))…(+1221B) 2 user:1 user:2"
        )
        #expect(shown("SET", value, value) == "SET \(String(repeating: "x", count: 10))…(+1224B) xxxxxxxxxx…(+1224B)")
        #expect(shown("SET", "k", "a b" + value).hasSuffix("\"…(+1211B)"))
        let many = (0..<40).map { "key:\($0)" }
        let line = Shaped.line((["DEL"] + many).map { Array($0.utf8) })
        #expect(
            Shaped.command(line, Self.pretty(), width: 80)
                == Self.start + "DEL key:0 key:1 key:2 key:3 …(+36 args)\n"
        )
        #expect(Shaped.command(line, Self.pretty()).hasSuffix(" key:39\n"))
    }

    @Test("characters are never cut, and wide ones take two columns")
    func wide() {
        let value = String(repeating: "日", count: 100)
        let shown = Shaped.command(Shaped.line("SET", "k", value), Self.pretty(), width: 80)
        // 37 columns before the command, 6 of it, 2 quotes, 8 of the mark: 27 are left.
        #expect(shown == Self.start + "SET k \"" + String(repeating: "日", count: 13) + "\"…(+261B)\n")
        let marks = String(repeating: "e\u{301}", count: 100)
        let accents = Shaped.command(Shaped.line("SET", "k", marks), Self.pretty(), width: 80)
        #expect(accents == Self.start + "SET k \"" + String(repeating: "e\u{301}", count: 27) + "\"…(+219B)\n")
    }

    @Test("--max-arg cuts at so many bytes, and names not at all")
    func limit() {
        let shape = Self.pretty { $0.cut = .bytes(3) }
        #expect(
            Shaped.command(Shaped.line("SET", "abc", "abcd"), shape, width: 20) == Self.start + "SET abc abc…(+1B)\n"
        )
        #expect(
            Shaped.command(Shaped.line("SET", "aé", "abé"), shape) == Self.start + "SET \"aé\" \"ab\"…(+2B)\n"
        )
        #expect(Shaped.command(Shaped.line("PUBLISH"), shape) == Self.start + "PUBLISH\n")
        #expect(Shaped.message("abcdef", shape) == "23:59:03.045931 ch  abc…(+3B)\n")
        let open = Self.pretty { $0.cut = .bytes(.max) }
        #expect(Shaped.command(Shaped.line("SET", "aé", "abé"), open) == Self.start + "SET \"aé\" \"abé\"\n")
    }

    @Test("messages, with their pattern, and the end of the payload cut")
    func messages() {
        func shown(_ payload: String) -> String { Shaped.message(payload, Self.pretty(), width: 70) }
        #expect(shown("hello") == "23:59:03.045931 ch  hello\n")
        #expect(shown(#"{"a":"b\n"}"#) == "23:59:03.045931 ch  {\"a\":\"b\\n\"}\n")
        #expect(shown("") == "23:59:03.045931 ch  \"\"\n")
        #expect(shown("a\u{1b}[2J\nb") == "23:59:03.045931 ch  a\\x1b[2J\\nb\n")
        #expect(
            shown(String(repeating: "y", count: 90))
                == "23:59:03.045931 ch  \(String(repeating: "y", count: 43))…(+47B)\n"
        )
        let pattern = Shaped.message(
            .pmessage,
            Array("cache.a".utf8),
            pattern: Array("cache.*".utf8),
            [0xff, 0x00],
            Self.pretty()
        )
        #expect(String(decoding: pattern, as: UTF8.self) == "23:59:03.045931 cache.a (cache.*)  \\xff\\x00\n")
        let shard = Shaped.message(.smessage, Array("s".utf8), Array("x".utf8), Self.pretty())
        #expect(String(decoding: shard, as: UTF8.self) == "23:59:03.045931 s (shard)  x\n")
    }

    @Test("events of keys")
    func keys() {
        #expect(Shaped.key("expired", "user:1", Self.pretty(), width: 80) == "23:59:03.045931 db3 expired  user:1\n")
        #expect(Shaped.key("set", "a b", Self.pretty(), width: 80) == "23:59:03.045931 db3 set  \"a b\"\n")
    }

    @Test("bytes that are no text, as --binary says")
    func binary() {
        let line = Shaped.line([Array("SET".utf8), Array("k".utf8), [0xff, 0x00, 0x61]])
        for (style, shown) in [
            (BinaryStyle.escape, #""\xff\x00a""#), (.hex, "hex:ff0061"), (.b64, "base64:/wBh"),
        ] {
            let shape = Self.pretty { $0.binary = style }
            #expect(Shaped.command(line, shape, width: 80) == Self.start + "SET k \(shown)\n")
            #expect(Shaped.command(Shaped.line("SET", "k", "é"), shape) == Self.start + "SET k \"é\"\n")
        }
        let long = Shaped.line([Array("SET".utf8), Array("k".utf8)] + [[UInt8](repeating: 0xff, count: 100)])
        let shape = Self.pretty { $0.binary = .hex }
        #expect(
            Shaped.command(long, shape, width: 80)
                == Self.start + "SET k hex:" + String(repeating: "ff", count: 12) + "…(+88B)\n"
        )
    }

    @Test("hidden characters are escaped: joiners, selectors of variants, marks without a letter, marks in towers")
    func hidden() {
        for (payload, shown) in [
            ("a\u{200d}b", #"a\u{200d}b"#), ("\u{2764}\u{fe0f}", "\u{2764}\\u{fe0f}"), ("\u{202e}x", #"\u{202e}x"#),
            ("\u{301}", #"\u{301}"#), ("e\u{301}\u{301}\u{301}\u{301}\u{301}", "e\u{301}\u{301}\u{301}\u{301}\\u{301}"),
            ("\u{85}", #"\u{85}"#), ("\u{feff}", #"\u{feff}"#), ("\u{e0041}", #"\u{e0041}"#), ("ש", "ש"),
            ("\u{34f}", #"\u{34f}"#), ("\u{3164}", #"\u{3164}"#),
        ] {
            let written = Shaped.message(payload, Self.pretty(), width: 80)
            // By scalars, because some of these would join with what stands before them.
            #expect(Array(written.unicodeScalars) == Array("23:59:03.045931 ch  \(shown)\n".unicodeScalars))
        }
    }

    // MARK: Colours

    private func colored(_ change: (inout EventShape) -> Void = { _ in }) -> EventShape {
        Self.pretty {
            $0.isColored = true
            $0.time = .none
            change(&$0)
        }
    }

    @Test("writes and dangerous commands are tinted")
    func tints() {
        for (words, tint) in [
            (["GET", "k"], "1"), (["SET", "k", "v"], "33"), (["flushall"], "1;31"), (["KEYS", "*"], "1;31"),
            (["PUBLISH", "c", "m"], "1"), (["MULTI"], "1"), (["XGROUP", "DESTROY", "k", "g"], "33"),
            (["SCRIPT", "FLUSH"], "1;31"), (["script", "load", "x"], "1"), (["WATCH", "k"], "1"), (["EVAL"], "33"),
            (["NO.SUCH"], "1"), (["EXEC"], "1"), (["DEL", "k"], "33"),
        ] {
            let shown = Shaped.command(Shaped.line(words.map { Array($0.utf8) }), colored(), width: 80)
            #expect(shown.contains("\u{1b}[\(tint)m\(words[0])\u{1b}[0m"), "\(shown)")
        }
        #expect(Shaped.key("expired", "k", colored()).contains("\u{1b}[1;31mexpired\u{1b}[0m"))
        #expect(Shaped.key("set", "k", colored()).contains("\u{1b}[33mset\u{1b}[0m"))
    }

    @Test("a client and a channel have the same colour each time, and others have others")
    func steady() throws {
        func color(_ channel: String) throws -> Substring {
            let shown = Shaped.message(.message, Array(channel.utf8), [], colored())
            let text = String(decoding: shown, as: UTF8.self)
            return try #require(text.firstMatch(of: #/\x1b\[([0-9]+)m/#)).1
        }
        let channels = (0..<100).map { "channel:\($0)" }
        let colors = try channels.map { try color($0) }
        #expect(try channels.map { try color($0) } == colors)
        #expect(Set(colors) == ["32", "34", "35", "36", "92", "94", "95", "96"])
        #expect(try color("channel:0") == "32")
    }

    @Test("without its sequences a coloured line is the same line")
    func sequences() {
        let lines = [
            Shaped.line("SET", "k", String(repeating: "x", count: 500)), Shaped.line("PING"),
            Shaped.line(["a", "b\u{1b}[31m", "é"].map { Array($0.utf8) }, source: "lua"),
        ]
        let plain = String(decoding: Shaped.commands(lines, Self.pretty(), width: 80), as: UTF8.self)
        let colored = String(
            decoding: Shaped.commands(lines, Self.pretty { $0.isColored = true }, width: 80),
            as: UTF8.self
        )
        #expect(colored != plain)
        #expect(colored.replacing(#/\x1b\[[0-9;]+m/#, with: "") == plain)
    }

    @Test(
        "without its sequences a coloured row of hostile bytes is the same row, highlighted or not",
        arguments: [20, 40, 80, nil]
    )
    func hostile(_ width: Int?) throws {
        // What would also match in the sequences, if these were looked into.
        let patterns = try [".", "m|0|\\[", "x+", "^.*$"].map { try RegularExpression($0) }
        for text in HostileShapeTests.texts {
            let lines = [
                Shaped.line([text, Array("k".utf8), text]), Shaped.line([Array("SET".utf8), text, text, text, text]),
                Shaped.line([Array("PING".utf8)], source: "lua"),
            ]
            let plain = String(decoding: Shaped.commands(lines, Self.pretty(), width: width), as: UTF8.self)
            for highlights in [[], [patterns[0]], patterns] {
                let shape = Self.pretty {
                    $0.isColored = true
                    $0.highlights = highlights
                }
                let shown = String(decoding: Shaped.commands(lines, shape, width: width), as: UTF8.self)
                let stripped = shown.replacing(#/\x1b\[[0-9;]+m/#, with: "")
                #expect(stripped == plain, "\(text)")
                func message(_ shape: EventShape) -> String {
                    let shown = Shaped.message(.pmessage, text, pattern: text, text, shape, width: width)
                    return String(decoding: shown, as: UTF8.self)
                }
                #expect(message(shape).replacing(#/\x1b\[[0-9;]+m/#, with: "") == message(Self.pretty()))
            }
        }
    }

    @Test("what matches is highlighted, and nothing where there are no colours")
    func highlights() throws {
        let line = Shaped.line("GET", "user:1")
        let patterns = try [RegularExpression("user:[0-9]"), RegularExpression("T u")]
        let shown = Shaped.command(line, colored { $0.highlights = [patterns[0]] }, width: 80)
        #expect(shown.hasSuffix(" \u{1b}[30;43muser:1\u{1b}[0m\n"))
        let both = Shaped.command(line, colored { $0.highlights = patterns }, width: 80)
        #expect(
            both.hasSuffix(
                "\u{1b}[1mGE\u{1b}[0m\u{1b}[30;43mT\u{1b}[0m\u{1b}[30;43m u\u{1b}[0m\u{1b}[30;43mser:1\u{1b}[0m\n"
            )
        )
        #expect(!Shaped.command(line, Self.pretty { $0.highlights = patterns }).contains("\u{1b}"))
        let inLine = EventShape.utc(.line) {
            $0.isColored = true
            $0.highlights = [patterns[0]]
        }
        #expect(
            Shaped.command(line, inLine)
                == "1795219143.045931 [0 127.0.0.1:41690] \"GET\" \"\u{1b}[30;43muser:1\u{1b}[0m\"\n"
        )
    }
}
