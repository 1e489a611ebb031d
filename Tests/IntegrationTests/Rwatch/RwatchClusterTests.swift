import RedisTesting
import TestSupport
import Testing

/// The tool on a real cluster, as a terminal or a script would use it.
@Suite("rwatch on a cluster", .tags(.cluster, .once), .serialized)
struct RwatchClusterTests {
    @Test("hears a shard channel after its slot has moved, with the options before or after the command")
    func slotMoves() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let port = "\(cluster.nodes[1].port)"
            let runs = [
                try RwatchProcess(["sub", "-c", "-p", port, "-S", "foo", "--json", "-C", "2"]),
                try RwatchProcess(["-p", port, "--cluster", "--node", "sub", "-S", "foo", "-C", "2"]),
            ]
            let source = try cluster.primary(of: "foo")
            try await eventuallySubscribed(source, "foo", 2)
            for run in runs { try await eventuallyWatches(run) }
            try cluster.publish("1", to: "foo")
            for run in runs { #expect(try await eventually { run.text.contains("\"1\"") }) }
            let target = try #require(try cluster.primaries().first { $0 != source })
            try await cluster.perform { try $0.moveSlot(RedisCluster.slot("foo"), to: target) }
            try await eventuallySubscribed(target, "foo", 2)
            try cluster.publish("2", to: "foo")
            for run in runs { #expect(try await run.status() == 0, "\(run.notices)") }

            let json = runs[0].lines.filter { $0.contains("smessage") }
            #expect(json.count == 2)
            #expect(json[0].contains("\"node\":\"127.0.0.1:\(source.port)\",\"channel\":\"foo\",\"payload\":\"1\"}"))
            #expect(json[1].contains("\"node\":\"127.0.0.1:\(target.port)\",\"channel\":\"foo\",\"payload\":\"2\"}"))
            // A second one follows where a node still names the old primary.
            #expect((1...2).contains(runs[0].lines.count { $0.hasPrefix("{\"v\":1,\"kind\":\"gap\"") }))
            let text = runs[1].lines
            #expect(text.count == 2)
            #expect(text[0].hasPrefix("node=127.0.0.1:\(source.port) ") && text[0].hasSuffix(" smessage \"foo\" \"1\""))
            #expect(text[1].hasPrefix("node=127.0.0.1:\(target.port) ") && text[1].hasSuffix(" smessage \"foo\" \"2\""))
        }
    }

