import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Options that select", .tags(.unit))
struct SelectionTests {
    private static func shown(_ change: (inout Selection) throws -> Void) rethrows -> [Int] {
        var selection = Selection()
        try change(&selection)
        return selection.shown()
    }

    @Test("each option of monitor, over the recorded lines")
    func options() throws {
        #expect(Self.shown { _ in } == Array(0..<12))
        #expect(Self.shown { $0.commands = ["set", "DEL"] } == [0, 2, 3, 6, 8, 10, 11])
        #expect(Self.shown { $0.excludedCommands = ["set", "hset", "eval"] } == [1, 2, 5, 7, 10])
        #expect(Self.shown { $0.keys = ["user:*"] } == [0, 1, 2, 3, 4, 9, 10, 11])
        #expect(Self.shown { $0.keys = ["s?", "b"] } == [4, 5, 10, 11])
        #expect(Self.shown { $0.excludedKeys = ["user:*", "b"] } == [5, 6, 7, 8, 10, 11])
        #expect(Self.shown { $0.keys = [RedisBytes(Array("caf".utf8) + [0xc3, 0x3f])] } == [6, 10, 11])
        #expect(try Self.shown { $0.clients = [try #require(ClientPattern("10.0.0.1:5001"))] } == [6, 10])
        #expect(Self.shown { $0.databases = [1, 3] } == [2, 5, 8, 10])
        #expect(Self.shown { $0.minimumSize = 100 } == [9])
        #expect(Self.shown { $0.scripts = .hide } == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11])
        #expect(Self.shown { $0.scripts = .only } == [3, 10])
        #expect(Self.shown { $0.scripts = .attribute } == Array(0..<12))
        #expect(Self.shown { $0.clientNames = ["web-*"] } == [])
        #expect(Self.shown { $0.users = ["*"] } == Array(0..<12))
        #expect(
            Self.shown {
                $0.commands = ["SET"]
                $0.keys = ["user:*"]
                $0.scripts = .hide
            } == [0, 10, 11]
        )
        let set = try RegularExpression(#""SET""#)
        let lua = try RegularExpression(#" lua\]"#)
        let ping = try RegularExpression("PING")
        #expect(Self.shown { $0.included = [set] } == [0, 3, 6, 8, 11])
        #expect(Self.shown { $0.included = [lua, ping] } == [3, 7])
        #expect(Self.shown { $0.excluded = [set, ping] } == [1, 2, 4, 5, 9, 10])
        #expect(
            Self.shown {
                $0.included = [set]
                $0.excluded = [lua]
            } == [0, 6, 8, 11]
        )
    }

