/// What a `PubSub` over a cluster does its work with: one link for channels and patterns, which any node serves, and
/// one for each shard whose slots have some of the shard channels.
///
/// A link belongs to a shard and not to an address: a failover is to it a reconnect to another node. What is left to do
/// here are the names: which link they are assigned to, where they wait when nobody serves their slot, and what moves
/// when slots move.
///
/// An actor of the loop, like its links. Their drivers call in amid their own work (`ClusterLinkDelegate`), so that
/// nothing here calls the same link back at once.
actor PubSubCluster: PubSubBackend {
    nonisolated let topology: ClusterTopology
    /// How each node is reached. Its endpoint is the discovery's to say.
    let configuration: RedisConfiguration
    let nodes: RedisClusterConfiguration.NodePreference
    let shared: SharedContext
    /// Serves channels and patterns.
    nonisolated let channels: any PubSubBackend
    let reference: WeakCluster

    /// By the shard's number in the topology.
    var links: [Int: ClusterLink] = [:]
    /// Shard channels that no link has.
    var unassigned: [RedisBytes: UnassignedChannel] = [:]
    var refusals = SlotRefusals()
    /// Whether any link has ever been ready.
    var hasServed = false
    var isClosed = false
    var isSuspended = false
    var assignment = Assignment.none
    /// The next look at stale links.
    var recheckTimer: ScheduledCall?
    private var observation: ClusterTopology.Observation?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ configuration: RedisConfiguration, _ context: sending PubSubContext, loop: RedisEventLoop) {
        topology = ClusterTopology(configuration, loop: loop)
        nodes = configuration.cluster?.nodes ?? .primary
        var node = configuration
        node.cluster = nil
        // Other nodes publish too, so that one node's count bounds nothing.
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
        reference.engine = self
    }

    nonisolated var loop: RedisEventLoop { topology.loop }
    nonisolated var channelLinks: [Session<PubSubDriver>] { channels.channelLinks }

    var sessions: [Session<PubSubDriver>] { channelLinks + links.values.map(\.session) }

    /// Learns the topology, if that was not begun yet.
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

    /// No seed tells the topology. As with one server, the first to ask is told.
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

    /// Ends everything; with the error that did it, if it was one.
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

    /// What is missed up to the end of names that no link has.
    private func recordUnassignedLosses(_ context: PubSubContext) {
        // What was lost with one server is told apart from what was lost with another.
        var trackers: [RedisEndpoint?: GapTracker] = [:]
        for (name, channel) in unassigned {
            guard var loss = channel.loss else { continue }
            loss.names = [RedisGap.Name(kind: .shardChannel, name: name)]
            trackers[loss.cause.node, default: GapTracker()].linkLost(loss)
        }
        for var tracker in trackers.values {
            for gap in tracker.ended(at: .now()) { context.sink.event(.gap(gap)) }
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
