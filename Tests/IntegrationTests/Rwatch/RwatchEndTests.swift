import Foundation
import Glibc
import RedisRESP
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch ends by itself, and says when it stands", .tags(.rwatch, .once, .timing), .timeLimit(.minutes(2)))
struct RwatchEndTests {
    private func stands(_ run: RwatchProcess) async throws {
        try #require(try await eventually { run.notices.contains("rwatch: watching ") }, "\(run.notices)")
    }

    @Test("--idle ends it after silence, with 1 when something else was waited for")
    func idle() async throws {
        try await withRedisServer { server in
            let plain = try RwatchProcess(["sub", "-u", server.url, "ch", "--idle", "1s"])
            let counting = try RwatchProcess(["sub", "-u", server.url, "ch", "--idle", "1s", "-C", "1000000"])
            let seeking = try RwatchProcess(["sub", "-u", server.url, "ch", "--idle", "1s", "--until", "z"])
            let runs = [plain, counting, seeking]
            // Messages come all the time, so none of them is idle before it has printed one.
            let haveBegun = try await eventually {
                try server.publish("ch", "x")
                return runs.allSatisfy { !$0.lines.isEmpty }
            }
            try #require(haveBegun, "\(runs.map(\.notices))")
            #expect(try await plain.status() == 0)
            #expect(try await counting.status() == 1)
            #expect(try await seeking.status() == 1)
        }
    }

    @Test("--until ends it with the event that matches, and prints nothing behind it")
    func until() async throws {
        try await withRedisServer { server in
            let runs = [
                try RwatchProcess(["sub", "-u", server.url, "ch", "--until", "st[oa]p\"$"]),
                try RwatchProcess(["sub", "-u", server.url, "ch", "--json", "--until", "\"stop\"", "-e", "more"]),
            ]
            for run in runs { try await stands(run) }
            // All of it comes in one read.
            try server.command(
                "EVAL",
                "for _, m in ipairs(ARGV) do redis.call('PUBLISH', 'ch', m) end",
                "0",
                "go",
                "stop",
                "on"
            )
            for run in runs {
                #expect(try await run.status() == 0, "\(run.notices)")
                #expect(run.lines.count == 2)
                #expect(run.lines.last?.contains("stop") == true)
            }
            let wrong = try RwatchProcess(["sub", "-u", server.url, "ch", "--until", "a(b"])
            #expect(try await wrong.status() == 64)
            #expect(wrong.notices.hasPrefix("rwatch: --until: "), "\(wrong.notices)")
        }
    }

