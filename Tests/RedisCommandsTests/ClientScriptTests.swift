import RedisCommands
import RedisTesting
import TestSupport
import Testing

@Suite("The client against scripted servers", .tags(.server), .timeLimit(.minutes(1)))
struct ClientScriptTests {
    private let hello = "%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n"

    @Test("speaks RESP2 with a server that knows no HELLO")
    func fallback() async throws {
        try await withScriptedServer { connection in
            #expect(try connection.answerHandshake(protocolVersion: 2) == [Array("PING".utf8)])
            try connection.send("+PONG\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(url)
            #expect(try await client.ping() == "PONG")
            await client.close()
        }
    }

    @Test("sends HELLO with everything in it, then the rest, then commands, and nothing before its turn")
    func handshake() async throws {
        try await withScriptedServer { connection in
            try connection.expectCommand("HELLO", "3", "AUTH", "ann", "pw", "SETNAME", "me")
            try connection.send(hello)
            try connection.expectCommand("CLIENT", "SETINFO", "LIB-NAME", "redis-events")
            _ = try connection.readCommand()
            try connection.expectCommand("SELECT", "2")
            try connection.expectCommand("INFO", "server")
            try connection.send("-ERR unknown subcommand\r\n-ERR unknown subcommand\r\n+OK\r\n-NOPERM no\r\n")
            try connection.expectCommand("GET", "k")
            try connection.send("$1\r\nv\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let target = url.replacing("redis://", with: "redis://ann:pw@") + "/2?client_name=me"
            let client = try RedisClient(target)
            #expect(try await client.send(["GET", "k"]) == .bulkString("v"))
            await client.close()
        }
    }

    @Test("lets pushes pass between replies, and keeps errors inside an aggregate as values")
    func pushes() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(">2\r\n+invalidate\r\n_\r\n")
            try connection.send("*2\r\n-ERR one\r\n>3\r\n+subscribe\r\n+a\r\n:1\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(url)
            #expect(
                try await client.send(["EVAL", "script", "0"])
                    == .array([
                        .error("ERR one"), .push([.simpleString("subscribe"), .simpleString("a"), .integer(1)]),
                    ])
            )
            await client.close()
        }
    }

    @Test("gives up a link that answers what nobody asked, and works on the next")
    func unasked() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send(connection.index == 0 ? "+ONE\r\n+TWO\r\n" : "+THREE\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(url)
            #expect(try await client.send(["X"]) == .simpleString("ONE"))
            #expect(try await eventually { (try? await client.send(["X"])) == .simpleString("THREE") })
            await client.close()
        }
    }

    @Test("says what a reply of the wrong form is")
    func wrongForm() async throws {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake(protocolVersion: 3)
            try connection.send("+OK\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let client = try RedisClient(url)
            let error = await #expect(throws: RedisError.self) { try await client.publish("a", "secret payload") }
            #expect(error?.code == .unexpectedReply)
            #expect(error.map { "\($0)".contains("secret") } == false)
            await client.close()
        }
    }

    @Test("does not wait for a handshake without end")
    func silentServer() async throws {
        try await withScriptedServer { connection in
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.handshakeTimeout = .milliseconds(50)
            let client = try RedisClient(configuration)
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(error?.code == .handshakeTimedOut)
            await client.close()
        }
    }

    @Test("reports what a server says before it closes the door")
    func refusedAtTheDoor() async throws {
        try await withScriptedServer { connection in
            try connection.send("-ERR max number of clients reached\r\n")
            connection.closeGracefully()
            _ = try? connection.waitForClose()
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            // The refusal may pass, so that the client tries again. An attempt that the deadline ends says so, too,
            // but in other words: here the next one would begin long after that.
            configuration.commands.retry.minimumPause = .seconds(100_000)
            configuration.commands.retry.maximumPause = .seconds(100_000)
            let client = try RedisClient(configuration)
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(error?.code == .serverError)
            #expect(error?.message == "ERR max number of clients reached")
            await client.close()
        }
    }
}
