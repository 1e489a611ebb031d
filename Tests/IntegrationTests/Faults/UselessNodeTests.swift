import Glibc
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A node that is alive but delivers no messages", .tags(.server, .timing), .timeLimit(.minutes(2)))
struct UselessNodeTests {
    /// A path that can be made to mean another server, as a name or an address can.
    private func point(_ path: String, at server: RedisServer) throws {
        let target = try #require(server.socketPath)
        #expect(unsafe symlink(target, path + ".new") == 0)
        #expect(unsafe rename(path + ".new", path) == 0)
    }

    private func configuration(
        _ path: String,
        _ version: RedisConfiguration.ProtocolVersion,
        timeout: Duration = .milliseconds(300)
    ) -> RedisConfiguration {
        var configuration = RedisConfiguration(endpoint: .unix(path: path))
        configuration.protocolVersion = version
        configuration.deliveryProbe = RedisDeliveryProbe(interval: .milliseconds(100), timeout: timeout)
        return configuration
    }

    @Test("is left for the one that the name means by now, with a gap that says why", arguments: bothProtocols)
    func moved(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix)) { old in
            try await withRedisServer(RedisServerOptions(transport: .unix)) { new in
                let path = "\(old.directory)/service"
                try point(path, at: old)
                let pubsub = try PubSub(configuration(path, version, timeout: .seconds(1)))
                try await pubsub.subscribe("c")
                try old.publish("c", "before")
                #expect(try await pubsub.take(2) == ["subscribed c 1", "message c before"])
                try point(path, at: new)
                guard case .event(.link(.lost(let cause, _))) = try await pubsub.getMessage(timeout: .seconds(10))
                else {
                    Issue.record("the old node was not given up")
                    return
                }
                #expect(cause.reason == .deliveryFailed)
                #expect(try await pubsub.take(3) == ["restored", "subscribed c 1", "gap"])
                #expect(try new.publish("c", "after") == 1)
                #expect(try await pubsub.take(1) == ["message c after"])
                await pubsub.close()
            }
        }
    }

    @Test("is not suspected while what is published arrives, and the probe shows nowhere", arguments: bothProtocols)
    func quiet(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix)) { server in
            let path = try #require(server.socketPath)
            // A machine that stands still for a moment is not to be suspected.
            let pubsub = try PubSub(configuration(path, version, timeout: .seconds(1)))
            #expect(pubsub.isSubscribed == false)
            try await pubsub.subscribe("c")
            try await pubsub.psubscribe("*")
            func probes() throws -> Int {
                let line = try server.command("INFO", "commandstats").split(separator: "\r\n")
                    .first { $0.hasPrefix("cmdstat_publish:calls=") }
                return line.flatMap { Int($0.dropFirst(22).prefix { $0 != "," }) } ?? 0
            }
            // For longer than interval and timeout.
            #expect(try await eventually { try probes() >= 15 })
            #expect(await pubsub.states().map(\.name) == ["c", "*"])
            try server.publish("c", "x")
            let mine = try await pubsub.take(4)
            #expect(mine.map { $0.prefix { $0 != " " } } == ["subscribed", "subscribed", "message", "pmessage"])
            #expect(mine.suffix(2) == ["message c x", "pmessage * c x"])
            try await pubsub.unsubscribe()
            try await pubsub.punsubscribe()
            #expect(pubsub.isSubscribed == false)
            await pubsub.close()
        }
    }

    @Test("cannot be told by a user who may not use the probe's channel, and that is said once")
    func refused() async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix)) { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&c")
            var ann = configuration(try #require(server.socketPath), .resp3)
            ann.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(ann)
            try await pubsub.subscribe("c")
            var events: [String] = []
            // Nothing says when the first comes; a second one would come soon.
            var patience = Duration.seconds(20)
            while events.count < 3, case .event(let event) = try await pubsub.getMessage(timeout: patience) {
                if case .refused(let refusal) = event {
                    #expect(refusal.error.code == .notPermitted)
                    events.append("refused")
                    patience = .milliseconds(700)
                } else {
                    events.append(words(event))
                }
            }
            #expect(events.first == "subscribed c 1")
            #expect(events.dropFirst().allSatisfy { $0 == "refused" })
            #expect(events.count >= 2)
            await pubsub.close()
        }
    }

    @Test("is not suspected by who may not subscribe to the probe's channel, nor does a pattern show it")
    func patterns() async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix)) { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "-subscribe", "&*")
            var ann = configuration(try #require(server.socketPath), .resp3)
            ann.credentials = RedisCredentials(username: "ann", password: "pw")
            let refused = try PubSub(ann)
            let probing = try PubSub(
                configuration(try #require(server.socketPath), .resp3, timeout: .seconds(1))
            )
            try await refused.psubscribe("a*")
            try await probing.psubscribe("*e*", "a*")
            // Longer than interval and timeout, many times.
            #expect(
                try await refused.take(3, within: .seconds(2)).filter { !$0.hasPrefix("refused") }
                    == ["subscribed a* 1", "nothing"]
            )
            try server.publish("a", "x")
            #expect(try await refused.take(1) == ["pmessage a* a x"])
            #expect(try await probing.take(3) == ["subscribed *e* 1", "subscribed a* 2", "pmessage a* a x"])
            for pubsub in [refused, probing] { await pubsub.close() }
        }
    }
}
