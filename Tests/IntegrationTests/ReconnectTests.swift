import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Lost links", .tags(.server), .timeLimit(.minutes(2)))
struct ReconnectTests {
    @Test("are restored with every subscription, and the gap stands between the messages", arguments: bothProtocols)
    func restart(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            let handled = Collector()
            try await pubsub.subscribe("foo", RedisBytes([0xff]))
            try await pubsub.psubscribe("b*") { handled.add("\($0.payload)") }
            try await pubsub.ssubscribe("shard")
            try server.publish("foo", "before")
            #expect(try await pubsub.take(1) == ["message foo before"])
            let from = RedisTimestamp.now()
            server.kill()
            try await server.restart()
            #expect(try await pubsub.take(3, skipping: ["retrying"]) == ["lost", "restored", "gap"])
            #expect(try server.publish("foo", "after") == 1)
            #expect(try server.publish("bar", "handled") == 1)
            #expect(try server.publish(RedisBytes([0xff]), "binary") == 1)
            #expect(try server.spublish("shard", "sharded") == 1)
            #expect(
                try await pubsub.take(4) == [
                    "message foo after", "handled", "message \\xff binary", "smessage shard sharded",
                ]
            )
            #expect(handled.all == ["handled"])
            #expect(from < RedisTimestamp.now())
            await pubsub.close()
        }
    }

    @Test("give a gap with its cause and its times")
    func gapRecord() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            try server.publish("foo", "x")
            let message = try #require(try await pubsub.getMessage(timeout: .seconds(10)).message)
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            var found: RedisGap?
            while found == nil {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) else { break }
                if case .gap(let gap) = event { found = gap }
            }
            let gap = try #require(found)
            #expect(gap.cause.reason == .clientKilled)
            #expect(gap.cause.confidence == .likely)
            #expect(gap.cause.observation == "the server closed the connection")
            #expect(gap.from == message.receivedAt)
            #expect(gap.lastEvent == message.receivedAt)
            #expect(gap.lastEventInstant == gap.fromInstant)
            #expect(gap.names == [RedisGap.Name(kind: .channel, name: "foo")])
            #expect(gap.missedPublishes == 0)
            #expect(gap.until > gap.from)
            #expect(gap.duration > .zero)
            #expect(gap.isComplete)
            await pubsub.close()
        }
    }

    @Test("keep an unsubscribe whose confirmation was lost with them")
    func lostUnsubscribe() async throws {
        try await withScriptedServer { connection in
            let names: [[UInt8]] = connection.index == 0 ? [[0x61], [0x62]] : [[0x61]]
            let command = try connection.answerHandshake(protocolVersion: 3)
            #expect(command == [Array("SUBSCRIBE".utf8)] + names)
            if connection.index == 0 {
                try connection.send(
                    ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"
                )
                // The unsubscribe is read and never confirmed.
                try connection.expectCommand("UNSUBSCRIBE", "b")
                connection.reset()
            } else {
                try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
                _ = try connection.waitForClose()
            }
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            try await pubsub.subscribe("a", "b")
            #expect(try await pubsub.unsubscribe("b").map(\.count) == [nil])
            #expect(
                try await pubsub.take(7) == [
                    "subscribed a 1", "subscribed b 2", "lost", "unsubscribed b", "restored", "subscribed a 1", "gap",
                ]
            )
            #expect(await pubsub.states().map(\.name) == ["a"])
            await pubsub.close()
        }
    }

    @Test("let a subscribe that they interrupt wait for the next link")
    func interruptedSubscribe() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            if connection.index == 0 { return connection.reset() }
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            #expect(try await pubsub.subscribe("a").map(\.count) == [1])
            await pubsub.close()
        }
    }

    @Test("deliver a message that was cut by them not at all, or whole")
    func tornMessage() async throws {
        let message = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\nhello\r\n"
        for cut in [1, 5, 20, message.utf8.count - 3, message.utf8.count - 1] {
            try await withScriptedServer { connection in
                _ = try connection.answerHandshake(protocolVersion: 3)
                try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
                if connection.index == 0 {
                    try connection.send(Array(message.utf8) + message.utf8.prefix(cut))
                    connection.closeGracefully()
                } else {
                    try connection.send(message)
                }
                _ = try connection.waitForClose()
            } client: { url in
                let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
                try await pubsub.subscribe("a")
                let found = try await pubsub.take(5)
                #expect(found == ["message a hello", "lost", "restored", "gap", "message a hello"], "cut at \(cut)")
                await pubsub.close()
            }
        }
    }

    @Test(
        "end after bytes that are not RESP, with a gap and without a trap",
        arguments: [
            "x\r\n", "$-5\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\nz\r\n:1\r\n", "$3\r\nabcdef", "+what\r\n", ":5\r\n",
            ">1000000000\r\n", "$999999999999\r\n",
        ]
    )
    func garbage(_ bytes: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            if connection.index == 0 { try connection.send(bytes) }
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            guard case .event(.link(.lost(let cause, _))) = try await pubsub.getMessage(timeout: .seconds(10)) else {
                return #expect(Bool(false))
            }
            #expect(
                cause.reason
                    == (bytes.contains("00000") || bytes.contains("99999") ? .frameTooLarge : .protocolViolation)
            )
            #expect(try await pubsub.take(2) == ["restored", "gap"])
            await pubsub.close()
        }
    }

    @Test(
        "survive pushes of known names and wrong forms, which are passed on",
        arguments: [
            ">2\r\n$9\r\nsubscribe\r\n$1\r\na\r\n", ">4\r\n$8\r\npmessage\r\n:-7\r\n$1\r\na\r\n$1\r\nb\r\n",
            ">3\r\n$7\r\nmessage\r\n:9\r\n$1\r\na\r\n", ">3\r\n$11\r\nunsubscribe\r\n_\r\n:0\r\n", ">1\r\n:5\r\n",
            ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n$1\r\n1\r\n", ">0\r\n", ">2\r\n*0\r\n_\r\n",
        ]
    )
    func oddPushes(_ bytes: String) async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" + bytes)
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            #expect(try await pubsub.take(1) == ["push"])
            await pubsub.close()
        }
    }

    @Test("by a revocation are told with one complete gap")
    func revocation() async throws {
        @Sendable func push(_ kind: String, _ last: String) -> String {
            ">3\r\n$\(kind.utf8.count)\r\n\(kind)\r\n$1\r\na\r\n\(last)\r\n"
        }
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(push("ssubscribe", ":1") + push("sunsubscribe", ":0"))
            try connection.expectCommand("SSUBSCRIBE", "a")
            try connection.send(push("ssubscribe", ":1") + push("smessage", "$1\r\nx"))
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
            try await pubsub.ssubscribe("a")
            #expect(try await pubsub.take(2) == ["gap", "smessage a x"])
            await pubsub.close()
        }
    }

    @Test("keep a gap open until the server, busy at first, has taken every name back")
    func busyRestore() async throws {
        let confirmation = ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            if connection.index == 0 {
                try connection.send(confirmation)
                return connection.reset()
            }
            try connection.send("-BUSY Redis is busy running a script.\r\n")
            try connection.expectCommand("SUBSCRIBE", "a")
            try connection.send(confirmation)
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            try await pubsub.subscribe("a")
            #expect(try await pubsub.take(5) == ["subscribed a 1", "lost", "restored", "subscribed a 1", "gap"])
            await pubsub.close()
        }
    }

    @Test("while the credentials provider thinks, on a thread of its own, a close ends it all")
    func thinkingProvider() async throws {
        struct Thinker: RedisCredentialsProvider {
            let loop: RedisEventLoop
            let seen: Collector

            func credentials() async throws -> RedisCredentials {
                seen.add("on the loop: \(loop.isCurrent)")
                try await untilCancelled()
                return RedisCredentials(password: "late")
            }
        }
        let server = ScriptedServer { connection in _ = try connection.waitForClose() }
        try server.start()
        let seen = Collector()
        var configuration = try RedisConfiguration(url: server.url)
        configuration.credentials = Thinker(loop: try .shared, seen: seen)
        let pubsub = try PubSub(configuration)
        let subscribing = Task { try await pubsub.subscribe("a") }
        #expect(try await eventually { seen.all == ["on the loop: false"] })
        await pubsub.close()
        let error = await #expect(throws: RedisError.self) { try await subscribing.joined }
        #expect(error?.code == .closed)
        #expect(server.connectionCount == 0)
        try server.stop()
    }

    @Test("that never came about are told to the first subscribe, which may try again")
    func firstConnect() async throws {
        try await withRedisServer { server in
            server.kill()
            let pubsub = try PubSub(server.configuration())
            let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe("foo") }
            #expect(error?.code == .connectFailed)
            #expect(error?.description == "127.0.0.1:\(server.port): connect: Connection refused")
            #expect(await pubsub.states().isEmpty)
            try await server.restart()
            #expect(try await pubsub.subscribe("foo").map(\.count) == [1])
            #expect(try await pubsub.take(1) == ["subscribed foo 1"])
            await pubsub.close()
        }
    }

    @Test("are waited for at first when the policy says so")
    func initialPatience() async throws {
        try await withRedisServer { server in
            try await withFaultProxy(to: server) { proxy in
                proxy.closeNew(.reset)
                var configuration = try proxy.configuration()
                configuration.reconnect.initialPatience = .seconds(20)
                let pubsub = try PubSub(configuration)
                async let subscribing = pubsub.subscribe("foo")
                #expect(try await eventually { proxy.counts.accepted >= 2 })
                try proxy.accept()
                #expect(try await subscribing.map(\.count) == [1])
                await pubsub.close()
            }
        }
    }

    @Test("that are not to be restored end the stream with the error")
    func withoutReconnect() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.reconnect.isEnabled = false
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            try server.publish("foo", "last")
            _ = try await eventually { pubsub.statistics.queuedEvents == 2 }
            server.kill()
            // What is missed from then on has a record too.
            #expect(try await pubsub.take(3) == ["message foo last", "lost", "gap so far"])
            let error = await #expect(throws: RedisError.self) { try await pubsub.getMessage(timeout: .seconds(10)) }
            #expect(error?.code == .connectionLost)
            await pubsub.close()
        }
    }

    @Test("ask the credentials provider again each time, and a wrong password is told at first")
    func credentials() async throws {
        struct Provider: RedisCredentialsProvider {
            let asked = Collector()
            let passwords: [String]

            func credentials() async throws -> RedisCredentials {
                asked.add("asked")
                return RedisCredentials(password: passwords[min(asked.all.count, passwords.count) - 1])
            }
        }
        try await withRedisServer(RedisServerOptions(password: "right")) { server in
            var configuration = try server.configuration()
            let wrong = Provider(passwords: ["wrong"])
            configuration.credentials = wrong
            for version in bothProtocols {
                configuration.protocolVersion = version
                let refused = try PubSub(configuration)
                let error = await #expect(throws: RedisError.self) { try await refused.subscribe("foo") }
                #expect(error?.code == .authenticationFailed)
                #expect("\(error.debugDescription)".contains("wrong\"") == false)
            }
            #expect(wrong.asked.all.count == 2)
            // A token that is rotated while the link is down.
            let rotating = Provider(passwords: ["right", "stale", "stale", "right"])
            configuration.credentials = rotating
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await pubsub.take(5) == ["lost", "retrying", "retrying", "restored", "gap"])
            #expect(rotating.asked.all.count == 4)
            await pubsub.close()
        }
    }

    @Test("restore a hundred thousand names in batches", .tags(.timing))
    func manyNames() async throws {
        try await withRedisServer { server in
            // A loop of its own: the other tests need not wait for so many names.
            let loop = try RedisEventLoop(name: "many")
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true, loop: loop)
            let names = (0..<100_000).map { RedisBytes("channel:\($0)") }
            try await pubsub.subscribe(.channel, names)
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await pubsub.take(3) == ["lost", "restored", "gap"])
            let states = await pubsub.states()
            #expect(states.count == 100_000)
            #expect(states.allSatisfy { $0.isConfirmed })
            await pubsub.close()
            await loop.shutdown()
        }
    }

    @Test("are tried again while the server is loading or busy, name by name refusals aside")
    func transientRefusal() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("-BUSY Redis is busy running a script.\r\n")
            try connection.expectCommand("SUBSCRIBE", "a")
            try connection.send(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            #expect(try await pubsub.subscribe("a").map(\.count) == [1])
            await pubsub.close()
        }
    }
}
