import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch keys as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchKeysTests {
    private static let allOn = RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])

    /// Starts it and waits until the server counts its subscriptions.
    private func watching(_ server: RedisServer, _ arguments: [String], names: Int = 1) async throws -> RwatchProcess {
        let rwatch = try RwatchProcess(["keys", "-p", "\(server.port)"] + arguments)
        #expect(
            try await eventually {
                let patterns = Int(try server.command("PUBSUB", "NUMPAT")) ?? 0
                let channels = try server.command("PUBSUB", "CHANNELS").split(separator: "\n").count
                return patterns + channels == names
            }
        )
        return rwatch
    }

    @Test("prints a line an event: database, name and key, whatever the bytes")
    func lines() async throws {
        try await withRedisServer(Self.allOn) { server in
            let rwatch = try await watching(server, ["-C", "3", "-q"])
            try server.command([Array("SETEX".utf8), [0x61, 0xff, 0x0a], Array("50".utf8), []])
            let client = try RedisClient("\(server.url)/3")
            try await client.send(["LPUSH", "a:__:b", "x"])
            #expect(try await rwatch.status() == 0)
            #expect(
                rwatch.lines.map { $0.split(separator: " ", maxSplits: 1)[1] } == [
                    #"[0] set "a\xff\n""#, #"[0] expire "a\xff\n""#, #"[3] lpush "a:__:b""#,
                ]
            )
            #expect(rwatch.notices == "")
            await client.close()
        }
    }

    @Test("prints JSON of the keys, events and database that are asked for")
    func json() async throws {
        try await withRedisServer(Self.allOn) { server in
            let rwatch = try await watching(
                server,
                ["user:*", "user:7", "--events", "set,del", "-n", "0", "--json", "-C", "2"],
                names: 2
            )
            for command in [["SET", "x", "v"], ["SETEX", "user:7", "50", "v"], ["DEL", "x"], ["DEL", "user:7"]] {
                try server.command(command.map { Array($0.utf8) })
            }
            #expect(try await rwatch.status() == 0)
            let parts = rwatch.lines.map { line in line.replacing(#/"ts":[0-9]{10}\.[0-9]{6},/#, with: "") }
            #expect(
                parts == [
                    #"{"v":1,"kind":"key","db":0,"event":"set","key":"user:7"}"#,
                    #"{"v":1,"kind":"key","db":0,"event":"del","key":"user:7"}"#,
                ]
            )
        }
    }

    @Test("ends with 78 when the server is not set for it, and says which command would set it")
    func missing() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "gE"])) { server in
            let rwatch = try RwatchProcess(["keys", "--events", "expired,del", "-p", "\(server.port)"])
            #expect(try await rwatch.status() == 78)
            let expected =
                "notify-keyspace-events is \"gE\" and lacks x: CONFIG SET notify-keyspace-events gxE; "
                + "--enable sets it during the run\n"
            #expect(rwatch.notices.hasSuffix(expected))
            #expect(rwatch.text == "")
            #expect(try server.notifyFlags == "gE")
        }
    }

    @Test(
        "sets what is missing with --enable, and sets it back however it ends",
        arguments: [
            (["--enable"], Int32?.none, "$xE"), (["--enable"], SIGINT, "$xE"), (["--enable=KEA"], SIGTERM, "AKE"),
        ]
    )
    func enable(_ options: [String], _ signal: Int32?, _ flags: String) async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "xE"])) { server in
            let rwatch = try await watching(
                server,
                options + ["-q", "--events", "set"] + (signal == nil ? ["-C", "1"] : [])
            )
            #expect(try await eventually { try server.notifyFlags == flags })
            // With the event it may end, and then it would not say any more what it has set.
            #expect(try await eventually { rwatch.notices.contains("the previous value is restored at the end\n") })
            try server.command("SET", "k", "v")
            #expect(try await eventually { rwatch.lines.count == 1 })
            if let signal { rwatch.signal(signal) }
            #expect(try await rwatch.status() == signal.map { 128 + $0 } ?? 0)
            #expect(try server.notifyFlags == "xE")
            #expect(
                rwatch.noticesWithoutHint == """
                    rwatch: set notify-keyspace-events to "\(flags)"; the previous value is restored at the end
                    rwatch: restored notify-keyspace-events to "xE"

                    """
            )
        }
    }

    @Test("sets it again when a restart has lost it, and prints a gap until then")
    func restart() async throws {
        try await withRedisServer { server in
            let rwatch = try await watching(server, ["--enable", "--json", "-C", "1"])
            #expect(try await eventually { try server.notifyFlags == "AE" })
            // Before it watches, a link that is lost would be an error.
            #expect(try await eventually { rwatch.notices.contains("watching ") }, "\(rwatch.notices)")
            server.kill()
            try await server.restart()
            #expect(try await eventually { rwatch.lines.count == 1 })
            #expect(rwatch.lines.first?.hasPrefix("{\"v\":1,\"kind\":\"gap\"") == true)
            try server.command("SET", "k", "v")
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.lines.last?.hasSuffix(#""event":"set","key":"k"}"#) == true)
            #expect(try server.notifyFlags == "")
        }
    }

    @Test("waits for the server when it is told to")
    func patience() async throws {
        try await withRedisServer(Self.allOn) { server in
            server.kill()
            let rwatch = try RwatchProcess(["keys", "--wait", "-C", "1", "-p", "\(server.port)"])
            try await server.restart()
            #expect(try await eventually { try server.command("PUBSUB", "NUMPAT") == "1" })
            try server.command("SET", "k", "v")
            #expect(try await rwatch.status() == 0)
        }
    }

    @Test("refuses options that mean nothing", arguments: [["--events", "set,,del"], ["--events="], ["--enable="]])
    func usage(_ options: [String]) async throws {
        let rwatch = try RwatchProcess(["keys"] + options)
        #expect(try await rwatch.status() == 64)
    }
}
