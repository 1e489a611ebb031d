import Foundation
import RedisCommands
import RedisTesting
import TestSupport
import Testing

/// Each command that watches, and how something comes to it.
enum Watcher: String, CaseIterable, CustomTestStringConvertible {
    case sub, monitor, keys

    var testDescription: String { rawValue }

    /// The server has to tell of keys, and must not hang up on who reads slowly because nothing was optimised.
    static let server = RedisServerOptions(arguments: [
        "--notify-keyspace-events", "KEA", "--client-output-buffer-limit", "pubsub 0 0 0",
    ])

    /// Starts it, with JSON, and returns when the server has confirmed what it watches.
    func start(
        _ server: RedisServer,
        _ options: [String] = [],
        port: Int? = nil,
        output: FileHandle? = nil
    ) async throws -> RwatchProcess {
        let names = self == .sub ? ["ch"] : []
        let target = ["--json", "-p", "\(port ?? Int(server.port))"]
        let rwatch = try RwatchProcess([rawValue] + names + target + options, output: output)
        let isQuiet = options.contains { $0 == "-q" || $0 == "--quiet" }
        let stands = try await eventually { try isUp(server) && (isQuiet || rwatch.notices.contains("watching ")) }
        #expect(stands, "\(rwatch.notices)")
        return rwatch
    }

    /// Whether the server counts it. CLIENT LIST does not show in a monitor.
    private func isUp(_ server: RedisServer) throws -> Bool {
        let clients = try server.command("CLIENT", "LIST").split(separator: "\n")
        return switch self {
        case .sub: clients.contains { $0.contains(" sub=1 ") }
        case .monitor: clients.contains { $0.contains("cmd=monitor") }
        case .keys: clients.contains { $0.contains(" psub=1 ") }
        }
    }

    /// A command that is one event, of at least so many bytes.
    func command(_ size: Int) -> RedisCommand {
        let bytes = RedisBytes([UInt8](repeating: 0x78, count: size))
        return switch self {
        case .sub: ["PUBLISH", "ch", bytes]
        case .monitor: ["ECHO", bytes]
        case .keys: ["SET", bytes, ""]
        }
    }
}

/// Reads a pipe to its end into a file, by a process of its own: the tests' own code takes too long for tens of
/// megabytes.
final class ReadLines {
    private let file = FileManager.default.temporaryDirectory.appendingPathComponent(
        "rwatch-lines-\(UUID().uuidString)"
    )
    private let process = Process()

    init(_ pipe: Pipe) throws {
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        process.executableURL = URL(fileURLWithPath: "/bin/cat")
        process.standardInput = pipe.fileHandleForReading
        process.standardOutput = try FileHandle(forWritingTo: file)
        try process.run()
        try pipe.fileHandleForReading.close()
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(at: file)
    }

    /// The last line, when it is short and whole.
    var last: String? {
        guard let handle = try? FileHandle(forReadingFrom: file), let end = try? handle.seekToEnd() else { return nil }
        try? handle.seek(toOffset: end - min(end, 1000))
        let tail = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
        return tail.hasSuffix("\n") ? tail.split(separator: "\n").last.map(String.init) : nil
    }

    /// Waits for the end of the pipe. Returns the number of lines that are events, and the others.
    func all() async throws -> (events: Int, records: [[String: Any]]) {
        #expect(try await eventually { !process.isRunning })
        let search = "grep -c '' \(file.path); grep -E '^.\"v\":1,\"kind\":\"(drop|gap)\"' \(file.path)"
        let grep = try RwatchProcess(["-c", search], executable: URL(fileURLWithPath: "/bin/sh"))
        _ = try await grep.status()
        let records = grep.lines.dropFirst().map {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any] ?? [:]
        }
        return ((grep.lines.first.flatMap { Int($0) } ?? 0) - records.count, records)
    }
}

@Suite("rwatch accounts for what it lost", .tags(.rwatch, .once, .timing), .timeLimit(.minutes(3)))
struct RwatchLossTests {
    /// Sends until rwatch says that events are being dropped, and has taken all of it in. Returns how many were sent.
    private func overflow(
        _ server: RedisServer,
        _ rwatch: RwatchProcess,
        _ watcher: Watcher,
        _ client: RedisClient
    ) async throws -> Int {
        var sent = 0
        while sent < 2000 && !rwatch.notices.contains("events are being dropped") {
            for _ in 0..<20 { try await client.send(watcher.command(200_000)) }
            sent += 20
            #expect(try await eventually(within: .seconds(60)) { try isIdle(rwatch, server) })
        }
        #expect(rwatch.notices.contains("events are being dropped"))
        return sent
    }

