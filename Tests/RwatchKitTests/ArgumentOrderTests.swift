import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Argument order", .tags(.unit))
struct ArgumentOrderTests {
    static let connection = [
        OptionRule("-h", "--host", value: .text, secrecy: .host), OptionRule("-p", "--port", value: .text),
        OptionRule("-c", "--cluster"), OptionRule("-3"), OptionRule("-a", "--pass", value: .text, secrecy: .whole),
        OptionRule("-u", "--uri", value: .text, secrecy: .url), OptionRule("-q", "--quiet"),
        OptionRule("--wait", value: .optional(default: "30s", accepts: { $0.hasSuffix("s") })),
    ]
    static let order = ArgumentOrder(commands: [
        CommandRule("monitor", options: connection + [OptionRule("-n", "--db", value: .text)], operands: 0...0),
        CommandRule(
            "sub",
            "subscribe",
            options: connection + [OptionRule("-P", "--pattern", value: .bytes), OptionRule("--json")],
            refusals: ["--db": "channels belong to no database"]
        ),
        CommandRule("pub", options: connection, operands: 1...2, called: "a channel and a message"),
        CommandRule("help"),
    ])

    static let table: [(given: String, words: String, operands: String)] = [
        ("", "", ""),
        ("monitor", "monitor", ""),
        ("monitor -p 6380", "monitor -p 6380", ""),
        ("-p 6380 monitor", "monitor -p 6380", ""),
        ("-h ::1 -p 6380 sub a b --json", "sub -h ::1 -p 6380 --json", "a b"),
        ("subscribe a", "sub", "a"),
        ("--json sub a", "sub --json", "a"),
        ("-n1 monitor", "monitor -n 1", ""),
        ("-p6380 monitor", "monitor -p 6380", ""),
        ("-c3p6380 monitor", "monitor --cluster -3 -p 6380", ""),
        ("-cp 6380 monitor", "monitor --cluster -p 6380", ""),
        ("--port=6380 monitor", "monitor --port 6380", ""),
        ("--port= monitor -c", "monitor --port  --cluster", ""),
        ("--wait monitor", "monitor --wait=30s", ""),
        ("--wait=5m monitor", "monitor --wait 5m", ""),
        ("sub --wait 5s ch", "sub --wait 5s", "ch"),
        ("sub --wait ch", "sub --wait=30s", "ch"),
        ("sub ch --wait", "sub --wait=30s", "ch"),
        ("--wait 5s sub ch", "sub --wait 5s", "ch"),
        ("-a -secret monitor", "monitor --pass=-secret", ""),
        ("-p monitor monitor", "monitor -p monitor", ""),
        ("-a --help monitor", "monitor --pass=--help", ""),
        ("-c monitor -c", "monitor --cluster --cluster", ""),
        ("--help", "--help", ""),
        ("-p 1 --help", "--help", ""),
        ("--version", "--version", ""),
        ("-c --version monitor", "--version", ""),
        ("--help monitor -c", "monitor --help", ""),
        ("-c --help monitor", "monitor --help", ""),
        ("monitor --help --unknown", "monitor --help", ""),
        ("help monitor", "help monitor", ""),
        ("-- sub -x --y", "sub", "-x --y"),
        ("-c -- sub -- x", "sub --cluster", "-- x"),
        ("sub -- -p 1", "sub", "-p 1"),
        ("-p 1 sub - --", "sub -p 1", "-"),
        ("--experimental-dump-help x", "--experimental-dump-help x", ""),
    ]

    private static func bytes(_ words: String) -> [[UInt8]] { words.split(separator: " ").map { Array($0.utf8) } }

    @Test("options stand before or after the command, and operands come beside", arguments: table)
    func arranged(given: String, words: String, operands: String) throws {
        let arranged = try Self.order.arrange(Self.bytes(given))
        #expect(arranged.words.joined(separator: " ") == words)
        #expect(arranged.operands == operands.split(separator: " ").map { RedisBytes(String($0)) })
    }

