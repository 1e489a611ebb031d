import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("The client against a real server", .tags(.server), .timeLimit(.minutes(2)))
struct ClientTests {
    @Test("answers the five questions about subscriptions")
    func pubsubQueries() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let pubsub = try PubSub(server.configuration())
            let other = try PubSub(server.configuration())
            try await pubsub.subscribe("foo", "bar", "baz")
            try await other.subscribe("bar", "baz")
            try await pubsub.psubscribe("*oo", "*ar", "b*z")
            try await other.psubscribe("b*z")
            try await pubsub.ssubscribe("s1", "s2")
            #expect(Set(try await client.pubsubChannels()) == ["foo", "bar", "baz"])
            #expect(try await client.pubsubChannels("f*") == ["foo"])
            #expect(
                try await client.pubsubNumSub("foo", "bar", "none") == [
                    RedisClient.ChannelCount(name: "foo", subscribers: 1),
                    RedisClient.ChannelCount(name: "bar", subscribers: 2),
                    RedisClient.ChannelCount(name: "none", subscribers: 0),
                ]
            )
            #expect(try await client.pubsubNumPat() == 3)
            #expect(Set(try await client.pubsubShardChannels()) == ["s1", "s2"])
            #expect(try await client.pubsubShardNumSub("s1") == [RedisClient.ChannelCount(name: "s1", subscribers: 1)])
            #expect(try await client.publish("foo", "x") == 2)
            #expect(try await client.spublish("s1", "x") == 1)
            #expect(try await client.ping() == "PONG")
            #expect(try await client.ping("hi") == "hi")
            for closing in [pubsub, other] { await closing.close() }
            await client.close()
        }
    }

    @Test("pipelines many tasks over one connection, each with its own reply", arguments: bothProtocols)
    func manyTasks(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration(version))
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<2000 {
                    group.addTask {
                        let text = RedisBytes("value \(index)")
                        return try await client.send(["ECHO", text]) == .bulkString(text)
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            let connected = try server.command("INFO", "clients").split(separator: "\r\n").first {
                $0.hasPrefix("connected")
            }
            // The client's own, and the one that asks.
            #expect(connected == "connected_clients:2")
            await client.close()
        }
    }

    @Test("throws errors of the server by their first word, without the arguments")
    func serverErrors() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            try await client.send(["SET", "k", "v"])
            let wrongType = await #expect(throws: RedisError.self) { try await client.send(["LPUSH", "k", "v"]) }
            #expect(wrongType?.code == .serverError)
            #expect(wrongType?.serverPrefix == "WRONGTYPE")
            let unknown = await #expect(throws: RedisError.self) { try await client.send(["NOSUCH", "hunter2"]) }
            #expect(unknown.map { "\($0)".contains("hunter2") } == false)
            #expect(unknown.map { "\($0)".contains("NOSUCH") } == true)
            let halfway: RedisCommand = [
                "EVAL", "redis.call('SET', KEYS[1], 1) return redis.call('NOSUCH')", 1, "half",
            ]
            let script = await #expect(throws: RedisError.self) { try await client.send(halfway) }
            #expect(script?.execution == .executed)
            let syntax = await #expect(throws: RedisError.self) { try await client.send(["EVAL", "return (", 0]) }
            #expect(syntax?.execution == .notExecuted)
            let empty = await #expect(throws: RedisError.self) { try await client.send([]) }
            #expect(empty?.code == .invalidCommand)
            #expect(try await client.send(["GET", "k"]) == .bulkString("v"))
            #expect(try await client.send(["GET", "none"]) == .null)
            await client.close()
        }
    }

    @Test("fails what was on the wire when the link is lost, and goes on")
    func lostLink() async throws {
        try await withRedisServer { server in
            let loop = try RedisEventLoop()
            let client = try RedisClient(server.configuration(), loop: loop)
            try await client.send(["PING"])
            try server.pause()
            let written = try client.enqueue(["ECHO", "lost"])
            await loop.endOfTurn()
            // More than the sockets of both sides take, so that the server cannot have read the whole command.
            let large = RedisBytes([UInt8](repeating: 0x78, count: 32 << 20))
            let unwritten = try client.enqueue(["SET", "large", large])
            await loop.endOfTurn()
            await client.cut()
            let error = await #expect(throws: RedisError.self) { try await written.value() }
            #expect(error?.code == .connectionLost)
            #expect(error?.execution == .unknown)
            try server.resume()
            // What no server can have read goes over the next link.
            #expect(try await unwritten.value() == .simpleString("OK"))
            #expect(try await client.send(["STRLEN", "large"]) == .integer(32 << 20))
            #expect(try await client.send(["ECHO", "back"]) == .bulkString("back"))
            await client.close()
        }
    }

    @Test("a timeout ends the wait, not the connection, and shifts no reply")
    func timeout() async throws {
        try await withRedisServer { server in
            // A server that starts slowly was looked at more than once.
            try server.command("CONFIG", "RESETSTAT")
            let client = try RedisClient(server.configuration())
            try await client.send(["PING"])
            try server.pause()
            let error = await #expect(throws: RedisError.self) {
                try await client.send(["ECHO", "late"], timeout: .milliseconds(30))
            }
            #expect(error?.code == .timedOut)
            let cancelled = Task { try await client.send(["ECHO", "cancelled"]) }
            cancelled.cancel()
            let cancellation = await #expect(throws: RedisError.self) { try await cancelled.joined }
            #expect(cancellation?.code == .cancelled)
            try server.resume()
            #expect(try await client.send(["ECHO", "mine"]) == .bulkString("mine"))
            #expect(try server.command("INFO", "stats").contains("total_connections_received:2\r\n"))
            await client.close()
            let closed = await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
            #expect(closed?.code == .closed)
        }
    }

    @Test("works over the unix socket and IPv6, in a database of its own")
    func transports() async throws {
        try await withRedisServer(RedisServerOptions(transport: .both)) { server in
            var unix = try RedisConfiguration(url: server.unixURL ?? "")
            unix.database = 5
            let first = try RedisClient(unix)
            try await first.send(["SET", "k", "five"])
            let second = try RedisClient("redis://[::1]:\(server.port)/5")
            #expect(try await second.send(["GET", "k"]) == .bulkString("five"))
            let third = try RedisClient("redis://localhost:\(server.port)")
            #expect(try await third.send(["GET", "k"]) == .null)
            let lost = try RedisClient("redis://127.0.0.1:\(server.port)/99")
            let error = await #expect(throws: RedisError.self) { try await lost.send(["PING"]) }
            #expect(error?.code == .invalidConfiguration)
            let nobody = try RedisClient("redis://no-such-host.invalid")
            let lookup = await #expect(throws: RedisError.self) { try await nobody.send(["PING"]) }
            #expect(lookup?.code == .connectFailed)
            for client in [first, second, third, lost, nobody] { await client.close() }
        }
    }
}
