// How a command gets to its node, and what happens to it there.
extension CommandCluster {
    /// Passes a command to the link of its node, or lets it wait for one.
    func dispatch(_ item: ClusterCommand) {
        if item.promise.isCompleted { return }
        guard !isClosed else { return complete(.failure(.closed), to: item) }
        start()
        guard let shape = topology.shape else { return early.append(item) }
        // Earlier commands are delivered first.
        if !early.isEmpty { for item in exchange(&early, with: []) { deliver(item, shape) } }
        deliver(item, shape)
    }

    private func deliver(_ item: ClusterCommand, _ shape: ClusterShape) {
        switch node(for: item, shape) {
        case .failure(let error): delay(item, error, waitsForShape: true, refreshing: .noServer)
        case .success(let endpoint): deliver(item, to: endpoint)
        }
    }

    /// The node to which a command goes now.
    private func node(for item: ClusterCommand, _ shape: ClusterShape) -> Result<RedisEndpoint, RedisError> {
        if let redirection = item.redirection { return .success(redirection.node) }
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
            return keylessNode.choose(among: primaries).map { .success($0) }
                ?? .failure(RedisError(.noServer, "no primary of the cluster is well", phase: .command))
        }
    }

    private func deliver(_ item: ClusterCommand, to endpoint: RedisEndpoint) {
        if !failures.isEmpty, let pause = failures.pause(of: endpoint, at: .now) {
            return notDelivered(item, pause.error, at: endpoint, until: pause.end)
        }
        let link: ControlLink
        do throws(RedisError) { link = try self.link(to: endpoint) } catch {
            return complete(.failure(error), to: item)
        }
        let prefix: RedisCommand? = item.redirection?.isTemporary == true ? ["ASKING"] : nil
        link.submit(item.command, behind: prefix, for: item.promise) { outcome in
            self.assumeIsolated { $0.happened(outcome, to: item, at: endpoint) }
        }
    }

    /// Handles the outcome of a command. Called in the middle of the link's work.
    private func happened(_ outcome: ControlOutcome, to item: ClusterCommand, at endpoint: RedisEndpoint) {
        if !failures.isEmpty, case .replied = outcome { failures.forget(endpoint) }
        switch outcome {
        case .replied(.success(let value)):
            complete(.success(value), to: item)
        case .replied(.failure(let error)):
            refused(item, error, by: endpoint)
        case .lost(let error):
            topology.refresh(.linkLost)
            keylessNode.leave(endpoint)
            complete(.failure(error), to: item)
        case .unsent(let error):
            // A link that may not be opened again is replaced for the next command.
            if error.code == .closed { links[endpoint] = nil }
            guard !isClosed, error.isOfTheNode, nodeConfiguration.reconnect.isEnabled else {
                return complete(.failure(error), to: item)
            }
            if error.code != .relocated { failures.failed(endpoint, error, at: .now) }
            notDelivered(item, error, at: endpoint, until: failures.retry(of: endpoint))
        }
    }

    /// Handles that the node cannot be reached. Another may replace it.
    private func notDelivered(
        _ item: ClusterCommand,
        _ error: RedisError,
        at endpoint: RedisEndpoint,
        until due: ContinuousClock.Instant?
    ) {
        if case .node = item.destination { return complete(.failure(error), to: item) }
        keylessNode.leave(endpoint)
        var item = item
        item.redirection = nil
        item.redirections = 0
        delay(item, error, waitsForShape: true, refreshing: .linkLost, until: due)
    }

    /// Completes the promise of the command, or calls the closure that gets its result.
    func complete(_ result: Result<RESPValue, RedisError>, to item: ClusterCommand) {
        if let then = item.then {
            loop.execute { then(result) }
        } else {
            item.promise.complete(result)
        }
    }
}

extension RedisError {
    /// Whether the error is caused by the node, and not by the command or the user.
    var isOfTheNode: Bool {
        switch code {
        case .connectFailed, .connectTimedOut, .handshakeTimedOut, .connectionLost, .timedOut, .closed, .relocated: true
        case .serverError: isTransient
        default: false
        }
    }
}