    @Test("tells of each of 100 keys once, wherever they are, and sets every node back")
    func keys() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let run = try RwatchProcess([
                "-c", "-p", "\(cluster.nodes[0].port)", "keys", "--json", "--enable", "-C", "100",
            ])
            let primaries = try cluster.primaries()
            try await eventuallyWatches(run)
            #expect(
                try primaries.allSatisfy { try $0.command("CONFIG", "GET", "notify-keyspace-events").contains("A") }
            )
            #expect(try subscribers(primaries) == 3)
            for number in 0..<100 { try cluster.primary(of: "key:\(number)").command("SET", "key:\(number)", "x") }
            #expect(try await run.status() == 0, "\(run.notices)")
            let keys = run.lines.compactMap { line in
                line.firstRange(of: "\"key\":\"").map { line[$0.upperBound...].prefix { $0 != "\"" } }
            }
            #expect(keys.count == 100)
            #expect(Set(keys) == Set((0..<100).map { "key:\($0)"[...] }))
            for number in [0, 50, 99] {
                let port = try cluster.primary(of: "key:\(number)").port
                let line = run.lines.first { $0.contains("\"key\":\"key:\(number)\"") }
                #expect(line?.contains("\"node\":\"127.0.0.1:\(port)\"") == true)
            }
            for primary in primaries {
                #expect(try !primary.command("CONFIG", "GET", "notify-keyspace-events").contains("A"))
            }
        }
    }

    @Test("prints the commands of all primaries, and sums what they have subscribed")
    func monitorAndChannels() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let monitor = try RwatchProcess(["monitor", "-c", "-u", cluster.url, "--node"])
            let primaries = try cluster.primaries()
            try await eventuallyWatches(monitor)
            #expect(try primaries.allSatisfy { try $0.command("CLIENT", "LIST").contains("flags=O") })
            for (number, primary) in primaries.enumerated() {
                let key = try cluster.name(onNode: primary, prefix: "watched-\(number)-")
                try primary.command("SET", key, "x")
                let isSeen = try await eventually {
                    monitor.lines.contains {
                        $0.hasPrefix("node=127.0.0.1:\(primary.port) ") && $0.hasSuffix("\"SET\" \"\(key)\" \"x\"")
                    }
                }
                #expect(isSeen, "\(key) on \(primary.port): \(monitor.notices)\n\(monitor.text)")
            }
            monitor.signal(2)
            #expect(try await monitor.status() == 130)

            let sub = try RwatchProcess([
                "sub", "-c", "-p", "\(cluster.nodes[0].port)", "-S", "{a}1", "-S", "{b}2", "plain",
            ])
            try await eventuallySubscribed(cluster.primary(of: "{a}1"), "{a}1", 1)
            try await eventuallySubscribed(cluster.primary(of: "{b}2"), "{b}2", 1)
            try await eventuallyWatches(sub)
            let last = "\(cluster.nodes[5].port)"
            var list: [String] = []
            _ = try await eventually {
                let channels = try RwatchProcess(["channels", "-c", "-p", last])
                _ = try await channels.status()
                list = channels.lines
                return list.count == 4
            }
            #expect(
                list == ["channel \"plain\" 1", "shardchannel \"{a}1\" 1", "shardchannel \"{b}2\" 1", "patterns 0"]
            )
            let pub = try RwatchProcess(["pub", "-c", "-p", last, "--shard", "{b}2", "hi"])
            #expect(try await pub.status() == 0, "\(pub.notices)")
            #expect(pub.lines == ["1"])
            #expect(try await eventually { sub.text.contains("smessage \"{b}2\" \"hi\"") })
        }
    }

    @Test("watches several servers side by side")
    func severalServers() async throws {
        try await withRedisServer { one in
            try await withRedisServer { other in
                let run = try RwatchProcess(["sub", "-u", one.url, "-u", other.url, "news", "--json", "-C", "2"])
                try #require(
                    try await eventually {
                        try [one, other].allSatisfy { try $0.command("PUBSUB", "NUMSUB", "news").contains("1") }
                    }
                )
                try one.command("PUBLISH", "news", "first")
                #expect(try await eventually { run.lines.count == 1 })
                try other.command("PUBLISH", "news", "second")
                #expect(try await run.status() == 0, "\(run.notices)")
                #expect(run.lines.first?.contains("\"node\":\"127.0.0.1:\(one.port)\"") == true)
                #expect(run.lines.last?.contains("\"node\":\"127.0.0.1:\(other.port)\"") == true)
            }
        }
    }

    @Test("follows the primary that Sentinels name")
    func sentinel() async throws {
        try await withRedisSentinels { group in
            let ports = group.sentinels.map { "redis://127.0.0.1:\($0.port)" }
            let arguments = ["sub", "--sentinel", "mymaster", "news", "--json"] + ports.flatMap { ["-u", $0] }
            let run = try RwatchProcess(arguments)
            let former = try group.primary()
            let isThere = try await eventually { try former.command("PUBSUB", "NUMSUB", "news").contains("1") }
            try #require(isThere, "\(run.notices)")
            // Before it watches, a link that is lost would be an error.
            try await eventuallyWatches(run)
            let successor = try await group.perform { group in
                let former = try group.killPrimary()
                return try group.waitForFailover(from: former)
            }
            let isBack = try await eventually {
                try successor.command("PUBSUB", "NUMSUB", "news").contains("1")
            }
            #expect(isBack)
            try successor.command("PUBLISH", "news", "again")
            #expect(try await eventually { run.text.contains("\"payload\":\"again\"") })
            #expect(run.lines.count { $0.hasPrefix("{\"v\":1,\"kind\":\"gap\"") } == 1)
            run.signal(15)
            #expect(try await run.status() == 143)
        }
    }

    @Test("says what does not go together")
    func usage() async throws {
        let wrong = [
            ["sub", "x", "-c", "--sentinel", "m"], ["sub", "x", "--replicas"], ["sub", "x", "-c", "--embedded"],
            ["channels", "-u", "redis://a", "-u", "redis://b"], ["sub", "x", "-c", "-u", "redis+sentinel://h/m"],
        ]
        for arguments in wrong {
            let run = try RwatchProcess(arguments)
            #expect(try await run.status() == 64, "\(arguments): \(run.notices)")
        }
    }

    /// Waits until the stream of the whole cluster has begun. What a node sends before all nodes have accepted is not
    /// part of it, so the servers' own answers would say too early that a run watches.
    private func eventuallyWatches(_ run: RwatchProcess) async throws {
        try #require(try await eventually { run.notices.contains("rwatch: watching ") }, "\(run.notices)")
    }

    private func eventuallySubscribed(_ node: RedisClusterNode, _ name: String, _ count: Int) async throws {
        let isThere = try await eventually {
            try node.command("PUBSUB", "SHARDNUMSUB", name).split(separator: "\n").last == "\(count)"
        }
        try #require(isThere)
    }

    private func subscribers(_ nodes: [RedisClusterNode]) throws -> Int {
        try nodes.count { try !$0.command("CLIENT", "LIST", "TYPE", "pubsub").isEmpty }
    }
}