    /// Whether nothing is on its way to rwatch, and all its threads sleep.
    private func isIdle(_ rwatch: RwatchProcess, _ server: RedisServer) throws -> Bool {
        let isSent = try server.command("CLIENT", "LIST").split(separator: "\n").allSatisfy { $0.contains(" omem=0 ") }
        let port = ":" + String(server.port, radix: 16, uppercase: true).suffix(4)
        let connections = try ["tcp", "tcp6"].flatMap {
            try String(contentsOfFile: "/proc/net/\($0)", encoding: .utf8).split(separator: "\n")
        }
        let isRead = connections.filter { $0.contains(port) }.allSatisfy { $0.contains(" 00000000:00000000 ") }
        guard isSent && isRead else { return false }
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(rwatch.id)/task")
        return threads.allSatisfy {
            // A thread may end meanwhile.
            let stat = try? String(contentsOfFile: "/proc/\(rwatch.id)/task/\($0)/stat", encoding: .utf8)
            return stat?.contains(") S ") == true
        }
    }

    /// Runs a watch into a pipe that nobody reads, until it drops.
    private func dropping(
        _ watcher: Watcher,
        _ options: [String] = [],
        _ body: (RwatchProcess, Pipe, RedisClient, _ sent: Int) async throws -> Void
    ) async throws {
        try await withRedisServer(Watcher.server) { server in
            // Connected before the monitor, so that nothing of its handshake shows there.
            let client = try RedisClient(server.configuration())
            try await client.ping()
            let pipe = Pipe()
            let guarding = watcher == .monitor ? ["--guard", "0"] : []
            let rwatch = try await watcher.start(server, options + guarding, output: pipe.fileHandleForWriting)
            try pipe.fileHandleForWriting.close()
            let sent = try await overflow(server, rwatch, watcher, client)
            try await body(rwatch, pipe, client, sent)
            await client.close()
        }
    }

    /// The events that the records say were dropped.
    private func dropped(_ records: [[String: Any]]) -> Int { records.compactMap { $0["count"] as? Int }.reduce(0, +) }

    @Test("tells of a loss when its output is read again, though nothing comes any more", arguments: Watcher.allCases)
    func readAgain(_ watcher: Watcher) async throws {
        try await dropping(watcher) { rwatch, pipe, _, sent in
            let lines = try ReadLines(pipe)
            #expect(try await eventually { lines.last?.hasPrefix("{\"v\":1,\"kind\":\"drop\"") == true })
            #expect(try await eventually { rwatch.notices.contains("the output is read again: ") })
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
            let (events, records) = try await lines.all()
            #expect(events + dropped(records) == sent)
            #expect(records.count == 1)
            let (from, to) = (records.first?["from"] as? Double, records.first?["ts"] as? Double)
            #expect(try #require(from) <= #require(to))
        }
    }

    @Test("says how many were dropped, and how many it held, when its reader goes", arguments: Watcher.allCases)
    func readerGone(_ watcher: Watcher) async throws {
        try await dropping(watcher) { rwatch, pipe, _, sent in
            try pipe.fileHandleForReading.close()
            #expect(try await rwatch.status() == 128 + SIGPIPE)
            let told = rwatch.notices.firstMatch(
                of: #/dropped ([0-9]+) events? .*; ([0-9]+) more (?:was|were) not written/#
            )
            let counts = try #require(told, "\(rwatch.notices)")
            // The pipe has less room than one of them needs.
            #expect(Int(counts.1).flatMap { dropped in Int(counts.2).map { dropped + $0 } } == sent)
        }
    }

    @Test("ends its data with what was dropped, when it is told to end meanwhile", arguments: Watcher.allCases)
    func interrupted(_ watcher: Watcher) async throws {
        // What is queued has to be read within the five seconds that the end may take.
        try await dropping(watcher, ["--buffer", "4mb"]) { rwatch, pipe, _, sent in
            rwatch.signal(SIGINT)
            // Were it read before the signal has come, nothing would be left to tell at the end.
            let waits = "waiting for the reader of the output; a second signal ends at once"
            #expect(try await eventually { rwatch.notices.contains(waits) }, "\(rwatch.notices)")
            let (events, records) = try await ReadLines(pipe).all()
            #expect(try await rwatch.status() == 128 + SIGINT)
            #expect(records.map { $0["kind"] as? String } == ["drop"])
            #expect(events + dropped(records) == sent)
            #expect(rwatch.notices.contains("dropped \(dropped(records)) event"), "\(rwatch.notices)")
        }
    }

