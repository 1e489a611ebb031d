/// Connects the driver of one link with the other links of a cluster. Called on the loop, in the middle of the driver's
/// work. Consequences for this link follow later.
package final class ClusterLinkDelegate: Sendable {
    /// The part of the cluster that a link serves.
    package enum Part: Hashable, Sendable {
        /// Channels and patterns, which any node serves.
        case channels
        /// The shard channels of the slots of that shard.
        case shard(Int)
    }

    /// The layer that combines a link with another one. It is called on the loop, instead of the cluster.
    package struct Layer: Sendable {
        let gaveUp: @Sendable (RedisError, _ hasServed: Bool) -> Void
        let leftOut: @Sendable ([RedisGap.Name], _ since: Moment) -> Void

        package init(
            gaveUp: @escaping @Sendable (RedisError, _ hasServed: Bool) -> Void,
            leftOut: @escaping @Sendable ([RedisGap.Name], _ since: Moment) -> Void
        ) {
            self.gaveUp = gaveUp
            self.leftOut = leftOut
        }
    }

    let part: Part
    /// Whether links of this cluster have served before. Then a failure is an outage and not a wrong address.
    let isReplacement: Bool
    private let cluster: WeakCluster
    private let layer: Layer?

    package init(
        _ part: Part,
        isReplacement: Bool,
        cluster: WeakCluster,
        layer: Layer? = nil
    ) {
        self.layer = layer
        self.part = part
        self.isReplacement = isReplacement
        self.cluster = cluster
    }

    var isOfShard: Bool {
        if case .shard = part { return true }
        return false
    }

    /// When the topology was last verified. Messages of slots that moved later may have been missed since.
    var lastKnownRight: Moment? {
        guard let topology = cluster.value?.topology else { return nil }
        return topology.verifiedBefore ?? topology.verifiedAt
    }

    /// Whether a node belongs to the shard of this link in the current topology. Only nodes of one shard pass messages
    /// on to one another.
    func sharesShard(with node: RedisEndpoint) -> Bool {
        guard case .shard(let shard) = part else { return true }
        return cluster.value?.topology.shape?.shard(at: node)?.id == shard
    }

    /// Takes back names that the link has given up because another node has their slots.
    func unassign(
        _ names: [SubscriptionMachine.NameRequest],
        _ loss: GapTracker.Loss?,
        _ error: RedisError,
        from endpoint: RedisEndpoint
    ) {
        tell { $0.unassign(names, loss, error, from: endpoint, self.part) }
    }

    /// Notes that the server refused a name for good.
    func nameWasRefused() { tell { $0.namesLeft(self.part) } }

    /// Refreshes the topology after a refusal that may be temporary.
    func wasRefused() { cluster.value?.topology.refresh(.unsubscribed) }

    /// A dedicated subscription has ended by itself. The cluster removes it, for other links may have some of its
    /// names.
    func remove(_ mailbox: Mailbox<PubSubControl>) {
        cluster.value?.enqueue(.removeDedicated(mailbox, Promise()))
    }

    /// Passes on that messages of these names were left out as repetitions, and may have been new ones. Returns whether
    /// there is a layer that decides what is missing.
    func leftOut(_ names: [RedisGap.Name], since: Moment) -> Bool {
        layer?.leftOut(names, since)
        return layer != nil
    }

    func linkIsReady() { tell { $0.linkIsReady(self.part) } }

    func linkWasLost() { tell { $0.linkWasLost(self.part) } }

    /// Notes that the link will not be opened again.
    func gaveUp(_ error: RedisError, hasServed: Bool) {
        if let layer { return layer.gaveUp(error, hasServed) }
        tell { $0.gaveUp(error, hasServed: hasServed, self.part) }
    }

    private func tell(_ body: @Sendable (isolated PubSubCluster) -> Void) {
        guard let cluster = cluster.value else { return }
        cluster.assumeIsolated { cluster in body(cluster) }
    }
}

/// A reference to the cluster that does not keep it alive.
package final class WeakCluster: Sendable {
    private struct Reference {
        weak var cluster: PubSubCluster?
    }

    private let reference = Locked(Reference())

    package init() {}

    var value: PubSubCluster? {
        get { reference.withLock { $0.cluster } }
        set { reference.withLock { $0.cluster = newValue } }
    }
}
