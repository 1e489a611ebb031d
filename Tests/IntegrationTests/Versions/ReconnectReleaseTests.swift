import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Lost links at each release", .tags(.release), .timeLimit(.minutes(2)))
struct ReconnectReleaseTests {
    @Test("come back after a restart, with a gap", arguments: ServerRelease.all, bothProtocols)
    func restart(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a", "b")
            try await pubsub.psubscribe("p*")
            try server.publish("a", "before")
            #expect(try await pubsub.take(1) == ["message a before"])
            server.kill()
            try await server.restart()
            #expect(try await pubsub.take(3, skipping: ["retrying"]) == ["lost", "restored", "gap"])
            for name: RedisBytes in ["a", "b", "p1"] { #expect(try server.publish(name, "after") == 1) }
            #expect(try await pubsub.take(3) == ["message a after", "message b after", "pmessage p* p1 after"])
            await pubsub.close()
        }
    }

    @Test("come back after CLIENT KILL TYPE pubsub", arguments: ServerRelease.all, bothProtocols)
    func killed(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            #expect(try server.command("CLIENT", "KILL", "TYPE", "pubsub") == "1")
            #expect(try await pubsub.take(3) == ["lost", "restored", "gap"])
            #expect(try server.publish("a", "after") == 1)
            #expect(try await pubsub.take(1) == ["message a after"])
            await pubsub.close()
        }
    }

    @Test("by a right taken away leave the other names alive", arguments: ServerRelease.all, bothProtocols)
    func revoked(_ release: ServerRelease, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRelease(release) { server in
            guard release.hasRESP3 else { try Test.cancel("\(release) has no users") }
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&a", "&b")
            var configuration = try server.configuration(version)
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a", "b")
            try server.command("ACL", "SETUSER", "ann", "resetchannels", "&b")
            #expect(try await pubsub.take(4).sorted() == ["gap", "lost", "refused a notPermitted", "restored"])
            #expect(try server.publish("a", "x") == 0)
            #expect(try server.publish("b", "y") == 1)
            #expect(try await pubsub.take(1) == ["message b y"])
            await pubsub.close()
        }
    }
}
