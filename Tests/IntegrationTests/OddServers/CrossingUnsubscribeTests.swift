import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// A slot moves while SUNSUBSCRIBE is on its way: the server's own `sunsubscribe` comes, and then an error as the
/// answer.
@Suite("An unsubscribe that crosses the server's own", .tags(.server), .timeLimit(.minutes(1)))
struct CrossingUnsubscribeTests {
    private static let errors = [
        "-MOVED 15495 127.0.0.1:1\r\n", "-CLUSTERDOWN Hash slot not served\r\n",
        "-NOSUB 'SUNSUBSCRIBE' command executed not in subscribed mode\r\n",
    ]

    @Test("costs no link without a cluster", arguments: errors)
    func oneServer(_ error: String) async throws {
        try await withScriptedServer { connection in
            #expect(connection.index == 0)
            var command = try connection.answerHandshake()
            while true {
                let words = command.map { String(decoding: $0, as: UTF8.self) }
                switch words[0] {
                case "PING": try connection.send("+PONG\r\n")
                case "SUNSUBSCRIBE": try connection.send(ScriptedShard.confirmation(words) + error)
                default: try connection.send(ScriptedShard.confirmation(words))
                }
                guard let next = try? connection.readCommand() else { return }
                command = next
            }
        } client: { url in
            let pubsub = try PubSub(scripted(url))
            try await pubsub.ssubscribe("a")
            async let gone = pubsub.sunsubscribe("a")
            // Behind it in the same write, where the error could be taken for its answer.
            async let come = pubsub.ssubscribe("b")
            _ = try await (gone, come)
            try await pubsub.ping()
            let seen = try await pubsub.take(3)
            // Which of the two is first, nobody says.
            #expect(seen.first == "subscribed a 1")
            #expect(seen.dropFirst().sorted() == ["subscribed b 1", "unsubscribed a 1"])
            await pubsub.close()
        }
    }

    @Test("costs no link of a cluster", arguments: errors)
    func cluster(_ error: String) async throws {
        let topology = ScriptedTopology()
        let node = ScriptedShard(topology) { words, _ in
            let answer = ScriptedShard.confirmation(words)
            return words[0] == "SUNSUBSCRIBE" ? answer + error : answer
        }
        try await node.run {
            topology.set([(0...16383, node.port)])
            let pubsub = try PubSub(clusterConfiguration(node))
            try await pubsub.ssubscribe("a", "{b}1")
            try await pubsub.sunsubscribe("a")
            try await pubsub.ssubscribe("{b}2")
            #expect(
                try await pubsub.take(4, skipping: ["subscribed a 1", "subscribed {b}1 1"], within: .milliseconds(300))
                    == ["unsubscribed a 1", "subscribed {b}2 1", "nothing"]
            )
            await pubsub.close()
        }
    }

    @Test("costs no link at a real node of a cluster", arguments: bothProtocols)
    func realNode(_ version: RedisConfiguration.ProtocolVersion) async throws {
        let options = RedisServerOptions(arguments: ["--cluster-enabled", "yes"])
        try await withRedisServer(options) { server in
            try server.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
            #expect(try await eventually { try server.command("CLUSTER", "INFO").contains("cluster_state:ok") })
            try await withFaultProxy(to: server) { proxy in
                var configuration = try RedisConfiguration(url: proxy.url)
                configuration.protocolVersion = version
                configuration.lossBoundInterval = nil
                let pubsub = try PubSub(configuration)
                try await pubsub.ssubscribe("a")
                proxy.stall(.toServer)
                async let gone = pubsub.sunsubscribe("a")
                // It is on its way, and is held there.
                #expect(try await eventually { await pubsub.states().allSatisfy { !$0.isWanted } })
                // The slot of `a`.
                try server.command("CLUSTER", "DELSLOTS", "15495")
                _ = try await gone
                proxy.resume()
                try await pubsub.ssubscribe("b")
                #expect(
                    try await pubsub.take(4, within: .milliseconds(300))
                        == ["subscribed a 1", "unsubscribed a 0", "subscribed b 1", "nothing"]
                )
                await pubsub.close()
            }
        }
    }
}
