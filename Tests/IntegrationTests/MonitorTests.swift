import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Monitor against a real server", .tags(.server), .timeLimit(.minutes(2)))
struct MonitorTests {
    /// The commands until one called `name`, without those of connections.
    private func commands(_ monitor: Monitor, until name: String) async throws -> [Monitor.Command] {
        var found: [Monitor.Command] = []
        for try await event in monitor.events {
            guard let command = event.command else { continue }
            found.append(command)
            if command.arguments.first?.text == name { break }
        }
        return found
    }

    @Test("gives exact bytes, sources and databases", arguments: bothProtocols)
    func commands(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(RedisServerOptions(transport: .both)) { server in
            let monitor = try Monitor(server.configuration(version))
            try await monitor.start()
            var viaSocket = try RedisConfiguration(url: server.unixURL ?? "")
            viaSocket.database = 3
            let unix = try RedisClient(viaSocket)
            // A client would not send MULTI.
            let tcp = try CommandLink(server.configuration())
            let everyByte = RedisBytes(Array(UInt8.min...UInt8.max))
            _ = try await tcp.send(["set", "] \"x\" [0 1", everyByte])
            try await unix.send(["SET", "", ""])
            _ = try await tcp.send(["EVAL", "return redis.call('GET', KEYS[1])", "1", "foo\\"])
            _ = try await tcp.send(["MULTI"])
            _ = try await tcp.send(["GET", "a b"])
            _ = try await tcp.send(["EXEC"])
            _ = try await tcp.send(["DEL", "end"])
            let found = try await commands(monitor, until: "DEL").filter {
                !["HELLO", "CLIENT", "SELECT", "INFO"].contains($0.name)
            }
            #expect(
                found.map { Array($0.arguments) } == [
                    ["set", "] \"x\" [0 1", everyByte],
                    ["SET", "", ""],
                    ["EVAL", "return redis.call('GET', KEYS[1])", "1", "foo\\"],
                    ["GET", "foo\\"],
                    ["MULTI"], ["GET", "a b"], ["EXEC"], ["DEL", "end"],
                ]
            )
            #expect(found[0].name == "SET")
            #expect(found[1].source == .unix(path: server.socketPath ?? ""))
            #expect(found[1].database == 3)
            #expect(found[3].source == .lua)
            guard case .tcp("127.0.0.1", let port) = found[0].source else { return #expect(Bool(false)) }
            #expect(port > 0)
            #expect(abs(found[0].time.microseconds - RedisTimestamp.now().microseconds) < 60_000_000)
            await unix.close()
            await tcp.close()
            await monitor.close()
        }
    }

    @Test("hides nothing and shows what the server redacts")
    func redacted() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration())
            try await monitor.start()
            let client = try CommandLink(server.configuration())
            _ = try? await client.send(["AUTH", "ann", "hunter2"])
            _ = try await client.send(["DEL", "x"])
            let found = try await commands(monitor, until: "DEL")
            #expect(found.contains { $0.arguments == ["AUTH", "(redacted)", "(redacted)"] })
            await client.close()
            await monitor.close()
        }
    }

    @Test("gives whole lines when asked for lines, also of megabytes")
    func lines() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration(), form: .lines)
            try await monitor.start()
            let client = try RedisClient(server.configuration())
            try await client.send(["SET", "big", RedisBytes([UInt8](repeating: 0xff, count: 3_000_000))])
            var found: RedisBytes?
            for try await event in monitor.events {
                if case .line(let line) = event, line.bytes.count > 1_000_000 {
                    found = line.bytes
                    break
                }
            }
            let command = try #require(found.flatMap { Monitor.Command(line: $0) })
            #expect(found?.count ?? 0 > 12_000_000)
            #expect(command.arguments[2].count == 3_000_000)
            #expect(command.arguments[2].allSatisfy { $0 == 0xff })
            await client.close()
            await monitor.close()
        }
    }

    @Test("comes back after a restart, with a gap between the commands")
    func restart() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration())
            try await monitor.start()
            try server.command("SET", "before", "1")
            // The restored link is known by its gap; what is sent after that is seen.
            var found: [String] = []
            var hasRestarted = false
            for try await event in monitor.events {
                switch event {
                case .command(let command) where command.name == "SET": found.append("\(command.arguments[1])")
                case .gap(let gap):
                    found.append("gap \(gap.isComplete)")
                    try server.command("SET", "after", "1")
                case .link(.lost): found.append("lost")
                case .link(.restored): found.append("restored")
                default: break
                }
                // Not before the line is here: a server that is killed may have answered SET and not yet shown it.
                if found == ["before"], !hasRestarted {
                    hasRestarted = true
                    server.kill()
                    try await server.restart()
                }
                if found.last == "after" { break }
            }
            #expect(found == ["before", "lost", "restored", "gap true", "after"])
            await monitor.close()
        }
    }

    @Test("says at first that the user may not monitor", arguments: bothProtocols)
    func notPermitted(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "-monitor")
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let monitor = try Monitor(configuration)
            let error = await #expect(throws: RedisError.self) { try await monitor.next() }
            #expect(error?.code == .notPermitted)
            await monitor.close()
        }
    }

    @Test("drops what its reader does not take, and never stops reading")
    func slowReader() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration(), buffer: RedisBufferLimit(events: 1000))
            try await monitor.start()
            let client = try RedisClient(server.configuration())
            let value = RedisBytes([UInt8](repeating: 0x78, count: 1000))
            for _ in 0..<100 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { try await client.send(["SET", "k", value]) } }
                    try await group.waitForAll()
                }
            }
            // Ten thousand commands, less the thousand that may wait; and what the client says first: HELLO and INFO,
            // as the server shows no CLIENT.
            #expect(try await eventually { monitor.statistics.droppedEvents == 9002 })
            // Nothing waits at the server: omem is what it would have to keep for us.
            #expect(
                try await eventually {
                    let list = try server.command("CLIENT", "LIST", "TYPE", "normal").split(separator: "\n")
                    return list.contains { $0.contains("cmd=monitor") && $0.contains(" omem=0 ") }
                }
            )
            guard case .event(.drop(let drop)) = try await monitor.next() else { return #expect(Bool(false)) }
            #expect(drop.count == monitor.statistics.droppedEvents)
            await client.close()
            await monitor.close()
        }
    }

    @Test("in a thread calls its handler, and stops from inside it")
    func thread() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration())
            let seen = Collector()
            try await monitor.start()
            let listener = try monitor.runInThread { error, _, thread in
                seen.add("\(type(of: error))")
                if seen.all.count == 4 { thread.stop() }
            } onEvent: { event in
                guard let command = event.command, command.name == "SET" else { return }
                seen.add("\(command.arguments[1])")
                throw RedisTestingFailure()
            }
            try server.command("SET", "a", "1")
            try server.command("SET", "b", "1")
            #expect(try await eventually { !listener.isAlive })
            #expect(seen.all == ["a", "RedisTestingFailure", "b", "RedisTestingFailure"])
            #expect(try joinOffPool(listener))
        }
    }

    struct RedisTestingFailure: Error {}
}

/// `join` blocks; in a test's task that is a call from a synchronous function.
func joinOffPool(_ listener: RedisListenerThread) throws -> Bool { try listener.join(timeout: .seconds(10)) }
