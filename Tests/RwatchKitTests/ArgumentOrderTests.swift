import RwatchKit
import Testing

@Suite("Argument order")
struct ArgumentOrderTests {
    static let order = ArgumentOrder(
        commands: ["monitor", "sub", "subscribe", "keys", "help"],
        options: [
            GlobalOption("-h", "--host", takesValue: true), GlobalOption("-p", "--port", takesValue: true),
            GlobalOption("-c", "--cluster", takesValue: false), GlobalOption("-3", takesValue: false),
            GlobalOption("--wait", takesValue: false), GlobalOption("-a", "--pass", takesValue: true),
        ]
    )

    static let table: [(given: String, arranged: String)] = [
        ("", ""),
        ("monitor", "monitor"),
        ("monitor -p 6380", "monitor -p 6380"),
        ("-p 6380 monitor", "monitor -p 6380"),
        ("-h ::1 -p 6380 sub a b --json", "sub -h ::1 -p 6380 a b --json"),
        ("-p6380 monitor", "monitor -p 6380"),
        ("-c3p6380 monitor", "monitor -c -3 -p 6380"),
        ("-cp 6380 monitor", "monitor -c -p 6380"),
        ("--port=6380 monitor", "monitor --port=6380"),
        ("--port 6380 monitor", "monitor --port 6380"),
        ("--wait monitor", "monitor --wait"),
        ("--wait=30s monitor", "monitor --wait=30s"),
        ("-a -secret monitor", "monitor -a -secret"),
        ("-p monitor monitor", "monitor -p monitor"),
        ("-a --help monitor", "monitor -a --help"),
        ("-c monitor -c", "monitor -c -c"),
        ("--help", "--help"),
        ("-p 1 --help", "--help"),
        ("--version", "--version"),
        ("-c --version monitor", "--version"),
        ("--help monitor -c", "monitor --help -c"),
        ("-c --help monitor", "monitor -c --help"),
        ("monitor --help --unknown", "monitor --help --unknown"),
        ("help monitor", "help monitor"),
        ("-- sub -x --y", "sub -- -x --y"),
        ("-c -- sub -- x", "sub -c -- -- x"),
        ("sub -- -p 1", "sub -- -p 1"),
        ("-p 1 sub - --", "sub -p 1 - --"),
    ]

    @Test("options before the command move behind it", arguments: table)
    func arranged(given: String, expected: String) throws {
        let words = given.split(separator: " ").map(String.init)
        #expect(try Self.order.arrange(words) == expected.split(separator: " ").map(String.init))
    }

    static let failures: [(given: String, error: ArgumentOrderError, text: String)] = [
        (
            "montior", .unknownCommand("montior", suggestion: "monitor"),
            "unknown command 'montior'; did you mean 'monitor'?"
        ),
        ("-p 1 frobnicate", .unknownCommand("frobnicate", suggestion: nil), "unknown command 'frobnicate'"),
        ("-", .unknownCommand("-", suggestion: nil), "unknown command '-'"),
        ("-- -p", .unknownCommand("-p", suggestion: nil), "unknown command '-p'"),
        (
            "--prot 1 monitor", .unknownOption("--prot", suggestion: "--port"),
            "unknown option '--prot' before the command; did you mean '--port'?"
        ),
        (
            "--prot=1 monitor", .unknownOption("--prot", suggestion: "--port"),
            "unknown option '--prot' before the command; did you mean '--port'?"
        ),
        (
            "--versoin", .unknownOption("--versoin", suggestion: "--version"),
            "unknown option '--versoin' before the command; did you mean '--version'?"
        ),
        ("-x monitor", .unknownOption("-x", suggestion: nil), "unknown option '-x' before the command"),
        (
            "-cx monitor", .unknownOption("-cx", suggestion: "-c"),
            "unknown option '-cx' before the command; did you mean '-c'?"
        ),
        ("-p", .missingValue("-p"), "option '-p' needs a value"),
        ("-cp", .missingValue("-p"), "option '-p' needs a value"),
        ("--port", .missingValue("--port"), "option '--port' needs a value"),
        ("-p 1", .missingCommand, "no command given"),
        ("-c --", .missingCommand, "no command given"),
    ]

    @Test("what cannot be put in order is a usage error with a hint", arguments: failures)
    func failing(given: String, error: ArgumentOrderError, text: String) {
        #expect(throws: error) { try Self.order.arrange(given.split(separator: " ").map(String.init)) }
        #expect(error.description == text)
    }

    @Test("an empty word is no command")
    func emptyWord() {
        #expect(throws: ArgumentOrderError.unknownCommand("", suggestion: nil)) { try Self.order.arrange([""]) }
    }
}
