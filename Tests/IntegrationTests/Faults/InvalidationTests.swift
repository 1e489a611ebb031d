import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// An event in words that a test can compare.
func words(_ event: Invalidations.Event) -> String {
    switch event {
    case .invalidated(let keys): "invalidated \(keys.map(\.description).sorted().joined(separator: " "))"
    case .flushAll(.serverFlushed): "flush: server"
    case .flushAll(.linkLost): "flush: lost"
    case .flushAll(.trackingResumed): "flush: resumed"
    case .flushAll(.redirectBroken): "flush: redirect"
    case .flushAll(.dropped(let drop)): "flush: dropped \(drop.count)"
    case .link(.lost): "lost"
    case .link(.retrying): "retrying"
    case .link(.restored): "restored"
    case .link(.authenticationFailed): "authentication failed"
    case .push(let value): "push \(value.elements?.first?.text ?? "")"
    case .failed(let error): "failed \(error.code)"
    }
}

extension Invalidations {
    /// The next events in words, but for attempts to reconnect.
    func take(_ count: Int, within limit: Duration = .seconds(20)) async throws -> [String] {
        var found: [String] = []
        let deadline = ContinuousClock.now.advanced(by: limit)
        while found.count < count {
            switch try await next(timeout: ContinuousClock.now.duration(to: deadline)) {
            case .event(.link(.retrying)): continue
            case .event(let event): found.append(words(event))
            case .nothing, .handled: return found + ["nothing"]
            case .closed: return found + ["closed"]
            }
        }
        return found
    }
}

/// Takes no notice of what comes.
private final class NoSink: InvalidationSink {
    func keys(_ list: RawSpan) {}
    func event(_ event: Invalidations.Event) {}
    func turnEnded(isDrained: Bool) {}
    func ended(_ error: RedisError?) {}
}

@Suite("Invalidations", .tags(.server), .timeLimit(.minutes(2)))
struct InvalidationTests {
    private static let outage = ["lost", "flush: lost", "restored", "flush: resumed"]

