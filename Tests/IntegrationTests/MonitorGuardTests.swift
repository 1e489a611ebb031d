import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A monitor's guard, against a real server", .tags(.server, .timing), .timeLimit(.minutes(2)))
struct MonitorGuardTests {
    /// While a script runs the server writes to nobody, so that all lines of its commands pile up for the monitor,
    /// however fast that reads; and what the guard asks meanwhile is answered right behind it, before they are written.
    static let script = "for i = 1, 300000 do redis.call('PING') end"

    private func flood(_ server: RedisServer) throws {
        try server.command("EVAL", Self.script, "0")
    }

    /// Runs the script, once the guard's link is up, until the guard has made the monitor leave. That takes one run, if
    /// the guard's next question comes during the script; on a busy machine it may come when all lines are written.
    private func floodGuarded(_ server: RedisServer) async throws {
        #expect(try await eventually { try server.command("CLIENT", "LIST").contains(" name=guard-redis-events-") })
        let guarded = try #require(try monitorID(server))
        let hasLeft = try await eventually(within: .seconds(30)) {
            try flood(server)
            return try await eventually(within: .milliseconds(500)) { try monitorID(server) != guarded }
        }
        #expect(hasLeft)
    }

    /// The server's number of the monitor's link.
    private func monitorID(_ server: RedisServer) throws -> String? {
        let monitor = try server.command("CLIENT", "LIST").split(separator: "\n").first { $0.contains(" flags=O ") }
        return monitor.map { String($0.prefix { $0 != " " }) }
    }

    private func monitors(_ server: RedisServer) throws -> Int {
        try server.command("CLIENT", "LIST").split(separator: "\n").count { $0.contains(" flags=O ") }
    }

    private func quick(_ onTrip: Monitor.Guard.Reaction) -> Monitor.Guard {
        Monitor.Guard(limit: 1 << 20, interval: .milliseconds(5), onTrip: onTrip)
    }

