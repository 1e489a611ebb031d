import Foundation
import RedisTesting
import TestSupport
import Testing

/// `rwatch top` on a terminal, with a real server: what is on the screen, and what is left of it at the end.
@Suite("rwatch top on a terminal", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchTopScreenTests {
    /// rwatch on a terminal of its own.
    private final class Screen {
        let terminal: PseudoTerminal
        let rwatch: RwatchProcess
        let settings: [UInt64]
        private var size: (columns: Int, rows: Int)

        init(_ server: RedisServer, columns: Int = 80, rows: Int = 24, _ words: [String] = []) throws {
            terminal = try PseudoTerminal(columns: columns, rows: rows, isRaw: false)
            settings = terminal.settings
            size = (columns, rows)
            rwatch = try RwatchProcess(
                ["top", "-i", "250ms", "-p", "\(server.port)"] + words,
                environment: ["LC_ALL": "C.UTF-8", "TERM": "xterm", "NO_COLOR": ""],
                keyboard: terminal.terminal,
                output: terminal.terminal
            )
        }

        /// What the terminal shows. What was drawn for another size is not looked at.
        var screen: ScreenEmulator {
            var screen = ScreenEmulator(columns: size.columns, rows: size.rows)
            let bytes = terminal.bytes
            let clear = Array("\u{1b}[2J".utf8)
            let entered = Array("\u{1b}[?1049h".utf8)
            let start = Self.last(clear, in: bytes) ?? 0
            if let place = Self.last(entered, in: bytes), place < start {
                screen.write(Array(bytes[place..<(place + 14)]))
            }
            screen.write(Array(bytes[start...]))
            return screen
        }

        private static func last(_ pattern: [UInt8], in bytes: [UInt8]) -> Int? {
            guard bytes.count >= pattern.count else { return nil }
            return (0...(bytes.count - pattern.count)).last { bytes[$0..<($0 + pattern.count)].elementsEqual(pattern) }
        }

        func resize(columns: Int, rows: Int) {
            size = (columns, rows)
            terminal.resize(columns: columns, rows: rows)
            // The kernel tells it to those whom the terminal controls.
            rwatch.signal(SIGWINCH)
        }

        /// Waits until the screen shows a text.
        func shows(_ text: String) async throws -> Bool { try await eventually { self.screen.text.contains(text) } }

        /// The words of the row that begins with a name.
        func row(_ name: String) -> [String] {
            screen.lines.first { $0.hasPrefix("\(name) ") }?.split(separator: " ").map(String.init) ?? []
        }

        /// Whether the terminal is as it was: its settings, its own screen, and its cursor.
        var isLeft: Bool {
            var whole = ScreenEmulator(columns: 500, rows: 500)
            whole.write(terminal.bytes)
            return terminal.settings == settings && !whole.isAlternate && whole.showsCursor && !whole.reportsMouse
        }
    }

    private func isMonitored(_ server: RedisServer) throws -> Bool {
        try server.command("CLIENT", "LIST").contains("cmd=monitor")
    }

    @Test("shows what the server counts, and nothing that it does not: no MONITOR")
    func figures() async throws {
        try await withRedisServer { server in
            let screen = try Screen(server)
            #expect(try await screen.shows("1 commands  2 keys  3 prefixes  4 clients"))
            for index in 0..<40 { try server.command("SET", "k\(index)", "v") }
            #expect(try await eventually { screen.row("set").dropFirst(2).first == "40" }, "\(screen.screen.text)")
            #expect(screen.screen.complaints.isEmpty && screen.screen.isAlternate && !screen.screen.showsCursor)
            screen.terminal.type("6")
            #expect(try await screen.shows("NODE 1"))
            #expect(try await screen.shows("localhost:\(server.port)"))
            #expect(try !server.command("INFO", "commandstats").contains("cmdstat_monitor"))
            screen.terminal.type("q")
            #expect(try await screen.rwatch.status() == 0)
            #expect(try await eventually { screen.isLeft })
        }
    }

    @Test("begins MONITOR when it is asked and told yes, shows keys, and leaves it")
    func monitor() async throws {
        try await withRedisServer { server in
            let screen = try Screen(server, columns: 100, rows: 30)
            #expect(try await screen.shows("h help"))
            screen.terminal.type("m")
            #expect(try await screen.shows("Begin? y/n"))
            #expect(try !isMonitored(server))
            screen.terminal.type("y2")
            #expect(try await eventually { try isMonitored(server) })
            #expect(try await screen.shows("monitor 0.25s"))
            for _ in 0..<25 { try server.command("GET", "user:7") }
            #expect(try await eventually { screen.row("user:7").dropFirst(2).first == "25" }, "\(screen.screen.text)")
            screen.terminal.type("\r")
            #expect(try await screen.shows("the last 25 of its events"))
            #expect(try await screen.shows("\"GET\" \"user:7\""))
            screen.terminal.type("\u{1b}")
            #expect(try await screen.shows("KEY 1"))
            screen.terminal.type("m")
            #expect(try await eventually { try !isMonitored(server) })
            #expect(try await screen.shows("stats 0.25s"))
            screen.rwatch.signal(SIGTERM)
            #expect(try await screen.rwatch.status() == 128 + SIGTERM)
            #expect(try await eventually { screen.isLeft })
        }
    }

    @Test("is whole at each size that the terminal has while it runs")
    func resized() async throws {
        try await withRedisServer { server in
            let screen = try Screen(server)
            #expect(try await screen.shows("h help"))
            for (columns, rows, text) in [
                (40, 12, "1cmd 2key 3pfx"), (200, 60, "PER CALL"), (10, 3, "too small"), (80, 24, "h help"),
            ] {
                screen.resize(columns: columns, rows: rows)
                #expect(try await screen.shows(text), "\(screen.screen.text)")
                #expect(screen.screen.complaints.isEmpty)
                if rows > 6 { #expect(screen.screen.lines[0].hasPrefix("rwatch localhost:")) }
            }
            screen.terminal.type("q")
            #expect(try await screen.rwatch.status() == 0)
            #expect(try await eventually { screen.isLeft })
        }
    }

    @Test("leaves MONITOR and the terminal before it stops, and comes back with both")
    func stopped() async throws {
        try await withRedisServer { server in
            let screen = try Screen(server, ["--source", "monitor"])
            #expect(try await eventually { try isMonitored(server) })
            #expect(try await screen.shows("h help"))
            for round in 1...2 {
                screen.rwatch.signal(SIGTSTP)
                #expect(try await eventually { try screen.rwatch.isStopped() })
                // What it has written last may still be on its way to us.
                #expect(try await eventually { screen.isLeft }, "round \(round)")
                #expect(try await eventually { try !isMonitored(server) })
                screen.rwatch.signal(SIGCONT)
                #expect(try await eventually { try isMonitored(server) })
                #expect(try await eventually { screen.screen.isAlternate && screen.screen.text.contains("h help") })
                #expect(screen.terminal.settings != screen.settings)
            }
            try server.command("SET", "after", "1")
            #expect(try await eventually { screen.row("set").dropFirst(2).first == "1" }, "\(screen.screen.text)")
            screen.rwatch.signal(SIGTERM)
            #expect(try await screen.rwatch.status() == 128 + SIGTERM)
            #expect(try await eventually { screen.isLeft })
        }
    }

    @Test(
        "leaves the terminal as it was, whatever ends it",
        arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGILL]
    )
    func killed(_ signal: Int32) async throws {
        try await withRedisServer { server in
            let screen = try Screen(server)
            #expect(try await screen.shows("h help"))
            #expect(!screen.isLeft)
            screen.rwatch.signal(signal)
            #expect(try await screen.rwatch.status() == 128 + signal)
            #expect(try await eventually { screen.isLeft })
        }
    }

    @Test("shows text of the server as text: nothing of it reaches the terminal raw")
    func hostile() async throws {
        try await withRedisServer { server in
            let screen = try Screen(server, columns: 120, rows: 30, ["--source", "monitor"])
            #expect(try await eventually { try isMonitored(server) })
            #expect(try await screen.shows("h help"))
            try server.command([
                Array("SET".utf8), Array("\u{1b}[2J\u{1b}]0;t\u{7}k\u{202e}x".utf8), [0xff, 0x00, 0x9b],
            ])
            screen.terminal.type("2")
            #expect(try await screen.shows("\\x1b[2J\\x1b]0;t\\ak\\u{202e}x"), "\(screen.screen.text)")
            screen.terminal.type("7")
            #expect(try await screen.shows("\"SET\" \"\\x1b[2J"))
            #expect(screen.screen.complaints.isEmpty)
            screen.terminal.type("q")
            #expect(try await screen.rwatch.status() == 0)
        }
    }

    @Test("uses ASCII alone when it is asked to, or when the locale has no more")
    func ascii() async throws {
        try await withRedisServer { server in
            let screen = try Screen(server, ["--ascii"])
            #expect(try await eventually { screen.row("info").count > 4 })
            #expect(screen.terminal.bytes.allSatisfy { $0 < 0x80 })
            screen.terminal.type("q")
            #expect(try await screen.rwatch.status() == 0)
        }
    }

    @Test("says at the bottom what goes wrong with the server, and goes on")
    func away() async throws {
        try await withRedisServer { server in
            let screen = try Screen(server)
            #expect(try await screen.shows("h help"))
            server.kill()
            #expect(try await screen.shows("no answer"))
            try await server.restart()
            #expect(
                try await eventually {
                    !screen.screen.text.contains("no answer") && screen.screen.text.contains("gaps 1")
                }
            )
            screen.terminal.type("q")
            #expect(try await screen.rwatch.status() == 0)
            #expect(try await eventually { screen.isLeft })
            #expect(screen.rwatch.notices.isEmpty)
        }
    }
}
