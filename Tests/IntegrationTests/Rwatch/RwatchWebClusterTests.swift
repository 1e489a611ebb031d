import Foundation
import RedisTesting
import TestSupport
import Testing

/// `rwatch web` on a real cluster, and on several servers: the state of each node, and of each link.
@Suite("rwatch web and several servers", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct RwatchWebClusterTests {
    private func serve(_ arguments: [String]) async throws -> WebClient {
        let run = try RwatchProcess(["web"] + arguments)
        #expect(try await eventually { !run.lines.isEmpty || !run.isRunning }, "\(run.notices)")
        return try WebClient(run)
    }

    /// The state of each node or link, by its node.
    private func states(_ client: WebClient, _ list: String) throws -> [String: String] {
        let answer = try client.send("GET /state")
        let state = try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
        let rows = try #require(state[list] as? [[String: Any]])
        return rows.reduce(into: [:]) { found, row in
            found[row["node"] as? String ?? ""] = row["state"] as? String
        }
    }

    @Test("shows each of several servers, which one is away, and that it is back")
    func servers() async throws {
        try await withRedisServer { first in
            try await withRedisServer { second in
                let urls = [first, second].map { "redis://127.0.0.1:\($0.port)" }
                let client = try await serve(["-u", urls[0], "-u", urls[1]])
                let (one, other) = ("127.0.0.1:\(first.port)", "127.0.0.1:\(second.port)")
                #expect(try await eventually { try states(client, "nodes") == [one: "up", other: "up"] })
                second.kill()
                #expect(try await eventually { try states(client, "nodes") == [one: "up", other: "away"] })
                try await second.restart()
                #expect(try await eventually { try states(client, "nodes") == [one: "up", other: "up"] })
            }
        }
    }

    @Test("shows each primary of a cluster")
    func cluster() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let client = try await serve(["-c", "--source", "monitor", "-p", "\(cluster.nodes[0].port)"])
            let primaries = try cluster.primaries().map { "127.0.0.1:\($0.port)" }
            let all = Dictionary(uniqueKeysWithValues: primaries.map { ($0, "up") })
            #expect(try await eventually { try states(client, "nodes") == all })
            for number in 0..<60 { try cluster.primary(of: "key:\(number)").command("SET", "key:\(number)", "x") }
            #expect(
                try await eventually {
                    let answer = try client.send("GET /state")
                    return answer.body.contains(#""name":"key:","count":60"#)
                }
            )
        }
    }
}
