/// Which nodes of a cluster a link may use, and which of them it should.
package enum NodeRule: Sendable, Hashable {
    /// The nodes of one shard.
    case shard(Int, RedisClusterConfiguration.NodePreference)
    /// All nodes; if replicas are preferred, only replicas where there are any.
    case any(RedisClusterConfiguration.NodePreference)

    /// The node to connect to, or `nil` when no node is healthy.
    ///
    /// - Parameters:
    ///   - shape: The cluster.
    ///   - failed: The node where the last attempt failed.
    ///   - taken: The nodes of other links, which this link avoids.
    ///   - random: Chooses among equal nodes.
    /// - Returns: The node.
    package func choice(
        in shape: ClusterShape,
        failed: RedisEndpoint? = nil,
        taken: Set<RedisEndpoint> = [],
        using random: inout some RandomNumberGenerator
    ) -> ClusterNode? {
        switch self {
        case .shard(let id, .primary):
            // The primary is also chosen when it has just failed, because no other node can replace it.
            guard let primary = shape[id]?.primary, primary.isHealthy else { return nil }
            return primary
        case .shard(let id, .replica):
            return Self.best(shape[id]?.nodes ?? [], prefersReplicas: true, failed, taken, &random)
        case .any(let preference):
            return Self.best(shape.nodes, prefersReplicas: preference == .replica, failed, taken, &random)
        }
    }

    /// Whether a link to that node may stay, according to the shape.
    ///
    /// A link to a promoted replica stays, and so does a link to a primary that was chosen because there was no
    /// replica: messages still come there, and moving would lose some. The next reconnect follows the preference again.
    package func isGood(_ endpoint: RedisEndpoint, in shape: ClusterShape) -> Bool {
        let nodes: [ClusterNode]
        switch self {
        case .shard(let id, let preference):
            // The owner of the link handles the end of a shard.
            guard let shard = shape[id] else { return true }
            if preference == .primary {
                guard let primary = shard.primary, primary.isHealthy else { return true }
                return primary.endpoint == endpoint
            }
            nodes = shard.nodes
        case .any:
            nodes = shape.nodes
        }
        let isElsewhere = nodes.contains { $0.isHealthy && $0.endpoint != endpoint }
        return nodes.contains { $0.endpoint == endpoint && $0.isHealthy } || !isElsewhere
    }

    private static func best(
        _ nodes: [ClusterNode],
        prefersReplicas: Bool,
        _ failed: RedisEndpoint?,
        _ taken: Set<RedisEndpoint>,
        _ random: inout some RandomNumberGenerator
    ) -> ClusterNode? {
        /// The rank of a node; lower is better. A failed node is worse than one that another link uses, and that is
        /// worse than the wrong role.
        func rank(_ node: ClusterNode) -> Int {
            (node.endpoint == failed ? 4 : 0) + (taken.contains(node.endpoint) ? 2 : 0)
                + (prefersReplicas && node.role == .primary ? 1 : 0)
        }
        return nodes.filter(\.isHealthy).shuffled(using: &random).min { rank($0) < rank($1) }
    }
}
