import Foundation
import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch monitor and the server's memory", .tags(.rwatch, .once, .timing), .timeLimit(.minutes(3)))
struct RwatchGuardTests {
    /// The most that the server may keep for rwatch, whatever becomes of rwatch's output.
    private static let bound = 1 << 20

    /// What the server keeps for its monitor now; `nil` without one.
    private func omem(_ client: RedisClient) async throws -> Int? {
        let list = try await client.send(["CLIENT", "LIST", "TYPE", "normal"]).text ?? ""
        let line = list.split(separator: "\n").first { $0.contains(" flags=O ") }
        return line?.firstMatch(of: #/ omem=([0-9]+) /#).flatMap { Int($0.1) }
    }

    /// What came through a pipe: commands by line, the counts of the drop records, and the last marker.
    private struct Output: Sendable {
        var commands = 0
        var drops: [Int] = []
        var marker = 0

        mutating func read(_ line: Data) throws {
            guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] else { return }
            if object["kind"] as? String == "command" {
                commands += 1
                if object["cmd"] as? String == "ECHO", let text = (object["args"] as? [String])?.first {
                    marker = Int(text) ?? 0
                }
            } else {
                #expect(object["kind"] as? String == "drop")
                #expect(object["bytes"] as? Int ?? 0 > 0)
                drops.append(object["count"] as? Int ?? 0)
            }
        }
    }

    /// Reads a pipe to its end, telling by `seen` how far it is.
    private static func read(_ pipe: Pipe, _ seen: Locked<Int>) throws -> Output {
        var output = Output()
        var rest = Data()
        while true {
            let piece = pipe.fileHandleForReading.availableData
            if piece.isEmpty { return output }
            rest += piece
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
            for line in rest[..<end].split(separator: UInt8(ascii: "\n")) { try output.read(Data(line)) }
            rest = Data(rest[(end + 1)...])
            seen.withLock { $0 = output.marker }
        }
    }

