/// The place of one link among those of a cluster: what its driver tells and asks the others through. Called on the
/// loop, amid what the driver does; what follows from it for this link happens later.
package final class ClusterLinkDelegate: Sendable {
    /// Which part of the cluster a link serves.
    package enum Part: Hashable, Sendable {
        /// Channels and patterns, which any node serves.
        case channels
        /// The shard channels of a shard's slots.
        case shard(Int)
    }

    let part: Part
    /// Whether links of this cluster have served before, so that a failure is an outage and no false address.
    let isReplacement: Bool
    private let cluster: WeakCluster
    /// The layer that makes one stream of this link and others, if there is one: it hears of the link's end instead of
    /// the cluster.
    private let layer: (@Sendable (RedisError, _ hasServed: Bool) -> Void)?

    package init(
        _ part: Part,
        isReplacement: Bool,
        cluster: WeakCluster,
        layer: (@Sendable (RedisError, _ hasServed: Bool) -> Void)? = nil
    ) {
        self.layer = layer
        self.part = part
        self.isReplacement = isReplacement
        self.cluster = cluster
    }

    /// Whether a layer above the link counts what each node brings.
    var isUnderLayer: Bool { layer != nil }

    var isOfShard: Bool {
        if case .shard = part { return true }
        return false
    }

    /// When the topology was last known to be what it is taken for: what moved later may have been missed since.
    var lastKnownRight: Moment? {
        guard let topology = cluster.engine?.topology else { return nil }
        return topology.verifiedBefore ?? topology.verifiedAt
    }

    /// Whether a node belongs to the shard of this link, as the topology is now. Nodes of a shard pass messages on to
    /// one another; others do not.
    func sharesShard(with node: RedisEndpoint) -> Bool {
        guard case .shard(let shard) = part else { return true }
        return cluster.engine?.topology.shape?.shard(at: node)?.id == shard
    }

    /// The link has given these names up, because another node has their slots.
    func unassign(
        _ names: [SubscriptionMachine.NameRequest],
        _ loss: GapTracker.Loss?,
        _ error: RedisError,
        from endpoint: RedisEndpoint
    ) {
        tell { $0.unassign(names, loss, error, from: endpoint, self.part) }
    }

    /// The server refused a name for good.
    func nameWasRefused() { tell { $0.namesLeft(self.part) } }

    /// The server refused something for a reason that passes: the topology may tell more.
    func wasRefused() { cluster.engine?.topology.refresh(.unsubscribed) }

    /// A dedicated subscription has ended by itself. The cluster removes it, for other links may have some of its names.
    func remove(_ mailbox: Mailbox<PubSubControl>) {
        cluster.engine?.enqueue(.removeDedicated(mailbox, Promise()))
    }

    func linkIsReady() { tell { $0.linkIsReady(self.part) } }

    func linkWasLost() { tell { $0.linkWasLost(self.part) } }

    /// The link is at its end.
    func gaveUp(_ error: RedisError, hasServed: Bool) {
        if let layer { layer(error, hasServed) } else { tell { $0.gaveUp(error, hasServed: hasServed, self.part) } }
    }

    private func tell(_ body: @Sendable (isolated PubSubCluster) -> Void) {
        guard let engine = cluster.engine else { return }
        engine.assumeIsolated { engine in body(engine) }
    }
}

/// Lets the links of a cluster find it without keeping it alive.
package final class WeakCluster: Sendable {
    private struct Reference {
        weak var engine: PubSubCluster?
    }

    private let reference = Locked(Reference())

    package init() {}

    var engine: PubSubCluster? {
        get { reference.withLock { $0.engine } }
        set { reference.withLock { $0.engine = newValue } }
    }
}