    @Test("-C counts what was written, not what was dropped", arguments: Watcher.allCases)
    func count(_ watcher: Watcher) async throws {
        let limit = 400
        try await dropping(watcher, ["-C", "\(limit)"]) { rwatch, pipe, client, sent in
            let lines = try ReadLines(pipe)
            #expect(try await eventually { lines.last?.hasPrefix("{\"v\":1,\"kind\":\"drop\"") == true })
            for _ in 0..<2 * limit where rwatch.isRunning { try await client.send(watcher.command(1)) }
            #expect(try await rwatch.status() == 0)
            if rwatch.isRunning { rwatch.signal(SIGKILL) }
            let (events, records) = try await lines.all()
            #expect(events == limit)
            #expect(dropped(records) > 0)
        }
    }

    enum Ending: String, CaseIterable, CustomTestStringConvertible {
        case timeOver, interrupt, terminate, hangUp, noReconnect, stopped

        var testDescription: String { rawValue }

        var options: [String] {
            switch self {
            case .timeOver: ["--for", "5s"]
            case .noReconnect: ["--no-reconnect"]
            default: []
            }
        }

        var signals: [Int32] {
            switch self {
            case .timeOver, .noReconnect: []
            case .interrupt: [SIGINT]
            case .terminate: [SIGTERM]
            case .hangUp: [SIGHUP]
            case .stopped: [SIGTSTP, SIGTERM, SIGCONT]
            }
        }

        var status: Int32 {
            switch self {
            case .timeOver: 0
            case .noReconnect: 69
            case .interrupt: 128 + SIGINT
            case .terminate, .stopped: 128 + SIGTERM
            case .hangUp: 128 + SIGHUP
            }
        }
    }

    @Test(
        "ends with a gap record when the link is down at the end, however it ends",
        arguments: Watcher.allCases,
        Ending.allCases
    )
    func outageAtTheEnd(_ watcher: Watcher, _ ending: Ending) async throws {
        try await withRedisServer(Watcher.server) { server in
            let rwatch = try await watcher.start(server, ending.options)
            if ending != .stopped {
                server.kill()
                if ending != .noReconnect {
                    #expect(try await eventually { rwatch.notices.contains("link lost") })
                }
            }
            for signal in ending.signals {
                rwatch.signal(signal)
                if signal == SIGTSTP {
                    #expect(
                        try await eventually {
                            let state = try String(contentsOfFile: "/proc/\(rwatch.id)/stat", encoding: .utf8)
                            return state.contains(") T ")
                        }
                    )
                }
            }
            #expect(try await rwatch.status() == ending.status, "\(rwatch.notices)")
            let line = try #require(rwatch.lines.last)
            let last = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(last?["kind"] as? String == "gap")
            // A process that goes on after Ctrl-Z may have its link back before it looks at the other signal.
            if ending != .stopped { #expect(last?["complete"] as? Bool == false) }
            let (from, to) = (last?["from"] as? Double, last?["to"] as? Double)
            #expect(try #require(from) < #require(to))
            #expect(last?["ts"] as? Double == to)
            #expect(rwatch.notices.contains("rwatch: gap of "), "\(rwatch.notices)")
        }
    }

    @Test("ends with a gap record of the server that is away when the others bring the last event")
    func otherServerAway() async throws {
        try await withRedisServer { away in
            try await withRedisServer { other in
                let servers = ["-u", away.url, "-u", other.url]
                let rwatch = try RwatchProcess(["sub", "ch", "--json", "-C", "1"] + servers)
                for server in [away, other] {
                    #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") })
                }
                away.kill()
                #expect(try await eventually { rwatch.notices.contains("link lost") })
                try other.publish("ch", "x")
                #expect(try await rwatch.status() == 0)
                #expect(rwatch.lines.count == 2)
                #expect(rwatch.lines.last?.contains("\"node\":\"127.0.0.1:\(away.port)\"") == true)
                #expect(rwatch.lines.last?.contains("\"complete\":false") == true)
            }
        }
    }

    @Test("tells of a gap in words, whatever it watches", arguments: Watcher.allCases)
    func gapInWords(_ watcher: Watcher) async throws {
        try await withRedisServer(Watcher.server) { server in
            let rwatch = try await watcher.start(server)
            server.kill()
            try await server.restart()
            #expect(try await eventually { rwatch.notices.contains("rwatch: gap of ") }, "\(rwatch.notices)")
            rwatch.signal(SIGTERM)
            #expect(try await rwatch.status() == 128 + SIGTERM)
        }
    }

    @Test("says how many events were lost when the disk is full")
    func diskFull() async throws {
        try await withRedisServer { server in
            let rwatch = try await Watcher.sub.start(server, output: FileHandle(forWritingAtPath: "/dev/full"))
            try server.publish("ch", "x")
            #expect(try await rwatch.status() == 74)
            #expect(
                rwatch.notices.hasSuffix("rwatch: cannot write: No space left on device; 1 event was not written\n")
            )
        }
    }
}
