/// A server of a cluster, as another one tells of it.
public struct ClusterNode: Sendable, Hashable {
    /// What the server does in its shard.
    public enum Role: Sendable, Hashable {
        /// Takes the writes.
        case primary
        /// Follows a primary.
        case replica
    }

    /// The node's name in the cluster: 40 hexadecimal digits.
    public let id: String
    /// Where it is reached: what it announces, after `RedisClusterConfiguration.translation`.
    public let endpoint: RedisEndpoint
    /// What it does in its shard.
    public let role: Role
    /// Whether the cluster holds it for alive and fit to serve. Servers before 7.0 do not tell; there it is `true`.
    public let isHealthy: Bool

    package init(id: String, endpoint: RedisEndpoint, role: Role, isHealthy: Bool = true) {
        self.id = id
        self.endpoint = endpoint
        self.role = role
        self.isHealthy = isHealthy
    }
}
