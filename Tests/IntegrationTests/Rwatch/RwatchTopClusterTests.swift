import Foundation
import RedisTesting
import TestSupport
import Testing

/// `rwatch top` on a real cluster: each node is asked, and all of them are counted together.
@Suite("rwatch top on a cluster", .tags(.cluster, .once), .serialized)
struct RwatchTopClusterTests {
    private func rows(_ run: RwatchProcess, _ table: String) throws -> [String: [String: Any]] {
        guard let line = run.lines.last else { return [:] }
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let rows = (object[table] as? [String: Any])?["rows"] as? [[String: Any]]
        return (rows ?? []).reduce(into: [:]) { found, row in found[row["name"] as? String ?? ""] = row }
    }

    @Test("shows every primary by itself, and their commands together")
    func nodes() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let top = try RwatchProcess([
                "top", "-c", "--json", "-i", "250ms", "--top", "99", "-p", "\(cluster.nodes[0].port)",
            ])
            #expect(try await eventually { top.lines.count > 1 })
            let primaries = try cluster.primaries()
            #expect(Set(try rows(top, "nodes").keys) == Set(primaries.map { "127.0.0.1:\($0.port)" }))
            for number in 0..<60 { try cluster.primary(of: "key:\(number)").command("SET", "key:\(number)", "x") }
            #expect(try await eventually { try rows(top, "commands")["set"]?["count"] as? Int == 60 })
            top.signal(SIGTERM)
            #expect(try await top.status() == 128 + SIGTERM)
        }
    }

    @Test("counts the commands of every primary with MONITOR, and by node")
    func monitor() async throws {
        try await withRedisCluster(.steady()) { cluster in
            let top = try RwatchProcess([
                "top", "-c", "--json", "--source", "monitor", "--where", "cmd = SET", "-i", "250ms", "-p",
                "\(cluster.nodes[0].port)",
            ])
            let primaries = try cluster.primaries()
            #expect(
                try await eventually {
                    try primaries.allSatisfy { try $0.command("CLIENT", "LIST").contains("cmd=monitor") }
                }
            )
            // What comes before all of them have begun is not part of the stream that they make.
            #expect(
                try await eventually {
                    try cluster.primary(of: "probe:1").command("SET", "probe:1", "x")
                    return try rows(top, "prefixes")["probe:"] != nil
                }
            )
            for number in 0..<60 { try cluster.primary(of: "key:\(number)").command("SET", "key:\(number)", "x") }
            #expect(try await eventually { try rows(top, "prefixes")["key:"]?["count"] as? Int == 60 })
            #expect(try rows(top, "nodes").count == primaries.count)
            top.signal(SIGTERM)
            #expect(try await top.status() == 128 + SIGTERM)
        }
    }
}
