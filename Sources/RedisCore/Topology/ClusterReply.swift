internal import RedisRESP

/// What one node tells of its cluster. A plain value.
package struct ClusterReply: Sendable {
    package var shards: [Shard]
    /// `cluster_current_epoch` of CLUSTER INFO; `nil` when the user may not ask for it.
    package var epoch: Int?
    /// Whether `cluster_state` is ok, as far as the server told.
    package var isOK: Bool
    /// The node.
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

    /// Whether anybody serves anything.
    var hasSlots: Bool { shards.contains { !$0.slots.isEmpty } }

    /// Whether this reply rather than the other is to be believed where both are doubtful.
    func isBetter(than other: ClusterReply) -> Bool {
        func rank(_ reply: ClusterReply) -> (Int, Int, Int) {
            let slots = reply.shards.reduce(0) { $0 + $1.slots.reduce(0) { $0 + $1.count } }
            return (reply.epoch ?? 0, reply.isOK ? 1 : 0, slots)
        }
        return rank(self) > rank(other)
    }

    /// Two lines of CLUSTER INFO.
    package static func info(_ text: RedisBytes) -> (epoch: Int?, isOK: Bool) {
        let fields = OutsideFields(text, ["cluster_current_epoch", "cluster_state"])
        return (fields["cluster_current_epoch"]?.decimal(Int.self)?.asCount, fields["cluster_state"] != "fail")
    }
}

extension ClusterReply {
    /// A shard as a node tells of it, before it is compared with what was known.
    package struct Shard: Sendable, Hashable {
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

        /// Makes the list fit to be lived with: each node once, no nodes that are gone for good, and in an order that
        /// does not depend on who told it.
        ///
        /// Redis 7.0 lists a primary that failed where it was, or in a shard of its own without slots, or in both. A
        /// shard that serves nothing and has no primary that is healthy has nothing to tell, and waits for nothing.
        package static func cleaned(_ shards: [Shard]) -> [Shard] {
            var seen: Set<String> = []
            var result = shards
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
}
