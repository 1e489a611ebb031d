import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Silent links", .tags(.server, .timing), .timeLimit(.minutes(1)))
struct SilentLinkTests {
    private func configuration(_ server: RedisServer, _ version: RedisConfiguration.ProtocolVersion = .resp3) throws
        -> RedisConfiguration
    {
        var configuration = try server.configuration(version)
        configuration.heartbeat = .milliseconds(50)
        configuration.heartbeatTimeout = .seconds(1)
        return configuration
    }

    /// How often the server was asked.
    private func pings(_ server: RedisServer) throws -> Int {
        let line = try server.command("INFO", "commandstats").split(separator: "\r\n").first {
            $0.hasPrefix("cmdstat_ping:")
        }
        return line.flatMap { $0.split(separator: "=")[1].split(separator: ",").first }.flatMap { Int($0) } ?? 0
    }

    @Test("of a stopped server are found and restored, and until then asked in private", arguments: bothProtocols)
    func pubsub(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(configuration(server, version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            let asked = try pings(server)
            #expect(try await eventually { try pings(server) >= asked + 3 })
            #expect(try await pubsub.take(1, within: .milliseconds(1)) == ["nothing"])
            let start = ContinuousClock.now
            try server.pause()
            guard case .event(.link(.lost(let cause, _))) = try await pubsub.getMessage(timeout: .seconds(20)) else {
                return #expect(Bool(false))
            }
            #expect(cause.reason == .deadline)
            #expect(cause.description == "no answer to PING within 1.0 seconds")
            #expect(start.duration(to: .now) >= .seconds(1))
            try server.resume()
            #expect(try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"])
            try server.publish("foo", "x")
            #expect(try await pubsub.take(1) == ["message foo x"])
            await pubsub.close()
        }
    }

    @Test("are those, too, on which a message comes drop by drop, behind which no answer can come")
    func drip() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake()
            guard connection.index == 0 else { return }
            try connection.send("*3\r\n$9\r\nsubscribe\r\n$3\r\nfoo\r\n:1\r\n")
            try connection.send("*3\r\n$7\r\nmessage\r\n$3\r\nfoo\r\n$60000000\r\n")
            while (try? connection.send("x")) != nil {
                try? Promise<Void>().waitBlocking(until: .now.advanced(by: .milliseconds(10)))
            }
        } client: { url in
            var configuration = try scripted(url)
            configuration.heartbeat = .milliseconds(50)
            configuration.heartbeatTimeout = .milliseconds(300)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            guard case .event(.link(.lost(let cause, _))) = try await pubsub.getMessage(timeout: .seconds(20)) else {
                return #expect(Bool(false))
            }
            #expect(cause.description == "no answer to PING within 0.3 seconds")
            await pubsub.close()
        }
    }

    @Test("of a monitor show neither the questions nor the answers", arguments: bothProtocols)
    func monitor(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let monitor = try Monitor(configuration(server, version))
            try await monitor.start()
            // A command of another connection would be a line, and a line ends the silence, so none is sent until this
            // is over.
            guard case .nothing = try await monitor.next(timeout: .milliseconds(500)) else {
                return #expect(Bool(false))
            }
            #expect(try pings(server) >= 1)
            try server.command("PING", "mine")
            var seen: [[RedisBytes]] = []
            for try await event in monitor.events {
                guard let command = event.command else { return #expect(Bool(false)) }
                if command.name != "INFO" { seen.append(Array(command.arguments)) }
                if command.arguments.last == "mine" { break }
            }
            #expect(seen == [["PING", "mine"]])
            try server.pause()
            guard case .event(.link(.lost(let cause, _))) = try await monitor.next(timeout: .seconds(20)) else {
                return #expect(Bool(false))
            }
            #expect(cause.reason == .deadline)
            try server.resume()
            await monitor.close()
        }
    }

    @Test("of a client are asked between commands, not behind one that blocks")
    func client() async throws {
        try await withRedisServer { server in
            let client = try CommandLink(configuration(server))
            _ = try await client.send(["PING"])
            // Longer than interval and deadline together: were it asked now, the link would be given up.
            #expect(try await client.send(["BLPOP", "none", "1.5"]) == .null)
            let asked = try pings(server)
            #expect(try await eventually { try pings(server) >= asked + 2 })
            #expect(try await client.send(["ECHO", "mine"]) == .bulkString("mine"))
            #expect(try server.command("INFO", "stats").contains("\r\nrejected_connections:0"))
            await client.close()
        }
    }

    @Test("go unwatched when that is asked for")
    func off() async throws {
        try await withRedisServer { server in
            var configuration = try configuration(server)
            configuration.heartbeat = nil
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            let asked = try pings(server)
            #expect(try await pubsub.take(1, within: .milliseconds(300)) == ["nothing"])
            #expect(try pings(server) == asked)
            await pubsub.close()
        }
    }
}
