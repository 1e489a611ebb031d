internal import RedisRESP

/// The reply of one node about its cluster. A plain value.
package struct ClusterReply: Sendable {
    package var shards: [Shard]
    /// `cluster_current_epoch` of CLUSTER INFO; `nil` when the user may not ask for it.
    package var epoch: Int?
    /// Whether `cluster_state` is ok, as far as the server reported it.
    package var isOK: Bool
    /// The node that replied.
    package var source: RedisEndpoint
    /// When the node was asked.
    package var askedAt: Moment

    package init(shards: [Shard], epoch: Int?, isOK: Bool = true, source: RedisEndpoint, askedAt: Moment) {
        self.shards = shards
        self.epoch = epoch
        self.isOK = isOK
        self.source = source
        self.askedAt = askedAt
    }

    /// Whether any node serves any slot.
    var hasSlots: Bool { shards.contains { !$0.slots.isEmpty } }

    /// Whether this reply is more likely to be right than the other, when both are unreliable.
    func isBetter(than other: ClusterReply) -> Bool {
        func rank(_ reply: ClusterReply) -> (Int, Int, Int) {
            let slots = reply.shards.reduce(0) { $0 + $1.slots.reduce(0) { $0 + $1.count } }
            return (reply.epoch ?? 0, reply.isOK ? 1 : 0, slots)
        }
        return rank(self) > rank(other)
    }

    /// Reads two lines of CLUSTER INFO.
    package static func info(_ text: RedisBytes) -> (epoch: Int?, isOK: Bool) {
        let fields = OutsideFields(text, ["cluster_current_epoch", "cluster_state"])
        return (fields["cluster_current_epoch"]?.decimal(Int.self)?.asCount, fields["cluster_state"] != "fail")
    }
}

extension ClusterReply {
    /// A shard in the reply of a node, before it is compared with the known shards.
    package struct Shard: Sendable, Hashable {
        package var slots: [ClosedRange<Int>]
        package var nodes: [ClusterNode]

        package init(slots: [ClosedRange<Int>], nodes: [ClusterNode]) {
            self.slots = slots
            self.nodes = nodes
        }

        /// The node that takes writes: a healthy one, if there is any.
        package var primary: ClusterNode? {
            nodes.first { $0.role == .primary && $0.isHealthy } ?? nodes.first { $0.role == .primary }
        }

        /// Cleans the list: each node appears once, nodes that are gone for good are removed, and the order does not
        /// depend on the node that replied.
        ///
        /// Redis 7.0 lists a failed primary where it was, or in a shard of its own without slots, or in both. A shard
        /// that serves nothing and has no healthy primary is removed.
        package static func cleaned(_ shards: [Shard]) -> [Shard] {
            var seen: Set<String> = []
            var result = shards
            // Shards that serve slots come first, because nodes in several shards belong there.
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

        /// Shards without slots come last.
        private var firstSlot: Int { slots.first?.lowerBound ?? HashSlot.count }

        private static func comesFirst(_ one: ClusterNode, _ other: ClusterNode) -> Bool {
            func rank(_ node: ClusterNode) -> Int { (node.isHealthy ? 0 : 2) + (node.role == .primary ? 0 : 1) }
            return (rank(one), one.id) < (rank(other), other.id)
        }
    }
}
