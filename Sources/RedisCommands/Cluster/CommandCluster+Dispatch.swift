// The way of a command to its node, and what becomes of it there.
extension CommandCluster {
    /// Gives a command to the link of its node, or lets it wait for one.
    func dispatch(_ item: ClusterCommand) {
        if item.answer.isCompleted { return }
        guard !isClosed else { return complete(.failure(.closed), to: item) }
        start()
        guard let shape = topology.shape else { return early.append(item) }
        // Those that came first go first.
        if !early.isEmpty { for item in exchange(&early, with: []) { deliver(item, shape) } }
        deliver(item, shape)
    }

    private func deliver(_ item: ClusterCommand, _ shape: ClusterShape) {
        switch node(for: item, shape) {
        case .failure(let error): delay(item, error, hopesForPicture: true, refreshing: .noServer)
        case .success(let endpoint): deliver(item, to: endpoint)
        }
    }

    /// Where a command is to go now.
    private func node(for item: ClusterCommand, _ shape: ClusterShape) -> Result<RedisEndpoint, RedisError> {
        if let detour = item.detour { return .success(detour.node) }
        switch item.destination {
        case .node(let endpoint):
            return .success(endpoint)
        case .slot(let slot):
            guard let primary = shape.shard(ofSlot: slot)?.primary, primary.isHealthy else {
                return .failure(RedisError(.noServer, "no node that is well serves slot \(slot)", phase: .command))
            }
            return .success(primary.endpoint)
        case .anywhere:
            let primaries = shape.shards.compactMap(\.primary).filter(\.isHealthy).map(\.endpoint)
            if let anyNode, primaries.contains(anyNode) { return .success(anyNode) }
            anyNode = primaries.filter { $0 != anyNodeBefore }.randomElement() ?? primaries.first
            return anyNode.map { .success($0) }
                ?? .failure(RedisError(.noServer, "no primary of the cluster is well", phase: .command))
        }
    }

    private func deliver(_ item: ClusterCommand, to endpoint: RedisEndpoint) {
        if !ailing.isEmpty, let ill = ailing[endpoint], ill.due > .now {
            return notDelivered(item, ill.error, at: endpoint, until: ill.due)
        }
        let link: ControlLink
        do throws(RedisError) { link = try self.link(to: endpoint) } catch {
            return complete(.failure(error), to: item)
        }
        let prefix: RedisCommand? = item.detour?.isTemporary == true ? ["ASKING"] : nil
        link.submit(item.command, behind: prefix, for: item.answer) { outcome in
            self.assumeIsolated { $0.happened(outcome, to: item, at: endpoint) }
        }
    }

    /// Called amid what the link does.
    private func happened(_ outcome: ControlOutcome, to item: ClusterCommand, at endpoint: RedisEndpoint) {
        if !ailing.isEmpty, case .replied = outcome { ailing[endpoint] = nil }
        switch outcome {
        case .replied(.success(let value)):
            complete(.success(value), to: item)
        case .replied(.failure(let error)):
            refused(item, error, by: endpoint)
        case .lost(let error):
            topology.refresh(.linkLost)
            leave(endpoint)
            complete(.failure(error), to: item)
        case .unsent(let error):
            // A link that may not come back is replaced by the next command.
            if error.code == .closed { links[endpoint] = nil }
            guard !isClosed, error.isOfTheNode, nodeConfiguration.reconnect.isEnabled else {
                return complete(.failure(error), to: item)
            }
            if error.code != .relocated { fellIll(endpoint, error) }
            notDelivered(item, error, at: endpoint, until: ailing[endpoint]?.due)
        }
    }

    private func fellIll(_ endpoint: RedisEndpoint, _ error: RedisError) {
        let now = ContinuousClock.now
        var node = ailing[endpoint] ?? AilingNode(error: error, failures: 0, due: now)
        node.error = error
        // Many fail together; that is one failure.
        if node.due <= now {
            node.failures += 1
            node.due = now.advanced(by: .milliseconds(min(10 << min(node.failures, 6), 500)))
        }
        ailing[endpoint] = node
    }

    /// The node cannot be reached. Another may take its place.
    private func notDelivered(
        _ item: ClusterCommand,
        _ error: RedisError,
        at endpoint: RedisEndpoint,
        until due: ContinuousClock.Instant?
    ) {
        if case .node = item.destination { return complete(.failure(error), to: item) }
        leave(endpoint)
        var item = item
        item.detour = nil
        item.redirections = 0
        delay(item, error, hopesForPicture: true, refreshing: .linkLost, until: due)
    }

    /// Commands without keys go elsewhere from now on, if there is somewhere else.
    func leave(_ endpoint: RedisEndpoint) {
        guard anyNode == endpoint else { return }
        anyNodeBefore = endpoint
        anyNode = nil
    }

    /// Gives the result to whoever waits for it.
    func complete(_ result: Result<RESPValue, RedisError>, to item: ClusterCommand) {
        if let then = item.then {
            loop.execute { then(result) }
        } else {
            item.answer.complete(result)
        }
    }
}

extension RedisError {
    /// Whether the node is why, and not what it was asked for, or by whom.
    var isOfTheNode: Bool {
        switch code {
        case .connectFailed, .connectTimedOut, .handshakeTimedOut, .connectionLost, .timedOut, .closed, .relocated: true
        case .serverError: isTransient
        default: false
        }
    }
}
