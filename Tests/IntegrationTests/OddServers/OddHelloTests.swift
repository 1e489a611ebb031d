import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A server that refuses HELLO", .tags(.server), .timeLimit(.minutes(1)))
struct OddHelloTests {
    private static func subscribed(_ connection: ScriptedConnection) throws {
        let command = try connection.answerHandshake(protocolVersion: 2)
        #expect(command.map { String(decoding: $0, as: UTF8.self) } == ["SUBSCRIBE", "c"])
        try connection.send("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
        _ = try connection.waitForClose()
    }

    @Test(
        "is spoken to in RESP2 over the same connection, whatever it says",
        arguments: [
            "-unsupported command 'HELLO'", "-ERR Unknown Command", "-ERR command not found",
            "-ERR wrong number of arguments for 'hello' command", "-ERR syntax error", "-ERR unsupported RESP version",
            "-NOPROTO sorry", "-NOPERM no", "-upstream failure",
        ]
    )
    func anyWords(_ refusal: String) async throws {
        try await withScriptedServer { connection in
            #expect(connection.index == 0)
            try connection.expectCommand("HELLO", "3")
            try connection.send("\(refusal)\r\n")
            try Self.subscribed(connection)
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            try await pubsub.subscribe("c")
            await pubsub.close()
        }
    }

    @Test("for want of authentication, although HELLO had it, is given AUTH")
    func authBehindHello() async throws {
        try await withScriptedServer { connection in
            try connection.expectCommand("HELLO", "3", "AUTH", "ann", "pw")
            try connection.send("-NOAUTH Authentication required.\r\n")
            try connection.expectCommand("AUTH", "ann", "pw")
            try connection.send("+OK\r\n")
            try Self.subscribed(connection)
        } client: { url in
            var configuration = try scripted(url)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            await pubsub.close()
        }
    }

    @Test(
        "for a reason that RESP2 does not mend is told as what it is",
        arguments: [
            ("-WRONGPASS invalid", .authenticationFailed), ("-ERR invalid password", .authenticationFailed),
            ("-NOAUTH HELLO must be called", .authenticationFailed), ("-DENIED protected", .notPermitted),
            ("-ERR max number of clients reached", .serverError), ("-LOADING Redis is loading", .serverError),
            ("-BUSY Redis is busy", .serverError), ("-ERR Protocol error: unauthenticated", .serverError),
        ] as [(String, RedisError.Code)]
    )
    func ends(_ refusal: String, _ code: RedisError.Code) async throws {
        try await withScriptedServer { connection in
            try connection.expectCommand("HELLO", "3")
            try connection.send("\(refusal)\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe("c") }
            #expect(error?.code == code)
            #expect(error?.serverMessage == String(refusal.dropFirst()))
            await pubsub.close()
        }
    }

    @Test("by closing may know RESP2 only, and the error says so", arguments: bothProtocols)
    func closes(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withScriptedServer { connection in
            _ = try connection.readCommand()
        } client: { url in
            var configuration = try scripted(url)
            configuration.protocolVersion = version
            let pubsub = try PubSub(configuration)
            let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe("c") }
            #expect(error?.message.contains("is this a TLS port?") == true)
            #expect(error?.message.contains("-2") == (version == .resp3))
            await pubsub.close()
        }
    }
}