    @Test("are heard by a cache also when they could not begin at first")
    func lease() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                proxy.refuse()
                let lease = TrackingLease()
                let invalidations = try Invalidations(
                    RedisConfiguration(url: proxy.url),
                    prefixes: [],
                    lease: lease,
                    sink: NoSink()
                )
                let error = await #expect(throws: RedisError.self) { try await invalidations.start() }
                #expect(error?.code == .connectFailed)
                try proxy.accept()
                try await invalidations.start()
                #expect(try await eventually { lease.heardAt > .min })
                await invalidations.close()
                #expect(lease.heardAt == .min)
            }
        }
    }

    @Test("name the keys below the prefixes that changed, in any way, with any bytes", arguments: bothProtocols)
    func keys(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let odd = RedisBytes([0x61, 0x3a, 0x00, 0x0d, 0x0a, 0xff])
            let invalidations = try Invalidations(server.configuration(version), prefixes: ["a:", "b"])
            try await invalidations.start()
            try server.command("SET", "a:1", "v")
            try server.command("SET", "c", "v")
            try server.command("MSET", "b1", "v", "b2", "v", "a:2", "v")
            try server.command([Array("SET".utf8), odd.bytes, [], Array("PX".utf8), Array("30".utf8)])
            try server.command("DEL", "b1")
            var found: [String] = []
            // It is set, and expires, before or behind the last command.
            var ofOdd = 0
            while found.last != "invalidated b1" || ofOdd < 2,
                case .event(let event) = try await invalidations.next(timeout: .seconds(10))
            {
                if case .invalidated(let keys) = event, keys == [odd] {
                    ofOdd += 1
                } else {
                    found.append(words(event))
                }
            }
            #expect(found == ["invalidated a:1", "invalidated a:2", "invalidated b1 b2", "invalidated b1"])
            #expect(ofOdd == 2)
            await invalidations.close()
        }
    }

    @Test("take in all keys without a prefix, in one event for a turn of the server")
    func everything() async throws {
        try await withRedisServer { server in
            let invalidations = try Invalidations(server.url)
            try await invalidations.start()
            try server.command("MSET", "x", "1", "", "2", "y", "3")
            guard case .event(.invalidated(let keys)) = try await invalidations.next(timeout: .seconds(10)) else {
                return #expect(Bool(false))
            }
            #expect(Set(keys) == ["x", "", "y"])
            await invalidations.close()
        }
    }

    @Test("are a flush when the server flushes", arguments: bothProtocols)
    func flushed(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let invalidations = try Invalidations(server.configuration(version), prefixes: ["a"])
            try await invalidations.start()
            try server.command("SET", "a", "v")
            try server.command("FLUSHALL")
            try server.command("SET", "a", "v")
            try server.command("FLUSHDB")
            #expect(
                try await invalidations.take(4) == ["invalidated a", "flush: server", "invalidated a", "flush: server"]
            )
            await invalidations.close()
        }
    }

    @Test("are a flush when the link is killed, and one more when it is back", arguments: bothProtocols)
    func killed(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let invalidations = try Invalidations(server.configuration(version), prefixes: ["a"])
            try await invalidations.start()
            try server.command("SET", "a", "v")
            // There is one link in either protocol: in RESP2 it is what tracks and what is told.
            try server.command("CLIENT", "KILL", "TYPE", version == .resp2 ? "pubsub" : "normal", "SKIPME", "yes")
            #expect(try await invalidations.take(5) == ["invalidated a"] + Self.outage)
            try server.command("SET", "a", "v")
            #expect(try await invalidations.take(1) == ["invalidated a"])
            await invalidations.close()
        }
    }

    @Test("are a flush when the server is restarted", arguments: bothProtocols)
    func restarted(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let invalidations = try Invalidations(server.configuration(version))
            try await invalidations.start()
            server.kill()
            try await server.restart()
            #expect(try await invalidations.take(4) == Self.outage)
            try server.command("SET", "a", "v")
            #expect(try await invalidations.take(1) == ["invalidated a"])
            await invalidations.close()
        }
    }

    @Test("find a server that has stopped, and that one is a flush too")
    func stopped() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.heartbeat = .milliseconds(100)
            configuration.heartbeatTimeout = .seconds(1)
            let invalidations = try Invalidations(configuration)
            try await invalidations.start()
            try server.pause()
            #expect(try await invalidations.take(2) == ["lost", "flush: lost"])
            try server.resume()
            #expect(try await invalidations.take(2) == ["restored", "flush: resumed"])
            await invalidations.close()
        }
    }

    @Test("survive their own signs of life", arguments: bothProtocols)
    func heartbeat(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration(version)
            configuration.heartbeat = .milliseconds(20)
            let invalidations = try Invalidations(configuration)
            try await invalidations.start()
            #expect(
                try await eventually {
                    try server.command("INFO", "commandstats").contains(#/cmdstat_ping:calls=([5-9]|[1-9][0-9]+),/#)
                }
            )
            try server.command("SET", "a", "v")
            #expect(try await invalidations.take(1) == ["invalidated a"])
            await invalidations.close()
        }
    }

    @Test("dropped by a slow reader leave a flush exactly in their place, and no flush is ever dropped")
    func dropped() async throws {
        try await withRedisServer { server in
            let invalidations = try Invalidations(server.configuration(), buffer: RedisBufferLimit(events: 3))
            try await invalidations.start()
            for index in 0..<6 { try server.command("SET", "k\(index)", "v") }
            try server.command("FLUSHALL")
            for index in 6..<12 { try server.command("SET", "k\(index)", "v") }
            #expect(try await eventually { invalidations.statistics.droppedEvents == 9 })
            #expect(
                try await invalidations.take(6) == [
                    "flush: dropped 6", "flush: server", "flush: dropped 3", "invalidated k9", "invalidated k10",
                    "invalidated k11",
                ]
            )
            await invalidations.close()
        }
    }

    @Test("count what a long list of keys holds towards the limit in bytes")
    func bytes() async throws {
        try await withRedisServer { server in
            let limit = RedisBufferLimit(events: 100, bytes: 10_000)
            let invalidations = try Invalidations(server.configuration(), buffer: limit)
            try await invalidations.start()
            let names = (0..<200).flatMap { ["\($0)" + String(repeating: "x", count: 100), "v"] }
            try server.command((["MSET"] + names).map { Array($0.utf8) })
            #expect(try await invalidations.take(1) == ["flush: dropped 1"])
            await invalidations.close()
        }
    }

    @Test("are not what a stranger publishes under their name", arguments: bothProtocols)
    func stranger(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let invalidations = try Invalidations(server.configuration(version))
            try await invalidations.start()
            try server.publish("__redis__:invalidate", "a")
            try server.publish("__redis__:invalidate", "")
            try server.command("SET", "b", "v")
            #expect(try await invalidations.take(1) == ["invalidated b"])
            await invalidations.close()
        }
    }

    @Test("are a flush when the redirection is broken, and unknown pushes are passed on")
    func redirectBroken() async throws {
        try await withScriptedServer { connection in
            let command = try connection.answerHandshake(protocolVersion: 3)
            #expect(command == ["CLIENT", "TRACKING", "ON", "BCAST"].map { Array($0.utf8) })
            try connection.send("+OK\r\n")
            if connection.index == 0 {
                try connection.send(">2\r\n$4\r\nnews\r\n:1\r\n>2\r\n$21\r\ntracking-redir-broken\r\n:7\r\n")
            } else {
                try connection.send(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n")
            }
            _ = try connection.waitForClose()
        } client: { url in
            let invalidations = try Invalidations(url)
            #expect(
                try await invalidations.take(8) == ["push news", "flush: redirect"] + Self.outage + [
                    "invalidated a", "flush: server",
                ]
            )
            await invalidations.close()
        }
    }

    @Test("cannot be had everywhere: that is an error by its kind at the start")
    func refused() async throws {
        #expect(throws: RedisError.self) { try Invalidations("redis://localhost", prefixes: ["a", "ab"]) }
        #expect(throws: RedisError.self) { try Invalidations("redis://localhost", prefixes: ["b", "a", "b"]) }
        #expect(throws: RedisError.self) { try Invalidations("redis://localhost", prefixes: ["b", ""]) }
        try await withRedisServer { server in
            for version in bothProtocols {
                try server.command("ACL", "SETUSER", "u", "on", ">pw", "+@all", "-client|tracking", "allchannels")
                var configuration = try server.configuration(version)
                configuration.credentials = RedisCredentials(username: "u", password: "pw")
                let invalidations = try Invalidations(configuration)
                let error = await #expect(throws: RedisError.self) { try await invalidations.start() }
                #expect(error?.code == .notPermitted)
                // It may be tried again.
                try server.command("ACL", "SETUSER", "u", "+client|tracking")
                try await invalidations.start()
                await invalidations.close()
            }
        }
        try await withScriptedServer { connection in
            #expect(try connection.answerHandshake(protocolVersion: 2) == [Array("CLIENT".utf8), Array("ID".utf8)])
            try connection.send(":3\r\n")
            _ = try connection.readCommand()
            _ = try connection.readCommand()
            try connection.send(
                "-ERR Unknown subcommand or wrong number of arguments for 'TRACKING'. Try CLIENT HELP\r\n"
            )
            _ = try connection.waitForClose()
        } client: { url in
            let invalidations = try Invalidations(url)
            let error = await #expect(throws: RedisError.self) { try await invalidations.start() }
            #expect(error?.code == .unsupported)
            #expect(error?.message == "the server has no CLIENT TRACKING (Redis 6.0)")
            await invalidations.close()
        }
    }

    @Test("may be refused later too: then each link that is refused is a flush")
    func refusedLater() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "u", "on", ">pw", "+@all", "allchannels")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "u", password: "pw")
            let invalidations = try Invalidations(configuration)
            try await invalidations.start()
            try server.command("ACL", "SETUSER", "u", "-client|tracking")
            await invalidations.cut()
            #expect(try await invalidations.take(4) == ["lost", "flush: lost", "lost", "flush: lost"])
            try server.command("ACL", "SETUSER", "u", "+client|tracking")
            var last = ""
            while last != "flush: resumed" && last != "nothing" { last = try await invalidations.take(1)[0] }
            #expect(last == "flush: resumed")
            await invalidations.close()
        }
    }
}
