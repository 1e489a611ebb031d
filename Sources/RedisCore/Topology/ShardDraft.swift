/// A shard as a server tells of it, before it is compared with what was known.
package struct ShardDraft: Sendable, Hashable {
    package var slots: [ClosedRange<Int>]
    package var nodes: [ClusterNode]

    package init(slots: [ClosedRange<Int>], nodes: [ClusterNode]) {
        self.slots = slots
        self.nodes = nodes
    }

    /// The node that takes the writes, a healthy one if there is any.
    package var primary: ClusterNode? {
        nodes.first { $0.role == .primary && $0.isHealthy } ?? nodes.first { $0.role == .primary }
    }

    /// Makes the list fit to be lived with: each node once, no nodes that are gone for good, and in an order that does not
    /// depend on who told it.
    ///
    /// Redis 7.0 lists a primary that failed where it was, or in a shard of its own without slots, or in both. A shard that
    /// serves nothing and has no primary that is well has nothing to tell, and waits for nothing.
    package static func cleaned(_ drafts: [ShardDraft]) -> [ShardDraft] {
        var seen: Set<String> = []
        var result = drafts
        // Whoever serves slots comes first: there a node belongs.
        for serving in [true, false] {
            for index in result.indices where serving == !result[index].slots.isEmpty {
                var nodes: [ClusterNode] = []
                for node in result[index].nodes.sorted(by: comesFirst) where seen.insert(node.id).inserted {
                    nodes.append(node)
                }
                result[index].nodes = nodes
            }
        }
        result.removeAll { $0.nodes.isEmpty || ($0.slots.isEmpty && $0.primary?.isHealthy != true) }
        return result.sorted { ($0.firstSlot, $0.nodes[0].id) < ($1.firstSlot, $1.nodes[0].id) }
    }

    /// Those without slots come last.
    private var firstSlot: Int { slots.first?.lowerBound ?? HashSlot.count }

    private static func comesFirst(_ one: ClusterNode, _ other: ClusterNode) -> Bool {
        func rank(_ node: ClusterNode) -> Int { (node.isHealthy ? 0 : 2) + (node.role == .primary ? 0 : 1) }
        return (rank(one), one.id) < (rank(other), other.id)
    }
}
