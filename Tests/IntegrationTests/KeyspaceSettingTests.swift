import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("The server's setting for events of keys", .tags(.server), .timeLimit(.minutes(2)))
struct KeyspaceSettingTests {
    private func options(_ flags: String, _ more: String...) -> RedisServerOptions {
        RedisServerOptions(arguments: ["--notify-keyspace-events", flags] + more)
    }

    /// The server's flags, what is asked for, which flags are missing, and the remedy.
    static let lacks: [(String, [RedisBytes], [KeyspaceEvents.KeyEvent.Name], String, String)] = [
        ("", [], [], "AE", "AE"), ("E", [], [.set], "$", "'$E'"), ("KA", [], [.set], "E", "AKE"),
        ("EA", ["a*"], [], "K", "AKE"), ("Ex", ["a*"], [.expired, .del], "gK", "gxKE"),
        ("KEA", [], [.keymiss], "m", "AKEm"),
        ("KE", [], [.new], "n", "KEn"),
    ]

    @Test("is an error when flags are missing, and the error names them and the remedy", arguments: lacks)
    func missing(
        _ flags: String,
        _ patterns: [RedisBytes],
        _ events: [KeyspaceEvents.KeyEvent.Name],
        _ missing: String,
        _ remedy: String
    )
        async throws
    {
        try await withRedisServer(options(flags)) { server in
            let keys = try KeyspaceEvents(server.configuration(), keys: patterns, events: events)
            let error = try #require(await #expect(throws: RedisError.self) { try await keys.start() })
            #expect(error.code == .notificationsOff)
            let cause = try #require(error.underlyingError as? KeyspaceEvents.MissingNotifications)
            #expect(cause.flags == missing)
            #expect(cause.remedy == "CONFIG SET notify-keyspace-events \(remedy)")
            #expect(error.message.contains(cause.remedy))
            // The remedy is one, and the same object may be started again.
            try server.command("CONFIG", "SET", "notify-keyspace-events", remedy.filter { $0 != "'" })
            try await keys.start()
            await keys.close()
        }
    }

