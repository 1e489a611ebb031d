/// The backend of a `RedisClient` on a cluster: a link to each node that is used, and the commands that are on their
/// way to a node or wait for one.
///
/// A command goes one way: `enqueue` → `take` (finds the keys, `CommandCluster+Keys`) → `dispatch` (finds the node) → a
/// `ControlLink`. The outcome goes to `happened`, which completes the promise or attempts the command again
/// (`CommandCluster+Refusals`). The cluster is an actor of the loop, like its links, which call it in the middle of
/// their own work, so it never calls a link back at once.
actor CommandCluster: CommandBackend {
    nonisolated let loop: RedisEventLoop
    nonisolated let topology: ClusterTopology
    /// How each node is reached. Its endpoint is filled in for each link.
    let nodeConfiguration: RedisConfiguration
    let addresses: AddressReader
    /// The shortest time for which an unused link is kept; the longest is twice as long.
    let linger: Duration

    /// The link to one node.
    struct NodeLink {
        let link: ControlLink
        /// Whether the link got a command since the last check.
        var isUsed = true
    }

    var links: [RedisEndpoint: NodeLink] = [:]
    var failures = NodeFailures()
    var keylessNode = KeylessNode()
    /// The nodes of the last shape.
    var known: Set<RedisEndpoint> = []
    /// Commands that came before the first shape.
    var early: [ClusterCommand] = []
    var delayed = DelayedCommands()
    var retryTimer: (due: ContinuousClock.Instant, call: ScheduledCall)?
    /// Rules that servers have returned for commands that are not in the table.
    var learnedRules: [String: KeyRule] = [:]
    var isClosed = false
    private var sweep: ScheduledCall?
    /// Set once the topology was requested.
    private var observation: ClusterTopology.Observation?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ configuration: RedisConfiguration, loop: RedisEventLoop, linger: Duration) {
        self.loop = loop
        self.linger = linger
        topology = ClusterTopology(configuration, loop: loop)
        addresses = AddressReader(configuration)
        var node = configuration
        node.cluster = nil
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

    nonisolated func enqueue(_ command: RedisCommand) throws(RedisError) -> Promise<RESPValue> {
        guard let name = command.arguments.first, !name.isEmpty else {
            throw RedisError(.invalidCommand, "a command needs a name")
        }
        try SharedLinkRule.check(command)
        let target = CommandTarget(command)
        if let error = target.refusal(of: command) { throw error }
        let promise = Promise<RESPValue>()
        onLoop { $0.take(command, target, promise) }
        return promise
    }

    private func take(_ command: RedisCommand, _ target: CommandTarget, _ promise: Promise<RESPValue>) {
        switch target {
        case .slot(let slot): dispatch(ClusterCommand(command, to: .slot(slot), for: promise))
        case .anywhere: dispatch(ClusterCommand(command, to: .anywhere, for: promise))
        case .severalSlots: promise.complete(.failure(target.refusal(of: command) ?? .closed))
        case .asked: askForKeys(of: command, promise)
        case .unknown: learn(command, promise)
        }
    }

    /// Sends a command whose keys are known.
    func goOn(_ command: RedisCommand, _ target: CommandTarget, _ promise: Promise<RESPValue>) {
        take(command, target == .unknown ? .anywhere : target, promise)
    }

    nonisolated func timedOut(_ promise: Promise<RESPValue>) {
        assumeIsolated { cluster in
            guard let trouble = cluster.trouble(of: promise) else {
                // A server that does not reply may have been given up by the others.
                cluster.topology.refresh(.asked)
                return promise.complete(.failure(.noReplyInTime))
            }
            // The reason for the delay says more than the timeout.
            let text = "not delivered in time; at last: \(trouble.message)"
            let endpoint = trouble.endpoint
            promise.complete(
                .failure(
                    RedisError(.timedOut, text, endpoint: endpoint, phase: .command, underlyingError: trouble)
                )
            )
        }
    }

    /// Why a command has not been delivered yet, if there is a problem.
    private func trouble(of promise: Promise<RESPValue>) -> RedisError? {
        delayed.error(of: promise) ?? failures.error { links[$0]?.link.keeps(promise) == true }
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
        for item in exchange(&early, with: []) { complete(.failure(error), to: item) }
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
        await topology.finish()
    }

    nonisolated func closeNow() { onLoop { $0.end() } }

    private func end() {
        guard !isClosed else { return }
        isClosed = true
        observation?.cancel()
        observation = nil
        sweep?.cancel()
        retryTimer?.call.cancel()
        topology.close()
        for node in links.values { node.link.closeNow() }
        for item in exchange(&early, with: []) { complete(.failure(.closed), to: item) }
        for item in delayed.take() { complete(.failure(.closed), to: item) }
    }

    func cut() async {
        for (_, node) in links { await node.link.cut() }
    }

    nonisolated func onLoop(_ body: @escaping @Sendable (isolated CommandCluster) -> Void) {
        loop.execute { self.assumeIsolated { body($0) } }
    }
}

extension CommandTarget {
    /// Why a command is not sent at all.
    func refusal(of command: RedisCommand) -> RedisError? {
        let name = command.arguments.first?.commandName ?? ""
        switch self {
        case .severalSlots:
            return RedisError(.invalidCommand, "\(name): the keys belong to several slots", phase: .command)
        case .slot, .anywhere, .asked, .unknown:
            return nil
        }
    }
}

extension RedisError {
    static var closed: RedisError { RedisError(.closed, "closed", phase: .command) }
}
