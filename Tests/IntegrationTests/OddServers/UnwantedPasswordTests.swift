import RedisCommands
import RedisCore
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A password that is none, or that nobody wants", .tags(.server), .timeLimit(.minutes(1)))
struct UnwantedPasswordTests {
    @Test("is not sent when it is empty", arguments: bothProtocols)
    func empty(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withScriptedServer { connection in
            var names: [String] = []
            var command = try connection.readCommand()
            while true {
                names += command.map { String(decoding: $0, as: UTF8.self) }
                if names.contains("SUBSCRIBE") { break }
                try connection.send(command[0] == Array("HELLO".utf8) ? "%1\r\n$5\r\nproto\r\n:3\r\n" : "+OK\r\n")
                command = try connection.readCommand()
            }
            #expect(!names.contains("AUTH"))
            try connection.send("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
            _ = try connection.waitForClose()
        } client: { url in
            var configuration = try scripted(url)
            configuration.protocolVersion = version
            configuration.credentials = RedisCredentials(password: "")
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            await pubsub.close()
        }
    }

    @Test("is told of, and the link stands", arguments: ServerRelease.all.prefix(2))
    func unwanted(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let log = LogRecorder()
            var configuration = try server.configuration(.resp2)
            configuration.credentials = RedisCredentials(password: "nobody-wants-me")
            configuration.logger = log.logger
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            try server.publish("c", "x")
            #expect(try await pubsub.take(3) == ["authentication failed", "subscribed c 1", "message c x"])
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            // Once is enough.
            #expect(try await pubsub.take(4) == ["lost", "restored", "subscribed c 1", "gap"])
            let client = try RedisClient(configuration)
            #expect(try await client.publish("c", "y") == 1)
            let monitor = try Monitor(configuration)
            try await monitor.start()
            #expect(log.all.contains { $0.hasPrefix("notice") && $0.contains("wants no password") })
            #expect(!log.all.contains { $0.contains("nobody-wants-me") })
            await monitor.close()
            await client.close()
            await pubsub.close()
        }
    }
}
