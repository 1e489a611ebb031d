/// The watch of a whole cluster: one unit for each shard, also for those without slots, which may get some.
///
/// What becomes of a shard is its unit's affair: a failover is a reconnect to another server, found by the unit's
/// discovery. Shards that come and go are the fleet's: it follows the topology's pictures. Slots that move concern
/// neither, because all shards are watched.
actor ClusterWatcher<Control: MailboxControl, Unit: ShardWatcher>: WatchEngine {
    /// Makes the unit of a lane, which is to go where the discovery says.
    typealias WatcherFactory = @Sendable (RedisConfiguration, ClusterDiscovery, Int) throws(RedisError) -> Unit

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
    var units: [Int: Unit] = [:]
    private var lanes = 0
    /// When the picture that the units were made after was last known to be right.
    private var knownAt: Moment?
    private var observation: ClusterTopology.Observation?
    /// Shards without slots that are not watched yet, with the time of the last picture without them.
    private var newcomers: [Int: (seen: ContinuousClock.Instant, since: Moment)] = [:]
    private var nextLook: ScheduledCall?
    /// Why there are to be no links now, while that is so.
    private var held: RedisError?
    /// Units of shards that are no more, until nothing is left of them.
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

    nonisolated func start(_ answer: Promise<Void>) {
        loop.execute { self.assumeIsolated { $0.startNow(answer) } }
    }

    func cut() async {
        for unit in units.values { await unit.cut() }
    }

    func hold(_ error: RedisError) async {
        held = error
        for unit in units.values { unit.holdNow(error) }
    }

    func release() async {
        held = nil
        for unit in units.values { await unit.release() }
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
        for answer in waiting { answer.complete(.failure(.closed)) }
        // Held by itself until all is over.
        ending = Task {
            for unit in self.takeUnits() { await unit.close() }
            for task in self.leaving.values { await task.value }
            await self.topology.finish()
            await self.merger.end(nil)
        }
    }

    /// Has all units close, and returns them.
    func takeUnits() -> [Unit] {
        let all = exchange(&units, with: [:]).values
        for unit in all { unit.closeNow() }
        return Array(all)
    }

    // MARK: Shards

    /// Whether there is anything at a shard to be watched, or to be missed.
    func isWorthwhile(_ shard: ClusterShape.Shard) -> Bool {
        if !shard.slots.isEmpty { return true }
        return shard.nodes.contains { $0.isHealthy && ($0.role == .primary || preference == .replica) }
    }

    /// The nodes that a link to the shard may stay with.
    private func rightNodes(of shard: ClusterShape.Shard) -> [ClusterNode] {
        preference == .primary ? [shard.primary].compactMap { $0 } : shard.nodes.filter(\.isHealthy)
    }

    /// A new unit for a shard, not begun yet.
    func addUnit(for shard: ClusterShape.Shard) throws(RedisError) -> Unit {
        lanes += 1
        let unit = try makeShardWatcher(
            configuration.pinned(to: shard.primary?.endpoint ?? configuration.endpoint),
            topology.discovery(ofShard: shard.id, prefers: preference),
            lanes
        )
        if let held { unit.holdNow(held) }
        units[shard.id] = unit
        return unit
    }

    /// Closes the unit of a shard.
    func remove(_ id: Int) {
        guard let unit = units.removeValue(forKey: id) else { return }
        let number = ObjectIdentifier(unit)
        leaving[number] = Task {
            await unit.close()
            self.leaving[number] = nil
        }
    }

    /// From now on the units follow the topology.
    func watchTopology(since began: Moment) {
        knownAt = began
        observation = topology.observeRefresh { [weak self] shape in
            self?.assumeIsolated { $0.reconcile(with: shape) }
        }
    }

    /// Whether a shard that is new has slots, or has been there for a while without. In the midst of a failover the
    /// primary that is about to become a replica may look like a new shard, and would show what its successor shows as
    /// well.
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
        for (id, unit) in units where shape[id].map({ !isWorthwhile($0) }) ?? true {
            unit.retire(RedisError(.relocated, "the server's shard is no longer part of the cluster"))
            remove(id)
        }
        newcomers = newcomers.filter { shape[$0.key] != nil }
        for shard in shape.shards where units[shard.id] == nil && isWorthwhile(shard) {
            let since = newcomers[shard.id]?.since ?? since ?? .now()
            guard isSettled(shard, since) else { continue }
            let text = "the server's shard has joined the cluster"
            let cause = RedisDisconnect(.relocated, text, node: shard.primary?.endpoint)
            do throws(RedisError) {
                try addUnit(for: shard).expect(cause, since: since)
            } catch {
                let lane = lanes
                merger.assumeIsolated { $0.laneEnded(lane, error) }
            }
        }
        // Not when the next picture has come in the meantime: the time would be that one's.
        guard let verifiedAt, topology.shape == shape else { return }
        // The node that was asked may not have heard of the last failover yet: what it says is good for the picture
        // before.
        let moment = topology.verifiedBefore ?? verifiedAt
        for (id, unit) in units {
            for node in shape[id].map({ rightNodes(of: $0) }) ?? [] { unit.verified(node.endpoint, at: moment) }
        }
    }
}
