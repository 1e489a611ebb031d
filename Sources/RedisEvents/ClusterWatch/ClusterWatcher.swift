/// Watches a whole cluster with one watcher for each shard. Shards without slots are watched as well, because they may
/// get some.
///
/// Each watcher handles what happens to its own shard: a failover is a reconnect to another server, which the watcher's
/// discovery finds. The cluster watcher handles shards that are added or removed, which it learns from the topology.
/// Moved slots need no handling, because all shards are watched.
actor ClusterWatcher<Control: MailboxControl, Watcher: ShardWatcher>: EventWatcher {
    /// Makes the watcher of a shard. The discovery chooses its server; the number is that of its input of the merger.
    typealias WatcherFactory = @Sendable (RedisConfiguration, ClusterDiscovery, Int) throws(RedisError) -> Watcher

    enum State {
        case idle
        case starting([Promise<Void>])
        case watching
        case closed
    }

    nonisolated let loop: RedisEventLoop
    let configuration: RedisConfiguration
    let topology: ClusterTopology
    let merger: StreamMerger<Control>
    private let makeShardWatcher: WatcherFactory
    private let preference: RedisClusterConfiguration.NodePreference

    var state = State.idle
    var watchers: [Int: Watcher] = [:]
    private var inputCount = 0
    /// When the topology by which the watchers were made was last verified.
    private var knownAt: Moment?
    private var observation: ClusterTopology.Observation?
    /// Shards without slots that are not watched yet, with the time of the last topology without them.
    private var newcomers: [Int: (seen: ContinuousClock.Instant, since: Moment)] = [:]
    private var nextLook: ScheduledCall?
    /// Why there must be no links now; `nil` when there may be.
    private var held: RedisError?
    /// Watchers of removed shards, until they have ended.
    private var leaving: [ObjectIdentifier: Task<Void, Never>] = [:]
    private var ending: Task<Void, Never>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        loop: RedisEventLoop,
        merger: StreamMerger<Control>,
        makeShardWatcher: @escaping WatcherFactory
    ) {
        self.configuration = configuration
        self.loop = loop
        self.merger = merger
        self.makeShardWatcher = makeShardWatcher
        preference = cluster.nodes
        topology = ClusterTopology(configuration, loop: loop)
        loop.execute { [weak self] in
            merger.assumeIsolated { $0.onFailure { [weak self] in self?.closeNow() } }
        }
    }

    nonisolated func start(_ promise: Promise<Void>) {
        loop.execute { self.assumeIsolated { $0.startNow(promise) } }
    }

    func cut() async {
        for watcher in watchers.values { await watcher.cut() }
    }

    func hold(_ error: RedisError) async {
        held = error
        for watcher in watchers.values { watcher.holdNow(error) }
    }

    func release() async {
        held = nil
        for watcher in watchers.values { await watcher.release() }
    }

    nonisolated func endTurn() {
        loop.execute { [merger] in merger.assumeIsolated { $0.endTurn() } }
    }

    func close() async {
        closeHere()
        await ending?.value
    }

    nonisolated func closeNow() {
        loop.execute { self.assumeIsolated { $0.closeHere() } }
    }

    private func closeHere() {
        guard ending == nil else { return }
        let waiting = if case .starting(let waiting) = state { waiting } else { [Promise<Void>]() }
        state = .closed
        observation.take()?.cancel()
        nextLook.take()?.cancel()
        topology.close()
        for promise in waiting { promise.complete(.failure(.closed)) }
        // The task keeps the watcher alive until everything has ended.
        ending = Task {
            for watcher in self.takeWatchers() { await watcher.close() }
            for task in self.leaving.values { await task.value }
            await self.topology.finish()
            await self.merger.end(nil)
        }
    }

    /// Removes all watchers and returns them.
    func takeWatchers() -> [Watcher] {
        let all = exchange(&watchers, with: [:]).values
        for watcher in all { watcher.closeNow() }
        return Array(all)
    }

    // MARK: Shards

    /// Whether the shard has anything to watch or to miss.
    func isWorthwhile(_ shard: ClusterShape.Shard) -> Bool {
        if !shard.slots.isEmpty { return true }
        return shard.nodes.contains { $0.isHealthy && ($0.role == .primary || preference == .replica) }
    }

    /// The nodes to which a link to the shard may stay connected.
    private func rightNodes(of shard: ClusterShape.Shard) -> [ClusterNode] {
        preference == .primary ? [shard.primary].compactMap { $0 } : shard.nodes.filter(\.isHealthy)
    }

    /// Makes a watcher for a shard. It is not started yet.
    func addWatcher(for shard: ClusterShape.Shard) throws(RedisError) -> Watcher {
        inputCount += 1
        let watcher = try makeShardWatcher(
            configuration.pinned(to: shard.primary?.endpoint ?? configuration.endpoint),
            topology.discovery(ofShard: shard.id, prefers: preference),
            inputCount
        )
        if let held { watcher.holdNow(held) }
        watchers[shard.id] = watcher
        return watcher
    }

    /// Closes the watcher of a shard.
    func remove(_ id: Int) {
        guard let watcher = watchers.removeValue(forKey: id) else { return }
        let number = ObjectIdentifier(watcher)
        leaving[number] = Task {
            await watcher.close()
            self.leaving[number] = nil
        }
    }

    /// From now on, adds and removes watchers as the topology changes.
    func watchTopology(since began: Moment) {
        knownAt = began
        observation = topology.observeRefresh { [weak self] shape in
            self?.assumeIsolated { $0.reconcile(with: shape) }
        }
    }

    /// Whether a new shard has slots, or has existed without slots for a while. During a failover, a primary that is
    /// about to become a replica may look like a new shard and would show the same events as its successor.
    private func isSettled(_ shard: ClusterShape.Shard, _ since: Moment) -> Bool {
        let now = ContinuousClock.now
        let seen = newcomers[shard.id]?.seen ?? now
        if !shard.slots.isEmpty || seen.duration(to: now) >= Self.settling {
            newcomers[shard.id] = nil
            return true
        }
        newcomers[shard.id] = (seen, since)
        nextLook?.cancel()
        nextLook = ScheduledCall(after: Self.settling, on: loop) { [topology] in topology.refresh(.asked) }
        return false
    }

    private static var settling: Duration { .seconds(1) }

    private func reconcile(with shape: ClusterShape) {
        guard case .watching = state else { return }
        let verifiedAt = topology.verifiedAt
        let since = [knownAt, topology.verifiedBefore].compactMap { $0 }.min { $0.monotonic < $1.monotonic }
        knownAt = verifiedAt
        for (id, watcher) in watchers where shape[id].map({ !isWorthwhile($0) }) ?? true {
            watcher.retire(RedisError(.relocated, "the server's shard is no longer part of the cluster"))
            remove(id)
        }
        newcomers = newcomers.filter { shape[$0.key] != nil }
        for shard in shape.shards where watchers[shard.id] == nil && isWorthwhile(shard) {
            let since = newcomers[shard.id]?.since ?? since ?? .now()
            guard isSettled(shard, since) else { continue }
            let text = "the server's shard has joined the cluster"
            let cause = RedisDisconnect(.relocated, text, node: shard.primary?.endpoint)
            do throws(RedisError) {
                try addWatcher(for: shard).expect(cause, since: since)
            } catch {
                let input = inputCount
                merger.assumeIsolated { $0.inputEnded(input, error) }
            }
        }
        // Skipped when the next topology has arrived meanwhile, because `verifiedAt` then belongs to that one.
        guard let verifiedAt, topology.shape == shape else { return }
        // The node that was asked may not know about the last failover yet, so its reply only verifies the topology
        // before.
        let moment = topology.verifiedBefore ?? verifiedAt
        for (id, watcher) in watchers {
            for node in shape[id].map({ rightNodes(of: $0) }) ?? [] { watcher.verified(node.endpoint, at: moment) }
        }
    }
}
