import Foundation
import RedisTesting
import TestSupport
import Testing

/// `rwatch bench` on a real cluster.
@Suite("rwatch bench on a cluster", .tags(.cluster, .once), .timeLimit(.minutes(2)))
struct RwatchBenchClusterTests {
    @Test("delivers each message to each subscriber once, by channels and by shard channels")
    func fanOut() async throws {
        try await withRedisCluster(.steady()) { cluster in
            for options in [["--sub", "2"], ["--shard", "--pub", "3", "--sub", "4", "--channels", "5"]] {
                let port = "\(cluster.nodes[0].port)"
                let run = try RwatchProcess(
                    ["bench", "-c", "--rate", "500", "--for", "500ms", "--json", "-p", port] + options
                )
                #expect(try await run.status() == 0, "\(run.notices)")
                let report = try #require(JSONSerialization.jsonObject(with: Data(run.bytes)) as? [String: Any])
                let subscribers = try #require(report["subscribers"] as? Int)
                #expect(report["sent"] as? Int == 250 && report["published"] as? Int == 250, "\(options)")
                #expect(report["delivered"] as? Int == 250 * subscribers, "\(options)")
                for name in ["missing", "missing_at_most", "repeated", "foreign", "gaps", "no_reply"] {
                    #expect(report[name] as? Int == 0, "\(name)")
                }
            }
        }
    }
}