    static let failures: [(given: String, error: ArgumentOrderError, text: String)] = [
        (
            "montior", .unknownCommand("montior", suggestion: "monitor"),
            "unknown command 'montior'; did you mean 'monitor'?"
        ),
        ("frobnicate", .unknownCommand("frobnicate", suggestion: nil), "unknown command 'frobnicate'"),
        (
            "-p 1 frobnicate", .unknownCommand(nil, suggestion: nil), "the word in place of the command is no command"
        ),
        ("-", .unknownCommand("-", suggestion: nil), "unknown command '-'"),
        ("-- -z", .unknownCommand(nil, suggestion: nil), "the word in place of the command is no command"),
        ("-- -3asecret", .unknownCommand(nil, suggestion: nil), "the word in place of the command is no command"),
        ("-3 secret", .unknownCommand(nil, suggestion: nil), "the word in place of the command is no command"),
        (
            "-3 montior", .unknownCommand(nil, suggestion: "monitor"),
            "the word in place of the command is no command; did you mean 'monitor'?"
        ),
        ("sub -p -3asecret", .missingValue("-p"), "option '-p' needs a value"),
        ("-h -asecret sub", .missingValue("-h"), "option '-h' needs a value, the server's host; help is --help"),
        (
            "--prot 1 monitor", .unknownOption("--prot", of: nil, suggestion: "--port"),
            "unknown option '--prot'; did you mean '--port'?"
        ),
        (
            "--prot=secret monitor", .unknownOption("--prot", of: nil, suggestion: "--port"),
            "unknown option '--prot'; did you mean '--port'?"
        ),
        (
            "--versoin", .unknownOption("--versoin", of: nil, suggestion: "--version"),
            "unknown option '--versoin'; did you mean '--version'?"
        ),
        ("-xsecret monitor", .unknownOption("-x", of: nil, suggestion: nil), "unknown option '-x'"),
        (
            "sub -json", .unknownOption("-j", of: "sub", suggestion: "--json"),
            "unknown option '-j'; did you mean '--json'?"
        ),
        ("-cx monitor", .unknownOption("-x", of: nil, suggestion: nil), "unknown option '-x'"),
        (
            "sub a --jsn -p", .unknownOption("--jsn", of: "sub", suggestion: "--json"),
            "unknown option '--jsn'; did you mean '--json'?"
        ),
        (
            "monitor --json x", .foreignOption("--json", of: "monitor", owners: ["sub"], reason: nil),
            "monitor has no option '--json'; it belongs to sub"
        ),
        (
            "-n 1 sub x",
            .foreignOption("-n", of: "sub", owners: ["monitor"], reason: "channels belong to no database"),
            "sub has no option '-n': channels belong to no database"
        ),
        ("-p", .missingValue("-p"), "option '-p' needs a value"),
        ("-h", .missingValue("-h"), "option '-h' needs a value, the server's host; help is --help"),
        ("-cp", .missingValue("-p"), "option '-p' needs a value"),
        ("--port", .missingValue("--port"), "option '--port' needs a value"),
        ("--cluster=yes monitor", .needlessValue("--cluster"), "option '--cluster' takes no value"),
        ("monitor x", .tooMany("monitor", "no arguments"), "monitor takes no arguments"),
        ("pub a b c", .tooMany("pub", "a channel and a message"), "pub takes a channel and a message"),
        ("pub", .tooFew("pub", "a channel and a message"), "pub needs a channel and a message"),
        ("-p 1", .missingCommand, "no command given"),
        ("-c --", .missingCommand, "no command given"),
    ]

    @Test("what cannot be taken apart is a usage error with a hint, and repeats no value", arguments: failures)
    func failing(given: String, error: ArgumentOrderError, text: String) {
        #expect(throws: error) { try Self.order.arrange(Self.bytes(given)) }
        #expect(error.description == text)
        #expect(!text.contains("secret"))
    }

