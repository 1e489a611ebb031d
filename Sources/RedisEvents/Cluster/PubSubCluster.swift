/// The backend of a `PubSub` over a cluster. It has one link for channels and patterns, which any node serves, and one
/// link for each shard that serves slots of the shard channels.
///
/// A link belongs to a shard and not to an address, so that a failover is just a reconnect to another node. This type
/// manages the names: to which link they are assigned, where they wait when nobody serves their slot, and which names
/// move when slots move.
///
/// This is an actor of the loop, like its links. The drivers of the links call it in the middle of their own work
/// (`ClusterLinkDelegate`), so it never calls the same link back at once.
actor PubSubCluster: PubSubBackend {
    nonisolated let topology: ClusterTopology
    /// How each node is reached. The discovery chooses the endpoint.
    let configuration: RedisConfiguration
    let nodes: RedisClusterConfiguration.NodePreference
    let shared: SharedContext
    /// The backend for channels and patterns.
    nonisolated let channels: any PubSubBackend
    let reference: WeakCluster

    /// The links by the number of their shard in the topology.
    var links: [Int: ClusterLink] = [:]
    /// Shard channels that no link has.
    var unassigned: [RedisBytes: UnassignedChannel] = [:]
    var refusals = SlotRefusals()
    /// Whether any link has ever been ready.
    var hasServed = false
    var isClosed = false
    var isSuspended = false
    var assignment = Assignment.none
    /// The timer of the next check for stale links.
    var recheckTimer: ScheduledCall?
    private var observation: ClusterTopology.Observation?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ configuration: RedisConfiguration, _ context: sending PubSubContext, loop: RedisEventLoop) {
        topology = ClusterTopology(configuration, loop: loop)
        nodes = configuration.cluster?.nodes ?? .primary
        var node = configuration
        node.cluster = nil
        // Other nodes publish too, so the count of one node is no bound.
        node.lossBoundInterval = nil
        self.configuration = node
        let shared = SharedContext(context)
        self.shared = shared
        let reference = WeakCluster()
        self.reference = reference
        channels =
            if let cluster = configuration.cluster, cluster.mirrorsChannels {
                MirrorLinks(node, cluster, topology, shared, reference)
            } else {
                Session(
                    pubSub: node,
                    shared.get(),
                    discovery: topology.discovery(ofAny: nodes),
                    loop: loop,
                    clusterDelegate: ClusterLinkDelegate(.channels, isReplacement: false, cluster: reference)
                )
            }
        reference.value = self
    }

    nonisolated var loop: RedisEventLoop { topology.loop }
    nonisolated var channelLinks: [Session<PubSubDriver>] { channels.channelLinks }

    var sessions: [Session<PubSubDriver>] { channelLinks + links.values.map(\.session) }

    /// Loads the topology, unless that has begun already.
    func start() {
        guard observation == nil, !isClosed else { return }
        topology.start()
        observation = topology.observe { [weak self] shape in
            self?.assumeIsolated { $0.topologyChanged(shape) }
        }
        Task {
            do throws(RedisError) { _ = try await topology.load() } catch { topologyUnavailable(error) }
        }
    }

    /// Handles that no seed returns the topology. The first caller gets the error, as with one server.
    private func topologyUnavailable(_ error: RedisError) {
        guard topology.shape == nil, !isClosed else { return }
        observation?.cancel()
        observation = nil
        for name in unassigned.keys { fail(name, error) }
    }

    // MARK: The end

    func close(discarding: Bool) async {
        end(nil, discarding: discarding)
        for session in sessions { await session.close() }
        await topology.finish()
    }

    /// Ends everything, because of `error` if there is one.
    func end(_ error: RedisError?, discarding: Bool) {
        stop()
        let context = shared.get()
        channels.handle(.close(discarding: discarding))
        for link in links.values { link.session.handle(.close(discarding: discarding)) }
        recordUnassignedLosses(context)
        for name in unassigned.keys { fail(name, error ?? .closed) }
        context.calls.failAll(error ?? .closed)
        context.end(error, discarding: discarding)
    }

    /// Reports what the unassigned channels have missed up to the end.
    private func recordUnassignedLosses(_ context: PubSubContext) {
        // Losses at different servers are reported separately.
        var trackers: [RedisEndpoint?: GapTracker] = [:]
        for (name, channel) in unassigned {
            guard var loss = channel.loss else { continue }
            loss.names = [RedisGap.Name(kind: .shardChannel, name: name)]
            trackers[loss.cause.node, default: GapTracker()].linkLost(loss)
        }
        for var tracker in trackers.values {
            for gap in tracker.ended(at: .now()) {
                context.sink.event(.gap(gap))
                for dedicated in context.dedicatedSubscriptions.having(gap.names) where dedicated.isLive {
                    dedicated.event(.gap(gap))
                }
            }
        }
    }

    func stop() {
        isClosed = true
        observation?.cancel()
        observation = nil
        if case .later(let call) = assignment { call.cancel() }
        recheckTimer?.cancel()
        topology.close()
        for link in links.values { link.closing?.cancel() }
        for session in sessions { session.handle(.abandon) }
    }

    nonisolated func onLoop(_ body: @escaping @Sendable (isolated PubSubCluster) -> Void) {
        loop.execute { self.assumeIsolated { body($0) } }
    }
}