    @Test("--ready-fd and --ready-file tell when it stands, and the file goes with the run")
    func ready() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ready-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, line) = ("\(folder.path)/ready", "\(folder.path)/line")
        _ = FileManager.default.createFile(atPath: file, contents: Data("of an earlier run".utf8))
        try await withRedisServer { server in
            let script = "exec 3> '\(line)'; exec '\(RwatchProcess.executable.path)' sub ch -u \(server.url)"
            let run = try RwatchProcess(
                ["-c", "\(script) --ready-fd 3 --ready-file '\(file)'"],
                executable: URL(fileURLWithPath: "/bin/sh")
            )
            let isReady = try await eventually { (try? String(contentsOfFile: line, encoding: .utf8)) == "ready\n" }
            #expect(isReady, "\(run.notices)")
            #expect(try server.publish("ch", "x") == 1)
            #expect(try await eventually { (try? Data(contentsOf: URL(fileURLWithPath: file))) == Data() })
            run.signal(SIGTERM)
            #expect(try await run.status() == 143)
            #expect(!FileManager.default.fileExists(atPath: file))

            let closed = try RwatchProcess(["sub", "ch", "-u", server.url, "--ready-fd", "77"])
            #expect(try await closed.status() == 69)
            #expect(closed.notices.contains("--ready-fd"), "\(closed.notices)")
        }
    }

    @Test("tells a service manager that it stands, that it works, and that it stops")
    func serviceManager() async throws {
        let manager = try ManagerSocket()
        try await withRedisServer { server in
            let run = try RwatchProcess(
                ["sub", "ch", "-u", server.url],
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"]
            )
            var told: [String] = []
            let isWatched = try await eventually {
                told += manager.received()
                return told.count { $0 == "WATCHDOG=1" } >= 3
            }
            #expect(isWatched, "\(told)")
            #expect(told.first == "READY=1\nSTATUS=watching")
            run.signal(SIGTERM)
            #expect(try await run.status() == 143)
            told += manager.received()
            #expect(told.last == "STOPPING=1")
        }
    }

    @Test("reports its counters by time, for SIGUSR1, and at the end")
    func reports() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(["sub", "ch", "-u", server.url, "--stats=300ms"])
            let quiet = try RwatchProcess(["sub", "ch", "-u", server.url, "-q"])
            try #require(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("2") })
            try server.publish("ch", "x")
            #expect(try await eventually { run.lines.count == 1 && quiet.lines.count == 1 })
            let report = #/rwatch: 1 event in [0-9.]+ m?s \([0-9]+ a second\), [0-9]+ bytes\n/#
            #expect(try await eventually { run.notices.matches(of: report).count >= 2 }, "\(run.notices)")
            quiet.signal(SIGUSR1)
            #expect(try await eventually { quiet.notices.wholeMatch(of: report) != nil }, "\(quiet.notices)")
            for each in [run, quiet] {
                each.signal(SIGINT)
                #expect(try await each.status() == 130)
            }
            // It was asked once, and the end of a run that is not watched by anybody says nothing.
            #expect(quiet.noticesWithoutHint.wholeMatch(of: report) != nil)
        }
    }

    /// A pipe that takes nothing more until somebody reads it.
    private func fullPipe() throws -> Pipe {
        let pipe = Pipe()
        let end = pipe.fileHandleForWriting.fileDescriptor
        let page = [UInt8](repeating: 0, count: 4096)
        try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0)
        while unsafe write(end, page, page.count) > 0 {}
        try #require(fcntl(end, F_SETFL, 0) == 0)
        return pipe
    }

    @Test("--overflow exit ends it with 74 when nobody reads")
    func overflow() async throws {
        try await withRedisServer { server in
            let pipe = try fullPipe()
            defer { try? pipe.fileHandleForReading.close() }
            let run = try RwatchProcess(
                ["sub", "ch", "-u", server.url, "--overflow", "exit", "--buffer", "64kb"],
                output: pipe.fileHandleForWriting
            )
            try await stands(run)
            let payload = String(repeating: "x", count: 10_000)
            for _ in 0..<40 { try server.publish("ch", "\(payload)") }
            #expect(try await run.status() == 74)
            #expect(run.notices.contains("rwatch: ended because of --overflow exit\n"), "\(run.notices)")
            #expect(run.notices.contains("rwatch: dropped "), "\(run.notices)")

            let blocking = try RwatchProcess(["monitor", "-u", server.url, "--overflow", "block"])
            #expect(try await blocking.status() == 64)
        }
    }

    @Test("pub --require tells when too few listen, and --rate keeps the pace")
    func publishing() async throws {
        try await withRedisServer { server in
            let none = try RwatchProcess(["pub", "ch", "x", "--require", "1", "-u", server.url])
            #expect(try await none.status() == 1)
            #expect(none.lines == ["0"])
            #expect(none.notices == "rwatch: 1 message had fewer receivers than --require 1\n")
            let listener = try RwatchProcess(["sub", "ch", "-u", server.url])
            try await stands(listener)
            let some = try RwatchProcess(["pub", "ch", "x", "--require", "1", "-u", server.url])
            #expect(try await some.status() == 0, "\(some.notices)")

            let begun = ContinuousClock.now
            let paced = try RwatchProcess(
                ["pub", "-l", "ch", "--rate", "20", "-u", server.url],
                input: String(repeating: "line\n", count: 11)
            )
            #expect(try await paced.status() == 0, "\(paced.notices)")
            #expect(paced.lines == Array(repeating: "1", count: 11))
            // Ten pauses of 50 ms, and what a sender that woke up late may make up for.
            #expect(begun.duration(to: .now) >= .milliseconds(400))
        }
    }

    @Test("pub waits no longer than it was told for a reply")
    func replyTimeout() async throws {
        try await withRedisServer { server in
            try server.command("CLIENT", "PAUSE", "5000", "ALL")
            let run = try RwatchProcess(["pub", "ch", "x", "--reply-timeout", "100ms", "-u", server.url])
            #expect(try await run.status() == 69)
            #expect(run.lines == [])
        }
    }
}

/// The socket of a service manager.
private final class ManagerSocket {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("notify-\(UInt32.random(in: 0 ... .max))")
        .path
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let status = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(descriptor >= 0 && status == 0)
    }

    deinit {
        close(descriptor)
        _ = unsafe unlink(path)
    }

    /// What was told since the last call.
    func received() -> [String] {
        var texts: [String] = []
        var bytes = [UInt8](repeating: 0, count: 512)
        while true {
            let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return texts }
            texts.append(String(decoding: bytes[..<count], as: UTF8.self))
        }
    }
}