    static let hidden: [(given: String, shown: String)] = [
        ("-a secret monitor", "-a ****** monitor"), ("sub a -asecret b", "sub a -a****** b"),
        ("sub -ca secret", "sub -ca ******"), ("-c3asecret sub", "-c3a****** sub"),
        ("sub -3qcasecret", "sub -3qca******"),
        ("-qa secret sub", "-qa ****** sub"), ("sub --pass secret", "sub --pass ******"),
        ("sub --pass=secret", "sub --pass=******"), ("sub --pass -a -p 1", "sub --pass ** -p 1"),
        ("sub -a a -a secret", "sub -a * -a ******"), ("sub -P -asecret x", "sub -P -asecret x"),
        ("sub -- -a x", "sub -- -a x"),
        ("sub -u redis://u:secret@h", "sub -u redis://********@h"),
        ("-uredis://:secret@h sub", "-uredis://*******@h sub"),
        ("sub --uri=redis://:secret@h/1", "sub --uri=redis://*******@h/1"), ("sub -qu secret@h", "sub -qu ********"),
        (
            "sub -u redis+sentinel://h/n?sentinel%5Fpassword=secret&sentinel_password=secret",
            "sub -u redis+sentinel://h/n?sentinel%5Fpassword=******&sentinel_password=******"
        ),
        ("sub -h u:secret@h", "sub -h ********@h"), ("sub -h redis://:secret@h", "sub -h redis://*******@h"),
        ("sub redis://:secret@h", "sub redis://*******@h"),
        ("sub -P redis://:secret@h x", "sub -P redis://*******@h x"),
        ("sub http://h/x", "sub http://h/x"), ("sub http://u:secret@h", "sub *****************"),
        // What was not read, and everything of a line that was not understood.
        ("sub --help -a secret", "sub --help ** ******"), ("--version secret", "--version ******"),
        ("sub -xsecret", "*** ********"), ("sub --password=secret y", "*** ***************** *"),
        ("-3 secret", "** ******"),
        ("pub -a secret", "*** ** ******"),
    ]

    @Test("what is secret is found as the line is read", arguments: hidden)
    func secrets(given: String, shown: String) {
        var arguments = Self.bytes(given)
        var secrets = SecretPlaces()
        _ = try? Self.order.arrange(arguments, secrets: &secrets)
        for place in secrets.all { for index in place.bytes { arguments[place.argument][index] = UInt8(ascii: "*") } }
        #expect(arguments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") == shown)
    }

    @Test("an empty word is no command")
    func emptyWord() {
        #expect(throws: ArgumentOrderError.unknownCommand("", suggestion: nil)) { try Self.order.arrange([[]]) }
    }

    @Test("names are any bytes; what the parser reads has to be text")
    func bytes() throws {
        let name: [UInt8] = [0xff, 0xfe]
        let sub = Array("sub".utf8)
        let arranged = try Self.order.arrange([sub, name, Array("-P".utf8) + name, Array("--pattern".utf8), name])
        #expect(arranged.operands == [RedisBytes(name)])
        #expect(arranged["--pattern"] == [RedisBytes(name), RedisBytes(name)])
        // An accent behind the letter or the "=" makes another character of both, and changes nothing.
        let accent = Array("\u{301}".utf8)
        let accented = try Self.order.arrange([sub, Array("-P".utf8) + accent, Array("--pass=".utf8) + accent])
        #expect(accented["--pattern"] == [RedisBytes(accent)])
        #expect(accented.words == ["sub", "--pass", "\u{301}"])
        #expect(throws: ArgumentOrderError.noText("-a")) { try Self.order.arrange([sub, Array("-a".utf8) + name]) }
    }

    @Test("the time grows with the number of names and no faster")
    func linear() throws {
        let names = (0..<200_000).map { Array("ch\($0)".utf8) }
        let arranged = try Self.order.arrange([Array("sub".utf8)] + names)
        #expect(arranged.operands.count == 200_000)
        #expect(arranged.words == ["sub"])
    }
}
