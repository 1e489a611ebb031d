import Foundation
import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite(
    "rwatch on a cluster: losses and its own traffic",
    .tags(.cluster, .once),
    .serialized,
    .timeLimit(.minutes(3))
)
struct RwatchClusterWatchTests {
    /// How often the nodes were asked for the topology.
    private func asked(_ nodes: [RedisClusterNode]) throws -> Int {
        try nodes.reduce(0) { sum, node in
            let text = try node.command("INFO", "commandstats")
            return sum + (text.firstMatch(of: #/cmdstat_cluster\|shards:calls=([0-9]+)/#).flatMap { Int($0.1) } ?? 0)
        }
    }

    @Test("monitor -c prints nothing of what rwatch itself asks, and says what it watches")
    func idle() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let first = try cluster.primaries()[0]
            let key = try cluster.name(onNode: first, prefix: "end")
            let url = "redis://127.0.0.1:\(cluster.nodes[0].port)"
            let monitor = try RwatchProcess(["monitor", "-c", "-u", url])
            let notice = "rwatch: watching all commands in the cluster of 127.0.0.1:\(cluster.nodes[0].port)\n"
            try #require(try await eventually { monitor.notices == notice }, "\(monitor.notices)")
            let hasGuards = try await eventually {
                try cluster.nodes.count { try $0.command("CLIENT", "LIST").contains("rwatch-guard-") } == 3
            }
            try #require(hasGuards)
            try first.command("SET", key, "1")
            #expect(try await eventually { monitor.text.contains("\"SET\"") })
            #expect(monitor.lines.count == 1, "\(monitor.text)")
        }
    }

    @Test("a Monitor over a cluster shows none of its own questions, however often it asks", arguments: bothProtocols)
    func questions(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisCluster(.steady()) { cluster in
            let nodes = cluster.nodes
            let first = try cluster.primaries()[0]
            let key = try cluster.name(onNode: first, prefix: "end")
            var configuration = try RedisConfiguration(url: cluster.url)
            configuration.protocolVersion = version
            configuration.cluster?.refreshInterval = .milliseconds(150)
            let monitor = try Monitor(configuration, guard: Monitor.Guard(interval: .milliseconds(5)))
            try await monitor.start()
            let before = try asked(nodes)
            try #require(try await eventually { try asked(nodes) >= before + 3 })
            try first.command("SET", key, "1")
            var names: Set<String> = []
            for try await event in monitor.events {
                guard let command = event.command else { continue }
                names.insert(command.name)
                if command.name == "SET" { break }
            }
            // The questions of the test itself.
            #expect(names == ["INFO", "SET"])
            await monitor.close()
        }
    }

    @Test("a node that is away at the end leaves a gap record, whatever is watched")
    func outageAtTheEnd() async throws {
        // No replica takes the place of the victim before the end.
        try await withRedisCluster(.steady()) { cluster in
            let port = "\(cluster.nodes[0].port)"
            let victim = try #require(try cluster.primaries().last)
            let name = try cluster.name(onNode: victim, prefix: "s")
            let runs = [
                try RwatchProcess(["sub", "-c", "-S", name, "--json", "-p", port]),
                try RwatchProcess(["monitor", "-c", "--json", "-p", port]),
                try RwatchProcess(["keys", "-c", "--enable", "--json", "-p", port]),
            ]
            for run in runs {
                try #require(try await eventually { run.notices.contains("rwatch: watching ") }, "\(run.notices)")
            }
            cluster.kill(victim)
            for run in runs {
                try #require(try await eventually { run.notices.contains("link lost") }, "\(run.notices)")
                run.signal(SIGINT)
            }
            for run in runs {
                #expect(try await run.status() == 128 + SIGINT, "\(run.notices)")
                let last = run.lines.last { $0.hasPrefix("{\"v\":1,\"kind\":\"gap\"") }
                #expect(last?.contains("\"node\":\"127.0.0.1:\(victim.port)\"") == true, "\(run.text.suffix(300))")
                #expect(last?.contains("\"complete\":false") == true)
                #expect(run.notices.contains("gap of "))
            }
        }
    }
}
