import Foundation
import RedisCommands
import RedisRESP
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch keeps what it prints in files", .tags(.rwatch, .once), .timeLimit(.minutes(5)))
final class RwatchKeepTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keep-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    private func stands(_ run: RwatchProcess) async throws {
        try #require(try await eventually { run.notices.contains("rwatch: watching ") }, "\(run.notices)")
    }

    /// The numbers at the beginning of each line of the parts, in the order of the parts, up to the one with `end`.
    private func numbers(before end: String) throws -> [Int] {
        var numbers: [Int] = []
        var part = 0
        while true {
            let name = part == 0 ? "p.log" : "p.\(part).log"
            let text = try text(name)
            if text.contains(end) { return numbers }
            try #require(text.hasSuffix("\n"))
            numbers += try text.split(separator: "\n").map { line in
                try #require(line.utf8.count == 1_000)
                return try #require(Int(line.prefix { $0 != " " }))
            }
            part += 1
        }
    }

    /// Publishes numbered payloads of 1,000 bytes until the condition holds.
    private func flood(_ server: RedisServer, from first: Int = 0, until isEnough: () throws -> Bool) async throws {
        let client = try RedisClient(server.url)
        var number = first
        while try !isEnough() {
            var batch = RedisBatch()
            for _ in 0..<200 {
                let text = "\(number) "
                batch.append([
                    "PUBLISH", "ch", RedisBytes(text + String(repeating: "x", count: 1_000 - text.utf8.count)),
                ])
                number += 1
            }
            _ = try await client.send(batch)
        }
        await client.close()
    }

    @Test("under the name that it was given, and prints nothing then")
    func named() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(
                ["monitor", "-u", server.url, "-w", "\(folder.path)/m-%Y.log", "--cmd", "set", "-C", "2"]
            )
            try await stands(run)
            try server.command("SET", "a", "1")
            try server.command("SET", "b", "2")
            #expect(try await run.status() == 0, "\(run.notices)")
            #expect(run.text.isEmpty)
            let names = try names()
            #expect(names.count == 1 && names.first?.wholeMatch(of: #/m-20\d\d\.log/#) != nil)
            let lines = try text(names.first ?? "").split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.last?.hasSuffix("\"SET\" \"b\" \"2\"") == true)
        }
    }

    @Test("SIGHUP ends a part and not the run")
    func hangup() async throws {
        try await withRedisServer { server in
            let run = try RwatchProcess(["sub", "ch", "--raw", "-u", server.url, "-w", "\(folder.path)/p.log"])
            try await stands(run)
            try server.publish("ch", "one")
            #expect(try await eventually { (try? self.text("p.log.part")) == "one\n" })
            run.signal(SIGHUP)
            #expect(try await eventually { try self.names() == ["p.log"] })
            try server.publish("ch", "two")
            #expect(try await eventually { (try? self.text("p.1.log.part")) == "two\n" })
            run.signal(SIGTERM)
            #expect(try await run.status() == 143)
            #expect(try names() == ["p.1.log", "p.log"])
            #expect(try text("p.log") == "one\n")
            #expect(try text("p.1.log") == "two\n")
        }
    }

    @Test("killed in the middle of a flood, the parts are whole lines without a hole")
    func killed() async throws {
        let size = isSoak ? 100_000_000 : 6_000_000
        try await withRedisServer { server in
            let keep = ["sub", "ch", "--raw", "-u", server.url, "-w", "\(folder.path)/p.log"]
            let run = try RwatchProcess(keep + ["--rotate-size", isSoak ? "5mb" : "500kb"])
            try await stands(run)
            try await flood(server) {
                // A part may get its own name between the two looks.
                let sizes = try names().map { name in
                    let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
                    return attributes?[.size] as? Int ?? 0
                }
                return sizes.reduce(0, +) > size
            }
            run.signal(SIGKILL)
            #expect(try await run.status() == 137)
            #expect(try names().contains { $0.hasSuffix(".part") })

            let next = try RwatchProcess(keep + ["-C", "1"])
            try await stands(next)
            try server.publish("ch", "the end")
            #expect(try await next.status() == 0, "\(next.notices)")
            #expect(try !names().contains { $0.hasSuffix(".part") })
            let numbers = try numbers(before: "the end")
            #expect(numbers == Array(0..<numbers.count))
            #expect(numbers.count * 1_000 > size - 1_000_000)
        }
    }

    @Test("a full disk ends it with 74, and all that was written is there, in whole lines")
    func full() async throws {
        try await withRedisServer { server in
            // The largest file, in blocks of 512 or 1,024 bytes.
            let tool = RwatchProcess.executable.path
            let script = "ulimit -f 300; exec '\(tool)' sub ch --raw -u \(server.url) -w '\(folder.path)/p.log'"
            let run = try RwatchProcess(["-c", script], executable: URL(fileURLWithPath: "/bin/sh"))
            try await stands(run)
            try await flood(server) { !run.isRunning }
            #expect(try await run.status() == 74)
            let place = "rwatch: cannot keep \(folder.path)/p.log: File too large (write); "
            #expect(run.notices.contains(place), "\(run.notices)")
            #expect(run.notices.contains(" events were not written"))
            try "the end".write(toFile: "\(folder.path)/p.1.log", atomically: true, encoding: .utf8)
            let numbers = try numbers(before: "the end")
            #expect(numbers == Array(0..<numbers.count))
            #expect(numbers.count > 50)
        }
    }

    @Test("refuses names and limits that cannot be kept")
    func usage() async throws {
        let wrong = [
            ["-w", "a-%q"], ["-w", "%F/a"], ["-w", "folder/"], ["--compress"], ["-w", "-", "--keep", "2"],
            ["-w", "a", "--rotate-size", "10kb"], ["-w", "a", "--keep", "0"], ["-w", "a", "--rotate-every", "10ms"],
        ]
        for arguments in wrong {
            let run = try RwatchProcess(["sub", "ch"] + arguments)
            #expect(try await run.status() == 64, "\(arguments): \(run.notices)")
        }
    }
}
