/// A Redis Cluster, and how it is watched (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).
///
/// As `RedisConfiguration.cluster` it makes a `PubSub`, a `Monitor`, a `KeyspaceEvents` or a `RedisClient` one over all
/// nodes. Credentials, TLS and everything else of the configuration hold for each node.
public struct ClusterConfiguration: Sendable {
    /// Nodes to ask for the others at first, in any order; one that answers is enough.
    public var seeds: [Endpoint]
    /// Which nodes are listened to. The default is the primaries.
    public var nodes: NodePreference
    /// How often the topology is read when nothing calls for it. Redis 7.0 and 7.2 do not tell a subscriber of a replica that
    /// the replica has moved to another primary, so that only this finds out. The default is 30 s.
    public var refreshInterval: Duration
    /// What to make of an address that a node announces, for clusters behind NAT. The default takes it as it is.
    public var translation: (@Sendable (Endpoint) -> Endpoint)?
    /// How long a `Monitor` may hold a command back to put those of several nodes in the order of their times. The default is
    /// 100 ms.
    public var reorderWindow: Duration

    /// Which nodes of a shard are listened to.
    public enum NodePreference: Sendable, Hashable {
        /// The one that takes writes.
        case primary
        /// A healthy replica, and the primary where there is none.
        case replica
    }

    /// A cluster that one of the seeds knows, with the default that each property names.
    public init(seeds: [Endpoint]) {
        self.seeds = seeds
        nodes = .primary
        refreshInterval = .seconds(30)
        translation = nil
        reorderWindow = .milliseconds(100)
    }

    func validate() throws(RedisError) {
        func check(_ isValid: Bool, _ complaint: String) throws(RedisError) {
            if !isValid { throw RedisError(.invalidConfiguration, complaint) }
        }
        try check(!seeds.isEmpty, "cluster.seeds is empty")
        try check(refreshInterval > .zero, "cluster.refreshInterval is not positive")
        try check(reorderWindow >= .zero, "cluster.reorderWindow is negative")
    }
}
