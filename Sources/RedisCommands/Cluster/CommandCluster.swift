/// The engine of a `RedisClient` over a cluster: a link to each node that has something to do, and commands that are on
/// their way to one, or wait for it.
///
/// An actor of the loop, like its links, which call in amid their own work: nothing here calls a link back at once.
actor CommandCluster: CommandBackend {
    nonisolated let loop: RedisEventLoop
    nonisolated let topology: ClusterTopology
    /// How each node is reached; its endpoint is filled in.
    let nodeConfiguration: RedisConfiguration
    let addresses: AddressReader
    /// A link is kept for so long without having been used, at least, and at most twice as long.
    let linger: Duration

    var links: [RedisEndpoint: NodeLink] = [:]
    var ailing: [RedisEndpoint: AilingNode] = [:]
    /// Where commands without keys go, for as long as it is well.
    var anyNode: RedisEndpoint?
    /// Where they went before that, and it was not well.
    var anyNodeBefore: RedisEndpoint?
    /// The nodes of the last picture.
    var known: Set<RedisEndpoint> = []
    /// Asked for before the cluster was known.
    var early: [ClusterCommand] = []
    /// In the order in which they came back.
    var parked: [ParkedCommand] = []
    var wakeup: (due: ContinuousClock.Instant, call: ScheduledCall)?
    /// What servers have told of commands that the table does not know.
    var learnt: [String: KeyRule] = [:]
    var isClosed = false
    private var sweep: ScheduledCall?
    private var isStarted = false
    private var observation: ClusterTopology.Observation?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ configuration: RedisConfiguration, loop: RedisEventLoop, linger: Duration) {
        self.loop = loop
        self.linger = linger
        topology = ClusterTopology(configuration, loop: loop)
        addresses = AddressReader(configuration)
        var node = configuration
        node.cluster = nil
        // Who waits for a node that cannot be reached waits here, because another may serve in its place.
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
        let answer = Promise<RESPValue>()
        onLoop { $0.take(command, target, answer) }
        return answer
    }

    private func take(_ command: RedisCommand, _ target: CommandTarget, _ answer: Promise<RESPValue>) {
        switch target {
        case .slot(let slot): dispatch(ClusterCommand(command, to: .slot(slot), for: answer))
        case .anywhere: dispatch(ClusterCommand(command, to: .anywhere, for: answer))
        case .severalSlots: answer.complete(.failure(target.refusal(of: command) ?? .closed))
        case .asked: askForKeys(of: command, answer)
        case .unknown: learn(command, answer)
        }
    }

    /// The same for a command whose keys are known by now.
    func goOn(_ command: RedisCommand, _ target: CommandTarget, _ answer: Promise<RESPValue>) {
        take(command, target == .unknown ? .anywhere : target, answer)
    }

    nonisolated func timedOut(_ answer: Promise<RESPValue>) {
        assumeIsolated { engine in
            guard let trouble = engine.trouble(of: answer) else {
                // A server that says nothing may have been given up by the others.
                engine.topology.refresh(.asked)
                return answer.complete(.failure(.noReplyInTime))
            }
            // What stands in the way says more than that time has passed.
            let text = "not delivered in time; at last: \(trouble.message)"
            let endpoint = trouble.endpoint
            answer.complete(
                .failure(
                    RedisError(.timedOut, text, endpoint: endpoint, phase: .command, underlyingError: trouble)
                )
            )
        }
    }

    /// Why a command has not been delivered yet, if something is wrong.
    private func trouble(of answer: Promise<RESPValue>) -> RedisError? {
        if let item = parked.first(where: { $0.command.answer === answer }) { return item.error }
        return ailing.first { links[$0.key]?.link.keeps(answer) == true }?.value.error
    }

    // MARK: The beginning

    /// Learns the topology, if that was not begun yet.
    func start() {
        guard !isStarted, !isClosed else { return }
        isStarted = true
        topology.start()
        observation = topology.observe { [weak self] shape in
            self?.assumeIsolated { $0.pictureChanged(shape) }
        }
        sweepLater()
        Task {
            do throws(RedisError) { _ = try await topology.load() } catch { topologyUnavailable(error) }
        }
    }

    /// No seed tells the topology. As with one server, who asks at first is told.
    private func topologyUnavailable(_ error: RedisError) {
        guard topology.shape == nil, !isClosed else { return }
        observation?.cancel()
        observation = nil
        sweep?.cancel()
        sweep = nil
        isStarted = false
        for item in exchange(&early, with: []) { complete(.failure(error), to: item) }
    }

    private func sweepLater() {
        sweep = ScheduledCall(after: linger, on: loop) { [weak self] in
            self?.assumeIsolated { engine in
                guard !engine.isClosed else { return }
                engine.closeUnused()
                engine.sweepLater()
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
        wakeup?.call.cancel()
        topology.close()
        for node in links.values { node.link.closeNow() }
        for item in exchange(&early, with: []) { complete(.failure(.closed), to: item) }
        for item in exchange(&parked, with: []) { complete(.failure(.closed), to: item.command) }
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