    @Test("leaves MONITOR above the limit, and comes back with a gap that says why", arguments: bothProtocols)
    func resume(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(
                server.configuration(version),
                buffer: RedisBufferLimit(events: 1000),
                guard: quick(.resume(after: .milliseconds(20)))
            )
            try await monitor.start()
            try await floodGuarded(server)
            var found: [String] = []
            for try await event in monitor.events {
                switch event {
                case .link(.lost(let cause, _)):
                    #expect(cause.description.hasPrefix("the server kept "))
                    found.append("lost \(cause.reason)")
                case .link(.restored): found.append("restored")
                case .gap(let gap):
                    found.append("gap \(gap.cause.reason) \(gap.isComplete)")
                    #expect(gap.duration >= .milliseconds(20))
                    try server.command("SET", "after", "1")
                case .command(let command) where command.name == "SET": found.append("\(command.arguments[1])")
                case .command, .line, .drop: break
                case .link(.retrying), .link(.authenticationFailed), .unguarded, .failed: found.append("\(event)")
                }
                if found.last == "after" { break }
            }
            #expect(found == ["lost guardTripped", "restored", "gap guardTripped true", "after"])
            await monitor.close()
        }
    }

    @Test("leaves nothing at the server during the pause, and nothing here when it is closed meanwhile")
    func paused() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration(), guard: quick(.resume(after: .seconds(600))))
            try await monitor.start()
            try await floodGuarded(server)
            #expect(try await eventually { try monitors(server) == 0 })
            #expect(
                try await eventually { try server.command("INFO", "clients").contains("connected_clients:1\r\n") }
            )
            let start = ContinuousClock.now
            await monitor.close()
            #expect(start.duration(to: .now) < .seconds(5))
        }
    }

    @Test("ends the stream with its own error when that is asked for")
    func end() async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(server.configuration(), guard: quick(.end))
            try await monitor.start()
            try await floodGuarded(server)
            let error = await #expect(throws: RedisError.self) { for try await _ in monitor.events {} }
            #expect(error?.code == .guardTripped)
            #expect(error?.endpoint == (try server.configuration().endpoint))
            #expect(try await eventually { try monitors(server) == 0 })
            await monitor.close()
        }
    }

    @Test("does not leave without a guard, nor below the limit")
    func untouched() async throws {
        try await withRedisServer { server in
            for protection in [nil, Monitor.Guard(limit: 1 << 30, interval: .milliseconds(5))] {
                let monitor = try Monitor(server.configuration(), guard: protection)
                try await monitor.start()
                try flood(server)
                try server.command("SET", "end", "1")
                for try await event in monitor.events {
                    if case .link = event { #expect(Bool(false)) }
                    if case .command(let command) = event, command.name == "SET" { break }
                }
                await monitor.close()
            }
        }
    }

    @Test("shows nothing of itself among the commands", arguments: bothProtocols)
    func hidden(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(RedisServerOptions(password: "hunter2")) { server in
            var configuration = try server.configuration(version)
            configuration.database = 3
            configuration.clientName = "watch"
            let monitor = try Monitor(configuration, guard: Monitor.Guard(interval: .milliseconds(5)))
            try await monitor.start()
            func asked() throws -> Int {
                let text = try server.command("INFO", "commandstats")
                return text.firstMatch(of: #/cmdstat_client\|list:calls=([0-9]+)/#).flatMap { Int($0.1) } ?? 0
            }
            #expect(try await eventually { try asked() >= 5 })
            let guards = try server.command("CLIENT", "LIST").split(separator: "\n").filter {
                $0.contains(" name=watch-guard-redis-events-")
            }
            #expect(guards.count == 1)
            try server.command("SET", "end", "1")
            var names: Set<String> = []
            for try await event in monitor.events {
                guard let command = event.command else { continue }
                names.insert(command.name)
                if command.name == "SET" { break }
            }
            // What the test itself has asked; a client of somebody else is not hidden.
            #expect(names == ["AUTH", "INFO", "SET"])
            let client = try RedisClient(server.configuration())
            try await client.send(["CLIENT", "SETNAME", "guard"])
            try await client.send(["DEL", "end"])
            for try await event in monitor.events {
                guard let command = event.command else { continue }
                names.insert(command.name)
                if command.name == "DEL" { break }
            }
            #expect(names.isSuperset(of: ["HELLO", "CLIENT"]))
            await client.close()
            await monitor.close()
        }
    }

    @Test("says once that it may not look, and the monitor goes on", arguments: bothProtocols)
    func notPermitted(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "-client|list")
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let monitor = try Monitor(configuration, guard: quick(.end))
            try await monitor.start()
            guard case .event(.unguarded(let error)) = try await monitor.next() else {
                return #expect(Bool(false))
            }
            #expect(error.code == .notPermitted)
            try flood(server)
            try server.command("SET", "end", "1")
            for try await event in monitor.events {
                if case .unguarded = event { #expect(Bool(false)) }
                if case .command(let command) = event, command.name == "SET" { break }
            }
            #expect(try server.command("ACL", "LOG").contains("client|list"))
            #expect(try await eventually { try server.command("CLIENT", "LIST").split(separator: "\n").count == 2 })
            await monitor.close()
        }
    }

    @Test("is told of when it finds no room at the server, and works when there is some again")
    func maxClients() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            try await client.send(["CONFIG", "SET", "maxclients", "2"])
            let monitor = try Monitor(server.configuration(), guard: quick(.end))
            var told: [RedisError.Code] = []
            try await monitor.start()
            for try await event in monitor.events {
                if case .unguarded(let error) = event {
                    told.append(error.code)
                    break
                }
            }
            #expect(
                try await eventually {
                    let stats = try await client.send(["INFO", "stats"]).text ?? ""
                    let rejected = stats.firstMatch(of: #/rejected_connections:([0-9]+)/#).flatMap { Int($0.1) }
                    return rejected ?? 0 >= 3
                }
            )
            try await client.send(["CONFIG", "SET", "maxclients", "100"])
            try await floodGuarded(server)
            let error = await #expect(throws: RedisError.self) {
                for try await event in monitor.events {
                    if case .unguarded(let error) = event { told.append(error.code) }
                }
            }
            #expect(error?.code == .guardTripped)
            #expect(told.count == 1)
            await monitor.close()
            await client.close()
        }
    }

    @Test("asks for all clients where the server cannot be asked for one")
    func oldServer() async throws {
        try await withScriptedServer { connection in
            if connection.index == 0 {
                let command = try connection.answerHandshake(protocolVersion: 2)
                #expect(command == [Array("CLIENT".utf8), Array("ID".utf8)])
                try connection.send(":41\r\n")
                try connection.expectCommand("MONITOR")
                try connection.send("+OK\r\n")
            } else {
                // Nothing that MONITOR would show without the guard's name.
                let hello = try connection.readCommand().map { String(decoding: $0, as: UTF8.self) }
                #expect(hello.dropLast() == ["HELLO", "3", "SETNAME"])
                try connection.send("-ERR unknown command 'HELLO'\r\n")
                try connection.expectCommand("CLIENT", "SETNAME", hello.last ?? "")
                try connection.send("+OK\r\n")
                try connection.expectCommand("CLIENT", "LIST", "ID", "41")
                try connection.send("-ERR syntax error\r\n")
                try connection.expectCommand("CLIENT", "LIST")
                let list = "id=40 flags=N omem=1\nid=41 flags=O omem=2000000 cmd=monitor\n"
                try connection.send("$\(list.utf8.count)\r\n\(list)\r\n")
            }
            _ = try connection.waitForClose()
        } client: { url in
            let monitor = try Monitor(url, guard: quick(.end))
            let error = await #expect(throws: RedisError.self) { for try await _ in monitor.events {} }
            #expect(error?.code == .guardTripped)
            #expect(error?.message.contains(" 2000000 bytes ") == true)
            await monitor.close()
        }
    }

    @Test("refuses settings that cannot work")
    func invalid() throws {
        for protection in [
            Monitor.Guard(limit: 0), Monitor.Guard(interval: .zero), Monitor.Guard(onTrip: .resume(after: .zero)),
        ] {
            let error = #expect(throws: RedisError.self) { try Monitor("redis://localhost", guard: protection) }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
