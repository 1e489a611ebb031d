import RedisCommands
import RedisCore
import TestSupport
import Testing

@Suite("The node that serves a read", .tags(.unit))
struct ReplicaChoiceTests {
    private func node(_ id: String, _ role: ClusterNode.Role, isHealthy: Bool = true) -> ClusterNode {
        ClusterNode(id: id, endpoint: .tcp(host: id, port: 1), role: role, isHealthy: isHealthy)
    }

    /// How often each node was chosen.
    private func choices(_ nodes: [ClusterNode], failed: String = "") -> [String: Int] {
        let shard = ClusterShape.Shard(id: 1, slots: [0...1], nodes: nodes)
        var random = Steps()
        return (0..<300).reduce(into: [:]) { counts, _ in
            let choice = shard.reader(using: &random) { $0.isHealthy && $0.id != failed }
            counts[choice?.id ?? "none", default: 0] += 1
        }
    }

    @Test("is each replica with the same probability")
    func replicas() {
        let nodes = [node("p", .primary), node("r", .replica), node("s", .replica), node("t", .replica)]
        #expect(choices(nodes) == ["r": 100, "s": 100, "t": 100])
        #expect(choices(nodes, failed: "s") == ["r": 150, "t": 150])
    }

    @Test("is the primary if no replica may be read")
    func primary() {
        #expect(choices([node("p", .primary)]) == ["p": 300])
        #expect(choices([node("p", .primary), node("r", .replica, isHealthy: false)]) == ["p": 300])
        #expect(choices([node("p", .primary), node("r", .replica)], failed: "r") == ["p": 300])
    }

    @Test("is a replica while the primary is down, and none if there is no node")
    func down() {
        #expect(choices([node("p", .primary, isHealthy: false), node("r", .replica)]) == ["r": 300])
        #expect(choices([]) == ["none": 300])
    }
}

/// Goes evenly through all numbers.
private struct Steps: RandomNumberGenerator {
    private var count: UInt64 = 0

    mutating func next() -> UInt64 {
        count += 1
        // The middles of 300 equal parts.
        return (count % 300) * (.max / 300) + .max / 600
    }
}
