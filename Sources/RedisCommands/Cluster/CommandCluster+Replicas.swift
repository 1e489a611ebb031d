// Which node of a shard commands go to, and replicas that cannot be read.
extension CommandCluster {
    /// The node of a shard for its commands: the primary, or where replicas are read one that may be read, and the
    /// primary if there is none. A command that could not be delivered twice goes to the primary: the cluster may think
    /// dead replicas healthy for good, as one with a single primary does.
    func node(of shard: ClusterShape.Shard, after attempts: Int = 0) -> ClusterNode? {
        guard readsReplicas else { return shard.primary }
        if attempts >= Self.mostAttemptsAtReplicas, let primary = shard.primary, mayRead(at: primary) {
            return primary
        }
        return shard.reader(using: &random) { mayRead(at: $0) }
    }

    /// Whether a node is healthy and has not just failed.
    func mayRead(at node: ClusterNode) -> Bool {
        node.isHealthy && (failures.isEmpty || failures.pause(of: node.endpoint, at: .now) == nil)
    }

    /// After how many attempts in a row a read goes to the primary.
    static var mostAttemptsAtReplicas: Int { 2 }

    /// For how long a replica is not read that has refused a read.
    private static var refusalPause: Duration { .milliseconds(500) }

    /// Handles a refusal: a replica that serves another shard now (MOVED), is not ready (LOADING) or is cut off
    /// (MASTERDOWN, CLUSTERDOWN) is not read for a while, so that the next attempt finds another node.
    func replicaRefused(_ error: RedisError, at endpoint: RedisEndpoint) {
        switch error.serverPrefix {
        case "MOVED", "LOADING", "MASTERDOWN", "CLUSTERDOWN": break
        default: return
        }
        let isReplica = topology.shape?.nodes.contains { $0.endpoint == endpoint && $0.role == .replica } ?? false
        guard isReplica else { return }
        failures.failed(endpoint, error, until: .now.advanced(by: Self.refusalPause))
        topology.refresh(.moved)
    }
}

extension ClusterShape.Shard {
    /// The node that serves the next read: each replica that may be read with the same probability; the primary if
    /// there is none, healthy or not.
    package func reader(
        using random: inout some RandomNumberGenerator,
        where mayRead: (ClusterNode) -> Bool
    ) -> ClusterNode? {
        replicas.filter(mayRead).randomElement(using: &random) ?? primary
    }
}
