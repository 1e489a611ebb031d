import Glibc
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("A gap says how many publishes it holds at most", .tags(.server, .timing), .timeLimit(.minutes(2)))
struct LossBoundTests {
    /// Subscribes, cuts the link, does something while it is down, and returns the complete gap.
    ///
    /// A proxy keeps the link down for that long. A unix socket, which may come to mean another server, has none.
    private func gap(
        _ server: RedisServer,
        _ configuration: RedisConfiguration,
        subscribe: (PubSub) async throws -> Void = { try await $0.subscribe("c") },
        before: () async throws -> Void = {},
        during: () async throws -> Void = {}
    ) async throws -> RedisGap? {
        guard case .tcp = configuration.endpoint else {
            return try await gap(server, nil, configuration, subscribe, before, during)
        }
        return try await withFaultProxy(to: server) { proxy in
            var proxied = configuration
            proxied.endpoint = try RedisConfiguration(url: proxy.url).endpoint
            return try await gap(server, proxy, proxied, subscribe, before, during)
        }
    }

    private func gap(
        _ server: RedisServer,
        _ proxy: FaultProxy?,
        _ configuration: RedisConfiguration,
        _ subscribe: (PubSub) async throws -> Void,
        _ before: () async throws -> Void,
        _ during: () async throws -> Void
    ) async throws -> RedisGap? {
        var configuration = configuration
        // Long enough for what is done meanwhile.
        configuration.reconnect.minimumDelay = .milliseconds(600)
        configuration.reconnect.maximumDelay = .milliseconds(600)
        let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
        try await subscribe(pubsub)
        try await before()
        while case .event(.message) = try await pubsub.getMessage(timeout: .milliseconds(200)) {}
        proxy?.refuse()
        try server.command("CLIENT", "KILL", "TYPE", "pubsub")
        try await during()
        try proxy?.accept()
        while case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) {
            if case .gap(let gap) = event, gap.isComplete {
                await pubsub.close()
                return gap
            }
        }
        await pubsub.close()
        return nil
    }

    @Test("exactly, when all that was published is counted, and zero when nothing was", arguments: bothProtocols)
    func counts(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.publish("c", "before anybody subscribed")
            let some = try await gap(
                server,
                server.configuration(version),
                before: { for _ in 0..<5 { try server.publish("c", "received") } },
                during: {
                    for _ in 0..<7 { try server.publish("c", "missed") }
                    for _ in 0..<3 { try server.publish("of no interest", "but counted all the same") }
                    try server.command("EVAL", "return redis.call('PUBLISH', 'c', 'by a script')", "0")
                }
            )
            #expect(some?.missedPublishes == 11)
            let none = try await gap(server, server.configuration(version))
            #expect(none?.missedPublishes == 0)
        }
    }

    @Test("for patterns and shard channels too", arguments: bothProtocols)
    func families(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            let patterns = try await gap(
                server,
                server.configuration(version),
                subscribe: { try await $0.psubscribe("c*", "*d") },
                before: { for _ in 0..<4 { try server.publish("cd", "comes twice") } },
                during: { try server.publish("cd", "missed") }
            )
            #expect(patterns?.missedPublishes == 1)
            let shards = try await gap(
                server,
                server.configuration(version),
                subscribe: { try await $0.ssubscribe("s") },
                before: { try server.spublish("s", "received") },
                during: {
                    try server.publish("s", "another family")
                    for _ in 0..<2 { try server.spublish("s", "missed") }
                }
            )
            #expect(shards?.missedPublishes == 2)
            let underscores = try await gap(
                server,
                server.configuration(version),
                subscribe: {
                    try await $0.ssubscribe("s")
                    try await $0.subscribe("__mine")
                },
                during: { try server.publish("__mine", "looks like the server's") }
            )
            #expect(underscores?.missedPublishes == 1)
        }
    }

    @Test("and that it is unknown after a restart, after RESETSTAT, for keyspace events, and for who may not ask")
    func unknown() async throws {
        try await withRedisServer { server in
            let restarted = try await gap(server, server.configuration(), during: { try await server.restart() })
            #expect(restarted?.missedPublishes == nil)
            #expect(restarted?.cause.reason == .serverRestarted)
            #expect(restarted?.cause.confidence == .likely)
            let reset = try await gap(
                server,
                server.configuration(),
                before: { try server.publish("c", "x") },
                during: { try server.command("CONFIG", "RESETSTAT") }
            )
            #expect(reset?.missedPublishes == nil)
            let keyspace = try await gap(
                server,
                server.configuration(),
                subscribe: { try await $0.psubscribe("__keyspace@0__:*") }
            )
            #expect(keyspace?.missedPublishes == nil)
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "-info", "&*")
            var ann = try server.configuration()
            ann.credentials = RedisCredentials(username: "ann", password: "pw")
            let refused = try await gap(server, ann)
            #expect(refused != nil)
            #expect(refused?.missedPublishes == nil)
        }
    }

    @Test("more tightly when the counters are read again and again", arguments: bothProtocols)
    func interval(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration(version)
            configuration.lossBoundInterval = .milliseconds(50)
            func readings() throws -> Int {
                let line = try server.command("INFO", "commandstats").split(separator: "\r\n")
                    .first { $0.hasPrefix("cmdstat_info:calls=") }
                return line.flatMap { Int($0.dropFirst(19).prefix { $0 != "," }) } ?? 0
            }
            let tight = try await gap(
                server,
                configuration,
                before: {
                    for _ in 0..<20 { try server.publish("of no interest", "x") }
                    // Three readings of its own later, one began after the last publish. Each look is a reading too.
                    let now = try readings()
                    var looks = 0
                    #expect(
                        try await eventually {
                            looks += 1
                            return try readings() >= now + looks + 3
                        }
                    )
                }
            )
            #expect(tight?.missedPublishes == 0)
        }
    }

    @Test("but asks nothing whose answer the limits of the link would not let in", arguments: bothProtocols)
    func limits(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration(version)
            configuration.limits.bulkLength = 4096
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            try server.publish("c", "x")
            #expect(try await pubsub.take(2) == ["subscribed c 1", "message c x"])
            await pubsub.close()
        }
    }

    @Test("also when the server takes only some of the names back", arguments: bothProtocols)
    func someRefused(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "&c", "&d", "&e")
            var ann = try server.configuration(version)
            ann.credentials = RedisCredentials(username: "ann", password: "pw")
            let gap = try await gap(
                server,
                ann,
                subscribe: { try await $0.subscribe("c", "d", "e") },
                during: {
                    try server.command("ACL", "SETUSER", "ann", "resetchannels", "&c", "&d")
                    for _ in 0..<3 { try server.publish("c", "missed") }
                }
            )
            #expect(gap?.missedPublishes == 3)
        }
    }

    @Test("and that it is unknown when another server counted than the one that sent", arguments: bothProtocols)
    func anotherServer(version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(RedisServerOptions(transport: .unix)) { old in
            try await withRedisServer(RedisServerOptions(transport: .unix)) { new in
                let path = "\(old.directory)/service"
                try point(path, at: old)
                var configuration = RedisConfiguration(endpoint: .unix(path: path))
                configuration.protocolVersion = version
                configuration.lossBoundInterval = .seconds(1)
                let gap = try await gap(
                    old,
                    configuration,
                    before: {
                        try point(path, at: new)
                        if version == .resp2 {
                            var asked = 0
                            // Each of these asks once, too; the handshake and the reading are the two others.
                            #expect(
                                try await eventually {
                                    asked += 1
                                    return try new.calls("info") >= asked + 1
                                }
                            )
                        }
                        for _ in 0..<5 {
                            try old.publish("c", "received")
                            try new.publish("c", "missed")
                        }
                    }
                )
                #expect(gap != nil)
                #expect(gap?.missedPublishes == nil)
            }
        }
    }
}

/// Makes a path mean another server, as a name or an address can.
private func point(_ path: String, at server: RedisServer) throws {
    let target = try #require(server.socketPath)
    #expect(unsafe symlink(target, path + ".new") == 0)
    #expect(unsafe rename(path + ".new", path) == 0)
}

extension RedisServer {
    /// How often a command was called.
    fileprivate func calls(_ name: String) throws -> Int {
        let head = "cmdstat_\(name):calls="
        let line = try command("INFO", "commandstats").split(separator: "\r\n").first { $0.hasPrefix(head) }
        return line.flatMap { Int($0.dropFirst(head.utf8.count).prefix { $0 != "," }) } ?? 0
    }
}