    @Test(
        "names, users and callers of clients; whoever is not known has none",
        arguments: [
            (#"client.name = "web-1""#, [true, false, false]), (#"not client.name = "cron""#, [true, false, true]),
            (#"client.name ~ "*" and user = ann"#, [true, false, false]), ("user in (ann, bob)", [true, true, false]),
            (#"client.name = """#, [false, false, true]), (#"user =~ "^b""#, [false, true, false]),
            ("client.name != cron", [true, false, true]), ("lua", [true, true, true]),
            ("not lua", [false, false, false]),
        ] as [(String, [Bool])]
    )
    func clients(expression: String, shown: [Bool]) throws {
        let filter = try #require(try Selection(expression).filter())
        let selection = EventSelection(filter)
        let web = KnownClient(name: Array("web-1".utf8), user: Array("ann".utf8))
        let cron = KnownClient(name: Array("cron".utf8), user: Array("bob".utf8))
        let line = Array(Recorded.lines[0].utf8)
        let found = [web, cron, nil].map { client in
            withBytes(line) { selection.selects(line: $0, client: client, isFromScript: true) }
        }
        #expect(found == shown)
        #expect(try Selection("size = 1").needsNames == false)
        #expect(try Selection(#"not client.name = "a""#).needsNames)
        #expect(try Selection("user = a").needsUsers)
    }

    @Test("options of names and keys decide as the same conditions in --where do, wherever a line is broken")
    func plain() throws {
        var options = Selection()
        options.commands = ["set", "GET", "eval", "geosearchstore", "ping"]
        options.excludedCommands = ["get"]
        options.keys = ["a*", "b", "[c-d]x"]
        options.excludedKeys = ["ab*"]
        let condition = try Selection(
            """
            cmd in (set, get, eval, geosearchstore, ping) and not cmd = get and (key ~ "a*" or key = b or key ~ "[c-d]x") \
            and not key ~ "ab*"
            """
        )
        var generator = Generator(state: 5)
        let names = ["SET", "set", "Get", "EVAL", "GEOSEARCHSTORE", "PING", "DEL", "OBJECT", "FOO", "SETT", "SE", ""]
        let words = ["a", "ab", "abc", "b", "cx", "dx", "ex", "1", "a\"", "\u{e9}", "", "axxxxxxxxxxxxxxxxxxxxxxxx"]
        var (lines, shown) = ([[UInt8]](), 0)
        for _ in 0..<5_000 {
            let count = Int.random(in: 0...3, using: &generator)
            var line = monitorLine(
                [names.randomElement(using: &generator) ?? ""]
                    + (0..<count).map { _ in words.randomElement(using: &generator) ?? "" }
            )
            let start = 38
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: line.removeLast(Int.random(in: 0...(line.count - start), using: &generator))
            case 1:
                let hard: [UInt8] = [0x22, 0x5c, 0x20, 0x61, 0xff]
                line[Int.random(in: start..<line.count, using: &generator)] = hard.randomElement(using: &generator) ?? 0
            default: break
            }
            lines.append(line)
        }
        let expected = condition.shown(lines)
        shown = expected.count
        #expect(options.shown(lines) == expected)
        #expect(shown > 500 && shown < 4_500)
    }

    @Test("messages and key events by their line and their names")
    func others() throws {
        var selection = Selection()
        selection.channels = ["o*", "news"]
        selection.excludedChannels = ["n?ws"]
        #expect(selection.shownMessages() == [0, 1, 6])
        selection = Selection()
        selection.minimumSize = 5
        #expect(selection.shownMessages() == [0, 1, 2, 3, 4])
        selection = Selection()
        selection.included = [try RegularExpression(#"^1\.500000 p?message "[cb].*(hello|\\xff\\x00)"$"#)]
        #expect(selection.shownMessages() == [2, 5])
        selection = Selection()
        selection.included = [try RegularExpression(#"^1\.500000 \[15\] hset "k\\xff"$"#)]
        #expect(selection.shownKeyEvents() == [3])
        selection = Selection()
        selection.keys = ["user:*"]
        selection.excludedKeys = ["*2"]
        #expect(selection.shownKeyEvents() == [0])
        selection = Selection()
        selection.databases = [3, 15]
        #expect(selection.shownKeyEvents() == [1, 3])
    }

    @Test("a sample is even, of what the rest selects")
    func sample() throws {
        let lines = (0..<20).map { monitorLine([$0.isMultiple(of: 2) ? "SET" : "GET", "k"]) }
        var selection = Selection()
        selection.sample = SampleRate("1/5")
        #expect(selection.shown(lines) == [0, 5, 10, 15])
        selection.sample = SampleRate("2/5")
        #expect(selection.shown(lines).count == 8)
        selection.commands = ["GET"]
        selection.sample = SampleRate("1/4")
        #expect(selection.shown(lines) == [1, 9, 17])
        for text in ["0/1", "2/1", "1", "1/0", "-1/5", "1/x", "1/1000000001", "", "/", "1/2/3", "+1/5"] {
            #expect(SampleRate(text) == nil, "\(text)")
        }
    }

    @Test("-A shows what follows a match, within the databases that are watched")
    func following() {
        let lines = [
            ("0", "GET"), ("0", "SET"), ("0", "A"), ("1", "B"), ("0", "C"), ("0", "D"), ("0", "SET"), ("0", "SET"),
            ("0", "E"),
        ].map { Array("1795219143.045931 [\($0.0) 127.0.0.1:1] \"\($0.1)\"".utf8) }
        var selection = Selection()
        selection.commands = ["SET"]
        selection.following = 2
        #expect(selection.shown(lines) == [1, 2, 3, 6, 7, 8])
        selection.databases = [0]
        #expect(selection.shown(lines) == [1, 2, 4, 6, 7, 8])
    }

    @Test(
        "clients by address",
        arguments: [
            ("10.0.0.1", ["10.0.0.1:5", "10.0.0.1:6"], ["10.0.0.2:5", "[::1]:5", "lua", "unix:/10.0.0.1:5"]),
            ("10.0.0.1:5", ["10.0.0.1:5"], ["10.0.0.1:55"]),
            ("10.1.0.0/15", ["10.0.9.9:1", "10.1.9.9:1"], ["10.2.0.0:1"]),
            ("0.0.0.0/0", ["1.2.3.4:5"], ["[::1]:5"]), ("::/0", ["[::1]:5", "[fe80::1%eth0]:5"], ["1.2.3.4:5"]),
            ("10.0.0.0/8:5", ["10.9.9.9:5"], ["10.9.9.9:6"]),
            ("fe80::/10", ["[fe80::1]:1", "[febf::1]:1"], ["[fec0::1]:1"]),
            ("[fe80::/10]:7", ["[fe80::1]:7"], ["[fe80::1]:8"]),
            ("[::1]:5", ["[::1]:5", "[0:0:0:0:0:0:0:1]:5"], ["[::2]:5"]),
            ("1:2:3:4:5:6:7:8", ["[1:2:3:4:5:6:7:8]:1"], ["[1:2:3:4:5:6:7:9]:1"]),
            ("::ffff:10.0.0.1", ["10.0.0.1:5", "[::ffff:10.0.0.1]:5", "[::ffff:a00:1]:5"], ["10.0.0.2:5"]),
            ("1::8", ["[1:0:0::8]:1", "[1::0.0.0.8]:1"], ["[1::9]:1"]), ("1:2::", ["[1:2::]:1"], ["[1:3::]:1"]),
        ] as [(String, [String], [String])]
    )
    func clients(pattern: String, matching: [String], others: [String]) throws {
        var selection = Selection()
        selection.clients = [try #require(ClientPattern(pattern))]
        for source in matching + others {
            let shown = selection.shown(["1795219143.045931 [0 \(source)] \"GET\" \"k\""])
            #expect(shown == (matching.contains(source) ? [0] : []), "\(source)")
        }
    }

    @Test(
        "what is no address",
        arguments: [
            "", "x", "10.0.0", "10.0.0.256", "10.0.0.1.2", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/x", "10.0.0.1:",
            "10.0.0.1:99999",
            ":::", "1:2", "1:2:3:4:5:6:7:8:9", "::1::", "12345::", "[::1", "[::1]5", "::1/129", "1:2:3:4:5:6:7:1.2.3.4",
            "10..0.1", "10.0.0.1000", "[]", "/8", ":5",
        ]
    )
    func noAddress(text: String) { #expect(ClientPattern(text) == nil) }
}
