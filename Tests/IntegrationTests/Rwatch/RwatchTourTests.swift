import Foundation
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch demo --tour", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchTourTests {
    /// The tour on a terminal of its own.
    private func tour(_ terminal: PseudoTerminal) throws -> RwatchProcess {
        try RwatchProcess(
            ["demo", "--tour"],
            environment: ["TERM": "xterm", "NO_COLOR": "1"],
            keyboard: terminal.terminal,
            output: terminal.terminal
        )
    }

    /// The folder of its server.
    private func folder(_ text: String) throws -> String {
        let path = try #require(text.firstMatch(of: #/export RWATCH_URL=redis\+unix://(\S+)/redis\.sock/#)?.1)
        return String(path)
    }

    /// The text of each step.
    private func steps(_ text: String) -> [Substring] {
        text.split(separator: #/\n[1-8] of 8  /#).dropFirst().map { $0 }
    }

    @Test("goes on by itself without a terminal, and what its commands print is what happened")
    func piped() async throws {
        let rwatch = try RwatchProcess(["demo", "--tour"])
        #expect(try await rwatch.status(within: .seconds(120)) == 0, "\(rwatch.notices)")
        let steps = steps(rwatch.text)
        try #require(steps.count == 8)
        #expect(steps[0].contains(#" message "orders" "order 1001 placed""#))
        #expect(steps[0].contains(#" message "orders" "order 1002 placed""#))
        #expect(steps[1].contains(#" pmessage "cache.*" "cache.customers" "customer:7 changed""#))
        #expect(steps[1].contains(#" smessage "{shop}.stock" "tea is running low""#))
        #expect(steps[2].contains(#/rwatch: gap of .*; at most 1 publish was missed\n/#))
        #expect(!steps[2].contains(#" "nobody hears this"\#n1"#) && steps[2].contains(#" "order 1004 placed""#))
        #expect(steps[3].contains(#""kind":"drop","#) && steps[3].contains(#""payload":"closed"}"#))
        let dropped = steps[3].matches(of: #/"kind":"drop",[^\n]*"count":(\d+)/#).compactMap { Int($0.1) }
        // Beside the places of drops, only the first two lines and the last one are shown.
        let left = steps[3].matches(of: #/… (\d+) lines?\n/#).compactMap { Int($0.1) }.reduce(0, +)
        let shown = steps[3].matches(of: #/"kind":"message"/#).count
        #expect(dropped.reduce(0, +) + left + shown == 10_001)
        #expect(
            steps[4].contains(#"] "SET" "stock:tea" "12""#) && steps[4].contains(#"[0 lua] "DECRBY" "stock:tea" "2""#)
        )
        #expect(!steps[4].contains(#"] "GET""#))
        for event in ["set", "expire", "expired"] { #expect(steps[5].contains("[0] \(event) \"session:7\"\n")) }
        let entries = steps[6].matches(of: #/ entry "jobs" "[^"]+" "pack" "order (\d+)"/#).map { String($0.1) }
        #expect(entries == ["1001", "1002", "1003"])
        #expect(steps[7].contains(#" message "sales" "tea, 2 kg""#))
        #expect(steps[7].contains(#" replayed "sales" "rice, 5 kg""#))
        #expect(!rwatch.text.contains("Enter runs it"))
        #expect(try await eventually { try !FileManager.default.fileExists(atPath: folder(rwatch.text)) })
    }

    @Test("waits for Enter at each step on a terminal, and leaves it as it was at the end")
    func pressed() async throws {
        let terminal = try PseudoTerminal(columns: 80, rows: 24, isRaw: false)
        let settings = terminal.settings
        let rwatch = try tour(terminal)
        for step in 1...8 {
            let asked = { terminal.text.matches(of: /Enter runs it, q ends/).count == step }
            #expect(try await eventually(within: .seconds(60), asked), "step \(step)")
            #expect(terminal.text.contains("\(step) of 8  ") && !terminal.text.contains("\(step + 1) of 8  "))
            #expect(terminal.settings != settings)
            terminal.type("\r")
        }
        #expect(try await rwatch.status(within: .seconds(60)) == 0)
        #expect(try await eventually { terminal.text.contains("That was the tour.") })
        #expect(terminal.settings == settings)
        // On a terminal, the commands print for people.
        #expect(terminal.text.contains(#/\d\d:\d\d:\d\d\.\d+ orders  order 1001 placed/#))
        let widths = terminal.text.split(whereSeparator: \.isNewline).filter { !$0.contains(#/rwatch|"v":1|EVAL/#) }
        #expect(widths.allSatisfy { $0.count <= 80 })
    }

    @Test("ends at once by q, Ctrl-C and SIGTERM, before a command and while one runs, and takes everything with it")
    func ended() async throws {
        for (isRunning, key, status) in [
            (false, "q", 0), (true, "q", 0), (false, "\u{3}", 128 + SIGINT), (true, "", 128 + SIGTERM),
        ] {
            let terminal = try PseudoTerminal(columns: 80, rows: 24, isRaw: false)
            let settings = terminal.settings
            let rwatch = try tour(terminal)
            #expect(try await eventually { terminal.text.contains("Enter runs it") })
            if isRunning {
                terminal.type("\r")
                #expect(try await eventually { terminal.text.contains("PUBLISH orders") })
            }
            let folder = try folder(terminal.text)
            switch key {
            case "": rwatch.signal(SIGTERM)
            // The terminal controls none of the processes here, so that the key itself makes no signal.
            case "\u{3}": rwatch.signal(SIGINT)
            default: terminal.type(key)
            }
            #expect(try await rwatch.status() == status)
            #expect(terminal.settings == settings)
            #expect(try await eventually { !FileManager.default.fileExists(atPath: folder) })
            #expect(try await eventually { try !Self.isNamed(folder) })
        }
    }

    @Test("takes its commands and its server with it when it is killed")
    func killed() async throws {
        let rwatch = try RwatchProcess(["demo", "--tour"])
        #expect(try await eventually { rwatch.text.contains("> PUBLISH") })
        let folder = try folder(rwatch.text)
        #expect(try await eventually { try Self.isNamed(folder) })
        rwatch.signal(SIGKILL)
        #expect(try await rwatch.status() == 128 + SIGKILL)
        #expect(try await eventually { !FileManager.default.fileExists(atPath: folder) })
        #expect(try await eventually { try !Self.isNamed(folder) })
    }

    @Test("leaves the terminal while it is stopped, and goes on where it was")
    func stopped() async throws {
        let terminal = try PseudoTerminal(columns: 80, rows: 24, isRaw: false)
        let settings = terminal.settings
        let rwatch = try tour(terminal)
        #expect(try await eventually { terminal.text.contains("Enter runs it") })
        rwatch.signal(SIGTSTP)
        #expect(try await eventually { try rwatch.isStopped() })
        #expect(terminal.settings == settings)
        rwatch.signal(SIGCONT)
        #expect(try await eventually { terminal.settings != settings })
        terminal.type("\r")
        #expect(try await eventually { terminal.text.contains("2 of 8  ") })
        terminal.type("q")
        #expect(try await rwatch.status() == 0)
        #expect(terminal.settings == settings)
    }

    @Test("refuses options that do not go with it")
    func refused() async throws {
        for words in [["--web"], ["-C", "1"], ["--listen", "127.0.0.1:0"]] {
            let rwatch = try RwatchProcess(["demo", "--tour"] + words)
            #expect(try await rwatch.status() == 64, "\(words)")
        }
    }

    /// Whether some process has the folder in its environment or its arguments.
    private static func isNamed(_ folder: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { process in
            guard Int(process) != nil else { return false }
            return ["cmdline", "environ"].contains { file in
                let bytes = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/\(file)"))) ?? Data()
                return bytes.range(of: Data("redis+unix://\(folder)".utf8)) != nil
            }
        }
    }
}
