import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("The handshake with each release", .tags(.release), .timeLimit(.minutes(2)))
struct HandshakeReleaseTests {
    @Test("agrees on a protocol, a name and a database", arguments: ServerRelease.all, bothProtocols)
    func agreement(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            var configuration = try server.configuration(version)
            configuration.clientName = "watcher"
            configuration.database = 3
            let client = try RedisClient(configuration)
            #expect(try await client.send(["CLIENT", "GETNAME"]).text == "watcher")
            let clients = try await client.send(["CLIENT", "LIST"]).text ?? ""
            let mine = try #require(clients.split(separator: "\n").first { $0.contains(" name=watcher ") })
            #expect(mine.contains(" db=3 "))
            #expect(mine.contains(" lib-name=redis-events ") == release.hasLibraryFacts)
            if release.hasRESP3 {
                let hello = try await client.send(["HELLO"])
                #expect(hello["proto"]?.integer == release.negotiated(version))
                #expect(hello["server"]?.text == release.product.rawValue.lowercased())
                #expect(hello["version"]?.text == release.version?.description)
            } else {
                let error = await #expect(throws: RedisError.self) { try await client.send(["HELLO"]) }
                #expect(error?.message == "ERR unknown command `HELLO`")
            }
            await client.close()
        }
    }

    @Test("takes the password, and refuses another without repeating it", arguments: ServerRelease.all, bothProtocols)
    func password(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release, RedisServerOptions(password: "right pass")) { server in
            var configuration = try server.configuration(version)
            let pubsub = try PubSub(configuration)
            #expect(try await pubsub.subscribe("a").map(\.count) == [1])
            await pubsub.close()
            for password in ["hunter2", nil] {
                configuration.credentials = password.map { RedisCredentials(password: $0) }
                let refused = try PubSub(configuration)
                let error = await #expect(throws: RedisError.self) { try await refused.subscribe("a") }
                #expect(error?.code == .authenticationFailed)
                #expect(error.map { "\($0) \($0.serverMessage ?? "")".contains("hunter2") } == false)
                await refused.close()
            }
        }
    }

    @Test(
        "takes a user where there are users, else says that there are none",
        arguments: ServerRelease.all,
        bothProtocols
    )
    func user(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release, RedisServerOptions(password: "admin")) { server in
            if release.hasRESP3 { try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "~*", "&*") }
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let client = try RedisClient(configuration)
            if release.hasRESP3 {
                #expect(try await client.send(["ACL", "WHOAMI"]).text == "ann")
            } else {
                let error = await #expect(throws: RedisError.self) { try await client.ping() }
                #expect(error?.code == .authenticationFailed)
                #expect(error?.message == "the server knows no users, only a password")
            }
            await client.close()
        }
    }

    @Test(
        "over, an unknown command is told by name and without its arguments",
        arguments: ServerRelease.all,
        bothProtocols
    )
    func unknownCommand(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let client = try RedisClient(server.configuration(version))
            let error = await #expect(throws: RedisError.self) { try await client.send(["NOSUCH", "hunter2"]) }
            #expect(error?.code == .serverError)
            // Backticks became quotes in 7.0.
            let quotes = release.hasShardChannels ? "'NOSUCH'" : "`NOSUCH`"
            #expect(error?.message == "ERR unknown command \(quotes)")
            #expect(try await client.ping("next") == "next")
            await client.close()
        }
    }
}