    @Test("leaves the events of an accepted pattern when the server refuses one before it that would report them too")
    func refusedPattern() async throws {
        try await withRedisServer(options("KEA")) { server in
            let allowed = "&__keyspace@*__:user:1*"
            try server.command("ACL", "SETUSER", "limited", "on", ">pw", "~*", "resetchannels", allowed, "+@all")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "limited", password: "pw")
            let keys = try KeyspaceEvents(configuration, keys: ["user:*", "user:1*"])
            try await keys.start()
            try server.command("SET", "user:12", "v")
            #expect(try await keys.take(2) == ["refused __keyspace@*__:user:*", "0 set user:12"])
            // A reconnect asks for the refused pattern no more, or is refused it again.
            await keys.cut()
            #expect(try await keys.take(3, skipping: ["refused __keyspace@*__:user:*"]) == ["lost", "restored", "gap"])
            try server.command("SET", "user:13", "v")
            #expect(try await keys.take(1) == ["0 set user:13"])
            await keys.close()
        }
    }

    @Test("is checked on the link that came up while the first check was made, so that its gap ends")
    func lostWhileStarting() async throws {
        let subscriber = Locked<ScriptedConnection?>(nil)
        let links = Locked(0)
        let questions = Locked(0)
        try await withScriptedServer(timeout: .seconds(60)) { connection in
            do {
                var command = try connection.answerHandshake(protocolVersion: 3)
                while true {
                    let words = command.map { String(decoding: $0, as: UTF8.self) }
                    switch words[0].uppercased() {
                    case "PSUBSCRIBE", "SUBSCRIBE":
                        for name in words.dropFirst() {
                            try connection.send(ScriptedShard.push(words[0].lowercased(), name))
                        }
                        subscriber.withLock { $0 = connection }
                        links.withLock { $0 += 1 }
                    case "CONFIG":
                        // The start asks in vain, and whoever is next waits for an answer until somebody else asks.
                        let number = questions.withLock { count in
                            count += 1
                            return count
                        }
                        if number == 1 { break }
                        if number == 2 {
                            _ = eventuallyBlocking(within: .milliseconds(300)) { questions.withLock { $0 } > 2 }
                        }
                        try connection.send("%1\r\n$22\r\nnotify-keyspace-events\r\n$3\r\nAKE\r\n")
                    case "PING": try connection.send("+PONG\r\n")
                    default: try connection.send("-ERR unknown command\r\n")
                    }
                    command = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            var policy = KeyspaceEvents.NotificationPolicy.verify
            policy.checkInterval = nil
            var configuration = try scripted(url)
            configuration.lossBoundInterval = nil
            let keys = try KeyspaceEvents(configuration, notifications: policy)
            let starting = Task { try await keys.start() }
            #expect(try await eventually { questions.withLock { $0 } == 1 })
            subscriber.withLock { $0.take() }?.closeGracefully()
            #expect(try await eventually { links.withLock { $0 } == 2 })
            try await starting.joined
            #expect(try await keys.take(3) == ["lost", "restored", "gap"])
            await keys.close()
        }
    }

    @Test("is not called missing when the server does not show it")
    func hidden() async throws {
        try await withRedisServer(options("KEAn")) { server in
            let keys = try KeyspaceEvents(server.configuration(), events: [.new])
            try await keys.start()
            try server.command("SET", "k", "v")
            #expect(try await keys.take(2) == ["unknown n", "0 new k"])
            await keys.close()
        }
    }

    @Test("is changed and set back only when that is asked for", arguments: [false, true])
    func restored(_ restoring: Bool) async throws {
        try await withRedisServer(options("xK")) { server in
            let keys = try KeyspaceEvents(
                server.configuration(),
                events: [.set],
                notifications: .addMissing(restoring: restoring)
            )
            try await keys.start()
            #expect(try server.notifyFlags == "$xKE")
            try server.command("SET", "k", "v")
            #expect(try await keys.take(2) == ["enabled $xKE", "0 set k"])
            #expect(words(await keys.close()) == (restoring ? "restored xK" : "not due"))
            #expect(try server.notifyFlags == (restoring ? "xK" : "$xKE"))
            #expect(words(await keys.close()) == "not due")
        }
    }

    @Test("takes more flags than needed when they are given")
    func added() async throws {
        try await withRedisServer { server in
            let keys = try KeyspaceEvents(
                server.configuration(),
                events: [.set],
                notifications: .add("KEA", restoring: true)
            )
            try await keys.start()
            #expect(try server.notifyFlags == "AKE")
            await keys.close()
            #expect(try server.notifyFlags == "")
        }
    }

    @Test("is left alone when somebody else has changed it, or when nothing had to be changed")
    func leftAlone() async throws {
        try await withRedisServer { server in
            var keys = try KeyspaceEvents(server.configuration(), notifications: .addMissing(restoring: true))
            try await keys.start()
            try server.command("CONFIG", "SET", "notify-keyspace-events", "KEA")
            #expect(words(await keys.close()) == "left alone AKE")
            #expect(try server.notifyFlags == "AKE")
            keys = try KeyspaceEvents(server.configuration(), notifications: .addMissing(restoring: true))
            try await keys.start()
            #expect(words(await keys.close()) == "not due")
            #expect(try server.notifyFlags == "AKE")
        }
    }

    @Test("does not lose a flag that it hides, when another is added or taken back")
    func hiddenKept() async throws {
        try await withRedisServer(options("EAn")) { server in
            #expect(try server.notifyFlags == "AE")
            let keys = try KeyspaceEvents(
                server.configuration(),
                keys: ["k*"],
                notifications: .addMissing(restoring: true)
            )
            try await keys.start()
            try server.command("SET", "k", "v")
            #expect(try await keys.take(3) == ["enabled AKEn", "0 new k", "0 set k"])
            #expect(words(await keys.close()) == "restored AEn")
            let after = try KeyspaceEvents(server.configuration(), events: [.new])
            try await after.start()
            try server.command("SET", "l", "v")
            #expect(try await after.take(2) == ["unknown n", "0 new l"])
            await after.close()
        }
    }

    @Test("may be beyond our rights to see: that is said, and events come all the same", arguments: [false, true])
    func refused(_ enabling: Bool) async throws {
        try await withRedisServer(options("KEA")) { server in
            try server.command("ACL", "SETUSER", "u", "on", ">pw", "+@all", "-config", "allchannels", "allkeys")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "u", password: "pw")
            let keys = try KeyspaceEvents(
                configuration,
                events: [.set],
                notifications: enabling ? .addMissing(restoring: true) : .verify
            )
            try await keys.start()
            try server.command("SET", "k", "v")
            #expect(try await keys.take(2) == ["unverified notPermitted", "0 set k"])
            await keys.close()
        }
    }

    @Test("may be ours to see and not to set, or not be set for flags that do not exist")
    func unsettable() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "u", "on", ">pw", "+@all", "-config|set", "allchannels", "allkeys")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "u", password: "pw")
            var keys = try KeyspaceEvents(configuration, notifications: .addMissing())
            var error = try #require(await #expect(throws: RedisError.self) { try await keys.start() })
            #expect(error.code == .notificationsOff)
            #expect((error.underlyingError as? KeyspaceEvents.MissingNotifications)?.cause?.code == .notPermitted)
            await keys.close()
            keys = try KeyspaceEvents(server.configuration(), notifications: .add("Q"))
            error = try #require(await #expect(throws: RedisError.self) { try await keys.start() })
            #expect((error.underlyingError as? KeyspaceEvents.MissingNotifications)?.cause?.code == .serverError)
            await keys.close()
            #expect(try server.notifyFlags == "")
        }
    }

    @Test(
        "is told when a restart has lost it, and the gap lasts until it is right, or at least known",
        arguments: [.milliseconds(20), nil] as [Duration?]
    )
    func lostByRestart(_ interval: Duration?) async throws {
        try await withRedisServer { server in
            try server.command("CONFIG", "SET", "notify-keyspace-events", "KEA")
            let keys = try KeyspaceEvents(
                server.configuration(),
                events: [.set],
                notifications: .verify.checking(every: interval)
            )
            try await keys.start()
            try server.command("SET", "k", "v")
            #expect(try await keys.take(1) == ["0 set k"])
            server.kill()
            try await server.restart()
            // Nobody sees its end who does not look again.
            let gap = interval == nil ? "gap" : "gap so far"
            #expect(try await keys.take(4, skipping: ["retrying"]) == ["lost", "restored", "missing $E", gap])
            try server.command("CONFIG", "SET", "notify-keyspace-events", "KEA")
            if interval != nil { #expect(try await keys.take(2) == ["verified", "gap"]) }
            try server.command("SET", "k", "v")
            #expect(try await keys.take(1) == ["0 set k"])
            await keys.close()
        }
    }

    @Test(
        "is set again after a restart when it may be, and set back to what the new server had",
        arguments: bothProtocols
    )
    func setAgain(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(options("m")) { server in
            let keys = try KeyspaceEvents(
                server.configuration(version),
                events: [.set],
                notifications: .addMissing(restoring: true)
            )
            try await keys.start()
            #expect(try await keys.take(1) == ["enabled $Em"])
            server.kill()
            try await server.restart()
            #expect(
                try await keys.take(4, skipping: ["retrying"]) == ["lost", "restored", "enabled $Em", "gap"]
            )
            try server.command("SET", "k", "v")
            #expect(try await keys.take(1) == ["0 set k"])
            await keys.close()
            #expect(try server.notifyFlags == "m")
        }
    }

    @Test("is not spoken of again after a reconnect that changed nothing")
    func reconnect() async throws {
        try await withRedisServer(options("KEA")) { server in
            let keys = try KeyspaceEvents(server.configuration(), events: [.set])
            try await keys.start()
            await keys.cut()
            #expect(try await keys.take(3, skipping: ["retrying"]) == ["lost", "restored", "gap"])
            try server.command("SET", "k", "v")
            #expect(try await keys.take(1) == ["0 set k"])
            await keys.close()
        }
    }

    @Test("is asked for again when there was no link to ask over")
    func noLink() async throws {
        try await withRedisServer(options("KEA")) { server in
            let client = try RedisClient(server.configuration())
            try await client.ping()
            let policy = KeyspaceEvents.NotificationPolicy.verify.checking(every: .seconds(600))
            let keys = try KeyspaceEvents(server.configuration(), events: [.set], notifications: policy)
            try await keys.start()
            // Room for the client and the subscription, and for nobody who asks.
            try await client.send(["CONFIG", "SET", "maxclients", "2"])
            try await client.send(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
            await keys.cut()
            #expect(
                try await keys.take(4, skipping: ["retrying"]) == ["lost", "restored", "unverified serverError", "gap"]
            )
            try await client.send(["SET", "k", "v"])
            #expect(try await keys.take(1) == ["0 set k"])
            try await client.send(["CONFIG", "SET", "maxclients", "100"])
            #expect(try await keys.take(1) == ["verified"])
            await client.close()
            await keys.close()
        }
    }

    @Test("is looked at before the gap ends: an event that comes earlier stands between two records of it")
    func gapInParts() async throws {
        let mayAnswer = Collector()
        try await withScriptedServer { connection in
            let command = try connection.answerHandshake(protocolVersion: 3)
            if command[0] == Array("CONFIG".utf8) {
                if connection.index > 1 { _ = eventuallyBlocking { mayAnswer.all == ["yes"] } }
                try connection.send("%1\r\n$22\r\nnotify-keyspace-events\r\n$3\r\nAKE\r\n")
            } else {
                let pattern = "$18\r\n__keyevent@*__:set\r\n"
                try connection.send(">3\r\n$10\r\npsubscribe\r\n\(pattern):1\r\n")
                if connection.index > 0 {
                    try connection.send(">4\r\n$8\r\npmessage\r\n\(pattern)$18\r\n__keyevent@0__:set\r\n$1\r\nk\r\n")
                }
            }
            // Whatever else is asked, such as what a gap may have cost, has an answer of some kind.
            while (try? connection.readCommand()) != nil { try? connection.send("-ERR no\r\n") }
        } client: { url in
            let keys = try KeyspaceEvents(url, events: [.set], notifications: .verify.checking(every: nil))
            try await keys.start()
            await keys.cut()
            #expect(try await keys.take(4) == ["lost", "restored", "gap so far", "0 set k"])
            #expect(try await keys.next(timeout: .zero).event == nil)
            let before = RedisTimestamp.now()
            mayAnswer.add("yes")
            var end: RedisTimestamp?
            if case .event(.gap(let gap)) = try await keys.next(timeout: .seconds(10)), gap.isComplete {
                end = gap.until
            }
            #expect(try #require(end).microseconds >= before.microseconds - 1_000)
            await keys.close()
        }
    }
}
