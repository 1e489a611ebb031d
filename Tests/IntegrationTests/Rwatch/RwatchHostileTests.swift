import Foundation
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// What a server, a publisher or a neighbour says does nothing to the terminal that it is shown on.
@Suite("rwatch shows what others say and does nothing of it", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchHostileTests {
    /// Whether a text may stand on a terminal: lines of what shows.
    private func isFit(_ text: String) -> Bool {
        !text.unicodeScalars.contains { $0 != "\n" && ShownText.isHidden($0.value) }
    }

    /// The commands that meet the text where it stands.
    private static func commands(_ place: HostileWords.Place) -> [[String]] {
        switch place {
        case .hello, .info: [["sub", "ch"], ["--sentinel", "shop", "sub", "ch"], ["-c", "monitor"]]
        case .error: [["sub", "ch"], ["monitor"], ["keys"], ["channels"], ["pub", "ch", "x"], ["-c", "sub", "ch"]]
        case .permission: [["sub", "ch"], ["monitor"], ["keys"], ["pub", "ch", "x"]]
        case .moved: [["ssubscribe", "ch"], ["pub", "--shard", "ch", "x"]]
        case .push: [["sub", "ch"], ["keys"], ["monitor"], ["monitor", "--json"]]
        case .config: [["keys"], ["keys", "--enable"]]
        case .node: [["-c", "sub", "ch"], ["--sentinel", "shop", "sub", "ch"]]
        case .confirmation: [["sub", "ch"], ["keys"]]
        case .list: [["monitor"], ["channels"], ["channels", "--json"]]
        }
    }

    @Test(
        "on standard error and in its lines, wherever a server puts it",
        arguments: HostileWords.all
    )
    func everywhere(_ words: HostileWords) async throws {
        let server = ScriptedServer { try words.serve($0) }
        try server.start()
        let runs = try Self.commands(words.place).map { command in
            (command, try RwatchProcess(command + ["--wait", "0", "-u", server.url] + Self.end(of: command)))
        }
        for (command, run) in runs {
            #expect(try await run.status() >= 0, "\(command)")
            #expect(isFit(run.notices), "\(command) \(run.notices.debugDescription)")
            #expect(isFit(run.text), "\(command) \(run.text.debugDescription)")
            let notices = run.notices.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for notice in notices {
                #expect(notice.hasPrefix("rwatch: "), "\(command) \(notice)")
                #expect(!notice.hasPrefix("rwatch: link back after 80 ms"), "\(command)")
                #expect(notice.utf8.count <= 9000, "\(command) \(notice.utf8.count)")
            }
            if words.place == .push, command[0] != "monitor" {
                // Each kind once, however often it comes.
                let told = notices.filter { $0.contains(" a push of an unknown kind: a\\x1b]0;x") }
                #expect(!told.isEmpty && Set(told).count == told.count, "\(command) \(told)")
            }
        }
        try? server.stop()
    }

    private static func end(of command: [String]) -> [String] {
        ["pub", "channels"].contains(command[0]) ? [] : ["--for", "300ms", "--no-reconnect"]
    }

    @Test("new kinds of pushes are told as long as they are few")
    func kinds() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            let pushes = (0..<40).map { ">1\r\n$4\r\n\(1000 + $0)\r\n" }.joined()
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n\(pushes)")
            try connection.send(">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$1\r\nx\r\n")
            _ = try? connection.waitForClose()
        } client: { url in
            let run = try RwatchProcess(["sub", "ch", "-q", "-C", "1", "-u", url])
            #expect(try await run.status() == 0)
            let one = (0..<16).map { "rwatch: the server sent a push of an unknown kind: \(1000 + $0)\n" }.joined()
            let more = "rwatch: the server sent pushes of more than 16 unknown kinds; others are not reported\n"
            #expect(run.notices == one + more)
        }
    }

    @Test("an advice names no more than a user and a command")
    func advice() async throws {
        for (line, end) in [
            ("NOPERM User ann has no permissions to run the 'get' command", "; ACL SETUSER ann +get would allow it\n"),
            ("NOPERM User ann has no permissions to run the 'get +@all' command", "'get +@all' command\n"),
            (
                "NOPERM User a +@all has no permissions to run the 'get' command",
                "; ACL SETUSER default +get would allow it\n"
            ),
        ] {
            try await withScriptedServer { connection in
                _ = try connection.answerHandshake(protocolVersion: 3)
                try connection.send("-\(line)\r\n")
                _ = try? connection.waitForClose()
            } client: { url in
                let run = try RwatchProcess(["monitor", "--guard", "0", "-u", url])
                #expect(try await run.status() == 77)
                #expect(run.notices.hasSuffix(end), "\(run.notices)")
            }
        }
    }

    @Test("its own complaints repeat what was typed in one line that does nothing")
    func complaints() async throws {
        let bad = "x\u{1b}[2J\n\u{202e}"
        for arguments in [
            [bad], ["sub", "--\(bad)"], ["sub", "ch", "--for", bad], ["keys", "--events", "delx\(bad)"],
            ["sub", "--names-from", "/none/\(bad)"], ["sub", "ch", "-u", "redis://\(bad)"], ["sub", "ch", "-h", bad],
            ["sub", "ch", "-u", "redis://localhost/\(bad)"], ["sub", "ch", "-u", "redis://localhost?\(bad)=1"],
            ["monitor", "--guard", bad], ["keys", "--enable=\(bad)"],
            ["sub", "ch", "--tls", "--cacert", "/none/\(bad)"],
            ["sub", "ch", "-s", "/none/\(bad)"], ["sub", "ch", "-C", bad],
        ] {
            let run = try RwatchProcess(arguments, environment: ["RWATCH_URL": "redis://\(bad)"])
            #expect(try await run.status() > 0)
            #expect(isFit(run.notices), "\(run.notices.debugDescription)")
            #expect(run.notices.hasPrefix("rwatch: "))
            #expect(run.notices.split(separator: "\n").count <= 2, "\(run.notices)")
        }
        let run = try RwatchProcess(["sub", "ch"], environment: ["RWATCH_URL": "redis://\(bad)"])
        #expect(try await run.status() > 0)
        #expect(isFit(run.notices), "\(run.notices.debugDescription)")
    }

    /// What a publisher may have a terminal do.
    private static let payload = "a\u{1b}[2J\nrwatch: link back after 80 ms\n\u{202e}\u{9b}é"
    private static let shown = "a\\x1b[2J\\nrwatch: link back after 80 ms\\n\\xe2\\x80\\xae\\xc2\\x9bé\n"

    @Test("a payload by itself is escaped on a terminal, and nowhere else, and not when that is asked for")
    func raw() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            let payload = "$\(Self.payload.utf8.count)\r\n\(Self.payload)\r\n"
            try connection.send(
                ">3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n>3\r\n$7\r\nmessage\r\n$2\r\nch\r\n\(payload)"
            )
            _ = try? connection.waitForClose()
        } client: { url in
            for (options, onTerminal) in [
                (["--raw"], Self.shown), (["--unsafe-raw"], Self.payload + "\n"),
                (["--raw", "--unsafe-raw"], Self.payload + "\n"),
            ] {
                let arguments = ["sub", "ch", "-q", "-C", "1", "-u", url] + options
                let terminal = try PseudoTerminal()
                let run = try RwatchProcess(arguments, output: terminal.terminal)
                #expect(try await run.status() == 0)
                #expect(try await eventually { terminal.text == onTerminal })
                let file = try RwatchProcess(arguments)
                #expect(try await file.status() == 0)
                #expect(file.text == Self.payload + "\n")
            }
        }
    }

    @Test("a line of MONITOR is escaped, and not when that is asked for")
    func monitor() async throws {
        let line = "1.5 [0 unix:/tmp/é\u{1b}[2J\u{202e}] \"GET\" \"\u{9b}\""
        let shown = "1.5 [0 unix:/tmp/é\\x1b[2J\\xe2\\x80\\xae] \"GET\" \"\\xc2\\x9b\"\n"
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("+OK\r\n+\(line)\r\n")
            _ = try? connection.waitForClose()
        } client: { url in
            for (options, expected) in [(["-o", "line"], shown), (["--unsafe-raw"], line + "\n")] {
                let arguments = ["monitor", "--guard", "0", "-q", "-C", "1", "-u", url] + options
                let terminal = try PseudoTerminal()
                let run = try RwatchProcess(arguments, output: terminal.terminal)
                #expect(try await run.status() == 0)
                #expect(try await eventually { terminal.text == expected })
                let file = try RwatchProcess(arguments)
                #expect(try await file.status() == 0)
                #expect(file.text == expected)
            }
        }
    }

    @Test("--unsafe-raw is of the commands that print such lines, and excludes JSON")
    func options() async throws {
        for (arguments, notice) in [
            (["sub", "ch", "--unsafe-raw", "--json"], "--unsafe-raw and --json exclude each other"),
            (["monitor", "--unsafe-raw", "--json"], "--unsafe-raw and --json exclude each other"),
            (["keys", "--unsafe-raw", "--json"], "--unsafe-raw and --json exclude each other"),
        ] {
            let run = try RwatchProcess(arguments)
            #expect(try await run.status() == 64)
            #expect(run.notices.hasPrefix("rwatch: \(notice)"), "\(run.notices)")
        }
        for command in ["sub", "psubscribe", "ssubscribe", "monitor", "keys"] {
            let help = try RwatchProcess([command, "--help"])
            #expect(try await help.status() == 0)
            #expect(help.text.contains("--unsafe-raw"))
        }
    }
}
