extension ClusterShape {
    /// A primary with its replicas, and the slots that they serve.
    package struct Shard: Sendable, Hashable {
        /// Stays from picture to picture while the shard is the same: see `ClusterShape.init(_:after:)`.
        package let id: Int
        /// In ascending order, and none of another shard.
        package internal(set) var slots: [ClosedRange<Int>]
        /// All of them, the failed too.
        package let nodes: [ClusterNode]

        package init(id: Int, slots: [ClosedRange<Int>], nodes: [ClusterNode]) {
            self.id = id
            self.slots = slots
            self.nodes = nodes
        }

        /// The node that takes the writes: among several that call themselves so, as after a failover, a healthy one.
        package var primary: ClusterNode? {
            nodes.first { $0.role == .primary && $0.isHealthy } ?? nodes.first { $0.role == .primary }
        }

        package var replicas: [ClusterNode] { nodes.filter { $0.role == .replica } }

        /// How many slots it serves.
        package var slotCount: Int { slots.reduce(0) { $0 + $1.count } }
    }
}
