/// Which nodes of a cluster a link may go to, and which of them it should.
package enum NodeRule: Sendable, Hashable {
    /// Those of one shard.
    case shard(Int, RedisClusterConfiguration.NodePreference)
    /// All of them; only replicas where some are to be had, if those are preferred.
    case any(RedisClusterConfiguration.NodePreference)

    /// The node to go to, or `nil` when there is none that is healthy.
    ///
    /// - Parameters:
    ///   - shape: The cluster.
    ///   - failed: Where the last attempt failed.
    ///   - taken: Where other links are that need not be in the same place.
    ///   - random: Chooses among equals.
    /// - Returns: The node.
    package func choice(
        in shape: ClusterShape,
        failed: RedisEndpoint? = nil,
        taken: Set<RedisEndpoint> = [],
        using random: inout some RandomNumberGenerator
    ) -> ClusterNode? {
        switch self {
        case .shard(let id, .primary):
            // Also when it has just failed: nobody else can do what it does.
            guard let primary = shape[id]?.primary, primary.isHealthy else { return nil }
            return primary
        case .shard(let id, .replica):
            return Self.best(shape[id]?.nodes ?? [], prefersReplicas: true, failed, taken, &random)
        case .any(let preference):
            return Self.best(shape.nodes, prefersReplicas: preference == .replica, failed, taken, &random)
        }
    }

    /// Whether a link there need not be given up for what the shape says.
    ///
    /// A replica that was promoted is kept, and so is a primary that was taken for want of replicas: messages go on
    /// there, and going elsewhere would lose some. The next reconnect follows the preference again.
    package func isGood(_ endpoint: RedisEndpoint, in shape: ClusterShape) -> Bool {
        let nodes: [ClusterNode]
        switch self {
        case .shard(let id, let preference):
            // The end of a shard is for the owner of the link to see to.
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
        /// The lower the better; what failed is worse than what is taken, and that is worse than the wrong role.
        func rank(_ node: ClusterNode) -> Int {
            (node.endpoint == failed ? 4 : 0) + (taken.contains(node.endpoint) ? 2 : 0)
                + (prefersReplicas && node.role == .primary ? 1 : 0)
        }
        return nodes.filter(\.isHealthy).shuffled(using: &random).min { rank($0) < rank($1) }
    }
}
