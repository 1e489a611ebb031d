import Glibc
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Why the link was lost", .tags(.server, .timing), .timeLimit(.minutes(2)))
struct DisconnectCauseTests {
    /// The causes that the next complete gap and the loss before it tell.
    private func causes(_ pubsub: PubSub) async throws -> (
        atOnce: RedisDisconnect?, later: RedisDisconnect?, retries: [RedisError]
    ) {
        var atOnce: RedisDisconnect?
        var retries: [RedisError] = []
        while case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) {
            switch event {
            case .link(.lost(let cause, _)): atOnce = cause
            case .link(.retrying(let error, _)): retries.append(error)
            case .gap(let gap) where gap.isComplete: return (atOnce, gap.cause, retries)
            default: break
            }
        }
        return (atOnce, nil, retries)
    }

    @Test("CLIENT KILL", arguments: bothProtocols)
    func clientKill(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version))
            try await pubsub.subscribe("c")
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            let causes = try await self.causes(pubsub)
            #expect(causes.atOnce?.reason == .endOfStream)
            #expect(causes.atOnce?.confidence == .possible)
            #expect(causes.later?.reason == .clientKilled)
            #expect(causes.later?.confidence == .likely)
            await pubsub.close()
        }
    }

    @Test("a restart of the server", arguments: bothProtocols)
    func restart(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version))
            try await pubsub.subscribe("c")
            let monitor = try Monitor(server.configuration(version))
            try await monitor.start()
            try await server.restart()
            let causes = try await self.causes(pubsub)
            #expect(causes.later?.reason == .serverRestarted)
            #expect(causes.later?.confidence == .likely)
            #expect(causes.later?.description == "the server closed the connection: probably the server was restarted")
            var seen: RedisDisconnect?
            while seen == nil, case .event(let event) = try await monitor.next(timeout: .seconds(10)) {
                if case .gap(let gap) = event { seen = gap.cause }
            }
            #expect(seen?.reason == .serverRestarted)
            await monitor.close()
            await pubsub.close()
        }
    }

    @Test("the output buffer's limit, when the server stops in the middle of a frame", arguments: bothProtocols)
    func outputBuffer(version: RedisConfiguration.ProtocolVersion) async throws {
        let limit = ["--client-output-buffer-limit", "pubsub 1mb 1mb 1"]
        try await withRedisServer(RedisServerOptions(arguments: limit)) { server in
            let loop = try RedisEventLoop(name: "stuck")
            let pubsub = try PubSub(server.configuration(version), loop: loop)
            let isStuck = Locked(true)
            let stuck = Locked(false)
            // The loop does not read meanwhile, as if the process were starved.
            try await pubsub.subscribe(
                "c",
                handler: .inline { _ in
                    stuck.withLock { $0 = true }
                    _ = eventuallyBlocking(within: .seconds(60)) { !isStuck.withLock { $0 } }
                }
            )
            try server.publish("c", "first")
            #expect(try await eventually { stuck.withLock { $0 } })
            let payload = RedisBytes([UInt8](repeating: 0x78, count: 100_000))
            var receivers = 1
            while receivers == 1 { receivers = try server.publish("c", payload) }
            isStuck.withLock { $0 = false }
            let causes = try await self.causes(pubsub)
            #expect(causes.atOnce?.reason == .outputBufferLimit)
            #expect(causes.atOnce?.confidence == .likely)
            #expect(causes.later?.reason == .outputBufferLimit)
            await pubsub.close()
        }
    }

    @Test("a channel that the user may not have any more", arguments: bothProtocols)
    func revokedChannel(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "&*")
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("mine", "yours")
            try server.command("ACL", "SETUSER", "ann", "resetchannels", "&mine")
            var refused: [RedisBytes] = []
            var gap: RedisGap?
            while gap == nil, case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) {
                if case .refused(let refusal) = event { refused.append(refusal.name) }
                if case .gap(let found) = event, found.isComplete { gap = found }
            }
            #expect(gap?.cause.reason == .rightsChanged)
            #expect(gap?.cause.confidence == .likely)
            #expect(refused == ["yours"])
            #expect(await pubsub.states().map(\.name) == ["mine"])
            await pubsub.close()
        }
    }

    @Test("a user that is no more, and comes back", arguments: bothProtocols)
    func deletedUser(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            func create() throws { try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "&*") }
            try create()
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            try server.command("ACL", "DELUSER", "ann")
            let seen = Task { try await self.causes(pubsub) }
            #expect(try await eventually { try server.command("ACL", "LOG").contains("ann") })
            try create()
            let causes = try await seen.joined
            #expect(causes.later?.reason == .rightsChanged)
            #expect(causes.retries.first?.code == .authenticationFailed)
            await pubsub.close()
        }
    }

    @Test("too many clients: said in words, tried again without haste", arguments: bothProtocols)
    func maxClients(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration(version)
            configuration.reconnect.minimumDelay = .milliseconds(100)
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            let occupant = try RedisClient(server.configuration())
            try await occupant.send(["CONFIG", "SET", "maxclients", "1"])
            let newcomer = try PubSub(configuration)
            let refusal = await #expect(throws: RedisError.self) { try await newcomer.subscribe("c") }
            #expect(refusal?.message == "ERR max number of clients reached")
            await newcomer.close()
            let start = ContinuousClock.now
            try await occupant.send(["CLIENT", "KILL", "TYPE", "pubsub"])
            let seen = Task { try await self.causes(pubsub) }
            let rejected = try await occupant.rejectedConnections()
            #expect(try await eventually { try await occupant.rejectedConnections() >= rejected + 3 })
            try await occupant.send(["CONFIG", "SET", "maxclients", "100"])
            let causes = try await seen.joined
            #expect(causes.retries.allSatisfy { $0.message == "ERR max number of clients reached" })
            // 50 ms at least, then twice as long each time.
            let most = 2 + Int(start.duration(to: .now) / .milliseconds(50))
            #expect((1...most).contains(causes.retries.count))
            await occupant.close()
            await pubsub.close()
        }
    }

    @Test("the idle timeout, which spares subscribers")
    func idleTimeout() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--timeout", "1"])) { server in
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe("c")
            let client = try RedisClient(server.configuration())
            try await client.send(["PING"])
            #expect(try await eventually { try !server.command("CLIENT", "LIST").contains("cmd=ping") })
            // The next command finds a new link; the subscription has never lost its own.
            #expect(try await client.publish("c", "x") == 1)
            #expect(try await pubsub.take(2) == ["subscribed c 1", "message c x"])
            await client.close()
            await pubsub.close()
        }
    }
}

extension RedisClient {
    /// How many connections the server has turned away.
    fileprivate func rejectedConnections() async throws -> Int {
        let information = try await send(["INFO", "stats"]).text ?? ""
        return information.split(whereSeparator: \.isNewline).compactMap { line in
            line.hasPrefix("rejected_connections:") ? Int(line.dropFirst("rejected_connections:".count)) : nil
        }.first ?? 0
    }
}
