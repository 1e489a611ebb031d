/// A Redis Cluster, and how it is watched (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).
///
/// As `RedisConfiguration.cluster` it makes a `PubSub`, a `Monitor`, a `KeyspaceEvents` or a `RedisClient` one over all
/// nodes. Credentials, TLS and everything else of the configuration hold for each node.
public struct RedisClusterConfiguration: Sendable {
    /// Nodes that are asked for the topology at first, in any order. One that replies is enough.
    public var seeds: [RedisEndpoint]
    /// Which nodes are listened to. The default is the primaries.
    public var nodes: NodePreference
    /// How often the topology is read when there is no other reason to read it. Redis 7.0 and 7.2 do not tell the
    /// subscriber of a replica that the replica has moved to another primary, so only this finds it. The default is 30
    /// s.
    public var refreshInterval: Duration
    /// How many nodes a cluster may have, including replicas. A reply with more nodes is refused as a whole
    /// (`.limitExceeded`), because it would make us connect to as many addresses of its choice. The default is 1,000;
    /// the makers of Redis advise against larger clusters. 4,096 is the most.
    public var maximumNodes: Int
    /// How many nodes are asked for the topology in one round, in addition to the seeds, while no reply is accepted.
    /// Nodes whose replies were accepted before come first. The default is 16, 4,096 the most.
    public var nodesAskedPerRound: Int
    /// Translates an address that a node announces, for clusters behind NAT. The default takes the address as it is.
    public var translation: (@Sendable (RedisEndpoint) -> RedisEndpoint)?
    /// How long a `Monitor` may hold a command back to sort the commands of several nodes by their times. The default
    /// is 100 ms.
    public var reorderWindow: Duration
    /// Whether a `PubSub` subscribes to its channels and patterns on two nodes, so that the loss of one loses no
    /// message. Shard channels, which one shard alone has, are not concerned. The default is no.
    ///
    /// Each message is delivered once: the first copy of the two, while the other is left out. What counts is how often
    /// the same bytes came by the same name. When one link is lost, nothing is missed: there is no `.gap`, only the
    /// events of the link. A name counts as subscribed when one node has confirmed it, and as refused when both have
    /// refused it.
    ///
    /// **Order.** The messages of one publisher on one channel keep their order. Those of several publishers come in
    /// the order of whichever link is ahead, which changes; two nodes may have brought them in different orders.
    ///
    /// **Uncertain losses** are reported as a `.gap`: messages may be missing there, and none comes twice.
    /// - The other link is new. It counts after two windows (`mirrorWindow`), when both nodes have answered a PING. If
    ///   the first link is lost before that, the gap's cause is that loss, as when both are lost.
    /// - The links differ for longer than the window, or by more than is kept for the comparison (262,144 messages, 16
    ///   MiB of messages held back). The link that is behind then counts as new. If it has a message that the other
    ///   link has not, there is a gap with the cause `.unproven`.
    /// - A name is unsubscribed and subscribed again at once, and one node confirms that before the other has ended the
    ///   first subscription: a gap with the cause `.unproven` from the confirmation on.
    /// - Equal messages come by a name again and again (within two windows). Counting them works as long as both links
    ///   are up. A new link counts only after a window without messages of that name, because nobody knows with which
    ///   of them each link began. After a loss, the copy of a message that only the lost link had delivered may be
    ///   another message: a gap with the cause `.unproven`.
    ///
    /// **Losses without a record.** A publish is lost in the cluster if the node that took it dies before it has passed
    /// the publish on: no subscriber at another node gets it, and no record says so. If the lost link had brought that
    /// message, and an equal message is published for the first time again within a window, the second message is taken
    /// for a copy. A name that one of the nodes refuses (each node has its own ACLs) is on one link only, and the loss
    /// of that link is a gap. Keyspace notifications are not published by commands: each node sends its own, and those
    /// of one of the two links are taken. `KeyspaceEvents` watches all nodes.
    ///
    /// **What it costs.** Twice the traffic and the reading, a subscriber on two nodes, and the comparison: about a
    /// quarter of the messages per CPU-second.
    public var mirrorsChannels: Bool
    /// How far apart two nodes may send the same message. It should be much longer than messages travel between nodes,
    /// so that a link that differs for longer is behind or misses messages. The default is 5 s. Used with
    /// `mirrorsChannels`.
    public var mirrorWindow: Duration

    /// Which nodes of a shard are listened to.
    public enum NodePreference: Sendable, Hashable {
        /// The node that takes writes.
        case primary
        /// A healthy replica, and the primary where there is none.
        case replica
    }

    /// A cluster with these seeds. Every other property has its documented default.
    public init(seeds: [RedisEndpoint]) {
        self.seeds = seeds
        nodes = .primary
        refreshInterval = .seconds(30)
        maximumNodes = 1000
        nodesAskedPerRound = 16
        translation = nil
        reorderWindow = .milliseconds(100)
        mirrorsChannels = false
        mirrorWindow = .seconds(5)
    }

    func check(_ check: inout ConfigurationCheck) {
        check.that(!seeds.isEmpty, "cluster.seeds", "cluster.seeds is empty")
        check.positive(refreshInterval, "cluster.refreshInterval")
        for (count, name) in [
            (maximumNodes, "cluster.maximumNodes"), (nodesAskedPerRound, "cluster.nodesAskedPerRound"),
        ] {
            check.that(
                (1...ClusterShape.mostShards).contains(count),
                name,
                "\(name) \(count) is not between 1 and \(ClusterShape.mostShards)"
            )
        }
        check.that(reorderWindow >= .zero, "cluster.reorderWindow", "cluster.reorderWindow is negative")
        check.positive(mirrorWindow, "cluster.mirrorWindow")
    }
}
