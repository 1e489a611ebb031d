/// The backend of a `RedisClient` on a cluster: a link to each node that is used, and the commands that are on their
/// way to a node or wait for one.
///
/// A command goes one way: `enqueue` → `take` (finds the keys, `CommandCluster+Keys`) → `dispatch` (finds the node) → a
/// `CommandLink`. The outcome goes to `happened`, which completes the promise or attempts the command again
/// (`CommandCluster+Refusals`). The cluster is an actor of the loop, like its links, which call it in the middle of
/// their own work, so it never calls a link back at once.
///
/// A second one, on the topology of the first, sends the reads of `RedisClient.replicas`. Its links differ in one
/// thing: each begins with READONLY.
actor CommandCluster: CommandBackend {
    nonisolated let loop: RedisEventLoop
    nonisolated let topology: ClusterTopology
    /// Whether commands only read, and go to replicas. The topology belongs to another backend then.
    let readsReplicas: Bool
    /// How each node is reached. Its endpoint is filled in for each link.
    let nodeConfiguration: RedisConfiguration
    let addresses: AddressReader
    /// The shortest time for which an unused link is kept; the longest is twice as long.
    let linger: Duration

    /// The link to one node.
    struct NodeLink {
        let link: CommandLink
        /// Whether the link got a command since the last check.
        var isUsed = true
    }

    var links: [RedisEndpoint: NodeLink] = [:]
    var failures = NodeFailures()
    var keylessNode = KeylessNode()
    var random = SystemRandomNumberGenerator()
    /// The nodes of the last shape.
    var known: Set<RedisEndpoint> = []
    /// Commands that came before the first shape.
    var early: [ClusterCommand] = []
    var delayed = DelayedCommands()
    nonisolated private let cancellations = Cancellations()
    var retryTimer: (due: ContinuousClock.Instant, call: ScheduledCall)?
    /// Rules that servers have returned for commands that are not in the table.
    var learnedRules: [String: KeyRule] = [:]
    var isClosed = false
    private var sweep: ScheduledCall?
    /// Set once the topology was requested.
    private var observation: ClusterTopology.Observation?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// With `topology`, which belongs to another backend, commands only read, and go to replicas.
    init(
        _ configuration: RedisConfiguration,
        loop: RedisEventLoop,
        linger: Duration,
        readingReplicasOf topology: ClusterTopology? = nil
    ) {
        self.loop = loop
        self.linger = linger
        self.topology = topology ?? ClusterTopology(configuration, loop: loop)
        readsReplicas = topology != nil
        addresses = AddressReader(configuration)
        var node = configuration
        node.cluster = nil
        node.readsReplica = readsReplicas
        // A command for a node that cannot be reached waits in the cluster and not on the link, because another node
        // may replace it.
        node.reconnect.initialPatience = .zero
        node.reconnect.minimumDelay = min(node.reconnect.minimumDelay, .milliseconds(100))
        node.reconnect.maximumDelay = max(
            min(node.reconnect.maximumDelay, .milliseconds(500)),
            node.reconnect.minimumDelay
        )
        nodeConfiguration = node
    }

    nonisolated func handOver(_ command: RedisCommand, id: Int, timeout: Duration?, _ recipient: CommandRecipient) {
        let target = CommandTarget(command)
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        let call = ClusterCall(id: id, deadline: deadline, recipient: recipient)
        onLoop { $0.take(command, target, call) }
    }

    func take(_ command: RedisCommand, _ target: CommandTarget, _ call: ClusterCall) {
        switch target {
        case .slot(let slot): dispatch(ClusterCommand(command, to: .slot(slot), call))
        case .anywhere: dispatch(ClusterCommand(command, to: .anywhere, call))
        case .severalSlots:
            if let split = SlotSplit(command) { return take(split, call) }
            call.recipient.fail(.keysOfSeveralSlots(command), writtenBytes: 0)
        case .asked: askForKeys(of: command, call)
        case .unknown: learn(command, call)
        }
    }

    /// Sends a command whose keys are known.
    func goOn(_ command: RedisCommand, _ target: CommandTarget, _ call: ClusterCall) {
        take(command, target == .unknown ? .anywhere : target, call)
    }

    nonisolated func cancel(_ id: Int) {
        guard cancellations.add([id]) else { return }
        onLoop { cluster in
            let ids = cluster.cancellations.take()
            let early = cluster.early.filter { ids.contains($0.id) }
            if !early.isEmpty { cluster.early.removeAll { ids.contains($0.id) } }
            // The commands of one batch have the same number, and may wait here and be on several links at once.
            for item in early + cluster.delayed.take(where: { ids.contains($0.command.id) }) {
                item.fail(.taskCancelled)
            }
            for node in cluster.links.values { node.link.cancel(ids) }
        }
    }

    // MARK: The beginning

    /// Loads the topology, unless that has begun already.
    func start() {
        guard observation == nil, !isClosed else { return }
        topology.start()
        observation = topology.observe { [weak self] shape in
            self?.assumeIsolated { $0.shapeChanged(shape) }
        }
        sweepLater()
        Task {
            do throws(RedisError) { _ = try await topology.load() } catch { topologyUnavailable(error) }
        }
    }

    /// Handles that no seed returns the topology. The first caller gets the error, as with one server.
    private func topologyUnavailable(_ error: RedisError) {
        guard topology.shape == nil, !isClosed else { return }
        observation?.cancel()
        observation = nil
        sweep?.cancel()
        sweep = nil
        for item in exchange(&early, with: []) { item.fail(error) }
    }

    private func sweepLater() {
        sweep = ScheduledCall(after: linger, on: loop) { [weak self] in
            self?.assumeIsolated { cluster in
                guard !cluster.isClosed else { return }
                cluster.closeUnused()
                cluster.sweepLater()
            }
        }
    }

    // MARK: The end

    func close() async {
        end()
        for (_, node) in links { await node.link.close() }
        if !readsReplicas { await topology.finish() }
    }

    nonisolated func closeNow() { onLoop { $0.end() } }

    private func end() {
        guard !isClosed else { return }
        isClosed = true
        observation?.cancel()
        observation = nil
        sweep?.cancel()
        retryTimer?.call.cancel()
        if !readsReplicas { topology.close() }
        for node in links.values { node.link.closeNow() }
        for item in exchange(&early, with: []) + delayed.take() { item.fail(.closed) }
    }

    var statistics: RedisLinkStatistics {
        links.values.reduce(into: RedisLinkStatistics()) { $0 += $1.link.statistics }
    }

    func cut() async {
        for (_, node) in links { await node.link.cut() }
    }

    nonisolated func onLoop(_ body: @escaping @Sendable (isolated CommandCluster) -> Void) {
        loop.execute { self.assumeIsolated { body($0) } }
    }
}

extension RedisError {
    static func keysOfSeveralSlots(_ command: RedisCommand) -> RedisError {
        let name = command.name.commandName ?? ""
        return RedisError(.invalidCommand, "\(name): the keys belong to several slots", phase: .command)
    }

    static var closed: RedisError { RedisError(.closed, "closed", phase: .command) }
}