    /// Runs `flood` while rwatch writes into a pipe that nobody reads, then reads all. Returns what came, and the most
    /// that the server ever kept; markers are taken off.
    private func stuck(
        _ server: RedisServer,
        _ flood: (_ client: RedisClient) async throws -> Void
    ) async throws -> (output: Output, highest: Int) {
        // Connected before the monitor, so that nothing of it shows; CLIENT LIST does not.
        let client = try RedisClient(server.configuration())
        try await client.ping()
        let pipe = Pipe()
        let rwatch = try RwatchProcess(
            // The guard must not be what keeps the bound: reading is.
            ["monitor", "--json", "--guard", "1gb", "-p", "\(server.port)"],
            output: pipe.fileHandleForWriting
        )
        try pipe.fileHandleForWriting.close()
        #expect(try await eventually { try await omem(client) != nil })
        let isOver = Locked(false)
        let sampling = Task {
            var highest = 0
            while !isOver.withLock({ $0 }) {
                highest = max(highest, try await omem(client) ?? .max)
                try? await Task.sleep(for: .milliseconds(1))
            }
            return highest
        }
        try await flood(client)
        // Nothing is left there, although not a byte was read here.
        #expect(try await eventually { try await omem(client) == 0 })
        isOver.withLock { $0 = true }
        let highest = try await sampling.joined
        #expect(try await eventually { rwatch.notices.contains("events are being dropped") })
        let seen = Locked(0)
        let reading = Task.detached { try Self.read(pipe, seen) }
        // What is on its way to rwatch still, or in its queue, is in front of the first marker that comes out.
        var sent = 0
        #expect(
            try await eventually(within: .seconds(60)) {
                sent += 1
                try await client.send(["ECHO", RedisBytes("\(sent)")])
                return seen.withLock { $0 } > 0
            }
        )
        rwatch.signal(SIGTERM)
        #expect(try await rwatch.status() == 128 + SIGTERM)
        await client.close()
        var output = try await reading.joined
        output.commands -= output.marker
        return (output, highest)
    }

    /// Each round is smaller than the bound and the next waits for its end, so that it holds for slow builds and busy
    /// machines too, as long as the socket is read.
    @Test("a reader that does not read costs the server nothing, and each command is delivered or counted")
    func paced() async throws {
        try await withRedisServer { server in
            let script = "for i = 1, 1200 do redis.call('SET', KEYS[1], ARGV[1]) end"
            let value = String(repeating: "x", count: 400)
            let rounds = 100
            let (output, highest) = try await stuck(server) { client in
                for _ in 0..<rounds {
                    try server.command("EVAL", script, "1", "key", value)
                    #expect(try await eventually { try await omem(client) == 0 })
                }
            }
            #expect(highest < Self.bound)
            #expect(output.drops.count == 1)
            #expect(output.commands + output.drops.reduce(0, +) == rounds * 1201)
        }
    }

    @Test(
        "so does a million writes at full speed",
        .enabled(if: ProcessInfo.processInfo.environment["REDIS_EVENTS_SOAK"] != nil)
    )
    func million() async throws {
        try await withRedisServer { server in
            let (output, highest) = try await stuck(server) { _ in
                let benchmark = try RwatchProcess(
                    ["-p", "\(server.port)", "-n", "1000000", "-P", "64", "-t", "set", "-q"],
                    executable: URL(fileURLWithPath: "/usr/bin/redis-benchmark")
                )
                #expect(try await benchmark.status(within: .seconds(60)) == 0)
            }
            let calls = try server.command("INFO", "commandstats").firstMatch(of: #/cmdstat_set:calls=([0-9]+)/#)
            let writes = try #require(calls.flatMap { Int($0.1) })
            #expect(writes >= 1_000_000)
            print(
                "the most that the server kept: \(highest) bytes; \(output.commands) commands written, the rest dropped"
            )
            // Code without the optimiser formats fewer commands in a second than the server executes.
            #if !DEBUG
                #expect(highest < Self.bound)
            #endif
            #expect(output.drops.count == 1)
            #expect(output.commands + output.drops.reduce(0, +) == writes)
        }
    }

    /// Fills the monitor's queue until `isEnough`: a question of the guard has to fall into a script.
    private func flood(_ server: RedisServer, until isEnough: () throws -> Bool) async throws {
        #expect(
            try await eventually(within: .seconds(30)) {
                try server.command("EVAL", MonitorGuardTests.script, "0")
                return try isEnough()
            }
        )
    }

    @Test("--guard leaves MONITOR and comes back; --guard-exit, and --no-reconnect, end with 75")
    func guardOption() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let resuming = try RwatchProcess(["monitor", "-C", "100000000", "--guard", "64kb", "-p", port])
            #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
            try await flood(server) { resuming.notices.contains("more than the guard's 65536: MONITOR was left\n") }
            #expect(try await eventually { try !server.command("CLIENT", "LIST").contains(" flags=O ") })
            #expect(try await eventually(within: .seconds(20)) { resuming.notices.contains("link back after ") })
            resuming.signal(SIGTERM)
            #expect(try await resuming.status() == 128 + SIGTERM)
            for option in ["--guard-exit", "--no-reconnect"] {
                let ending = try RwatchProcess(["monitor", "--json", "--guard=64kb", option, "-p", port])
                #expect(try await eventually { try server.command("CLIENT", "LIST").contains("cmd=monitor") })
                try await flood(server) { ending.notices.contains("MONITOR was left") }
                #expect(try await ending.status() == 75)
                // What follows is missed, and the data says so.
                #expect(ending.lines.last?.hasPrefix("{\"v\":1,\"kind\":\"gap\"") == true)
                #expect(ending.lines.last?.contains("\"complete\":false,\"cause\":\"guardTripped\"") == true)
            }
        }
    }

    @Test("--guard 0 looks at nothing; sizes that are none are refused, and so is an exit without a guard")
    func guardSizes() async throws {
        try await withRedisServer { server in
            let port = "\(server.port)"
            let off = try RwatchProcess(["monitor", "--guard", "0", "--for", "1500ms", "-p", port])
            #expect(try await off.status() == 0)
            #expect(try !server.command("INFO", "commandstats").contains("cmdstat_client|list"))
            let on = try RwatchProcess(["monitor", "--guard", "1gb", "-p", port])
            #expect(try await eventually { try server.command("INFO", "commandstats").contains("cmdstat_client|list") })
            on.signal(SIGTERM)
            _ = try await on.status()
        }
        for (options, notice) in [
            (["--guard", "much"], "'much' is not a size"), (["--guard", "1tb"], "unknown unit"),
            (["--guard", "0", "--guard-exit"], "--guard-exit needs a guard"),
        ] {
            let refused = try RwatchProcess(["monitor"] + options)
            #expect(try await refused.status() == 64)
            #expect(refused.notices.contains(notice))
        }
    }

    @Test("says once that its guard may not look, and goes on")
    func unguarded() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "-client|list")
            let rwatch = try RwatchProcess(["monitor", "-p", "\(server.port)", "--user", "ann", "-a", "pw"])
            #expect(try await eventually { rwatch.notices.contains("rwatch: no guard: ") })
            #expect(rwatch.notices.contains("NOPERM"))
            try server.command("SET", "after", "1")
            #expect(try await eventually { rwatch.text.contains("\"SET\" \"after\" \"1\"\n") })
            #expect(rwatch.notices.components(separatedBy: "no guard").count == 2)
            rwatch.signal(SIGTERM)
            _ = try await rwatch.status()
        }
    }
}
