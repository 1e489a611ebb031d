// How a command gets to its node, and what happens to it there.
extension CommandCluster {
    /// Passes a command to the link of its node, or lets it wait for one.
    func dispatch(_ item: ClusterCommand) {
        guard !isClosed else { return item.fail(.closed) }
        start()
        guard let shape = topology.shape else {
            if let deadline = item.deadline { retry(at: deadline) }
            return early.append(item)
        }
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
    func node(for item: ClusterCommand, _ shape: ClusterShape) -> Result<RedisEndpoint, RedisError> {
        if let redirection = item.redirection { return .success(redirection.node) }
        switch item.destination {
        case .node(let endpoint):
            return .success(endpoint)
        case .slot(let slot):
            guard let shard = shape.shard(ofSlot: slot), let node = node(of: shard, after: item.attempts),
                node.isHealthy
            else {
                return .failure(RedisError(.noServer, "no node that is well serves slot \(slot)", phase: .command))
            }
            return .success(node.endpoint)
        case .anywhere:
            var nodes: [ClusterNode] = []
            if readsReplicas, item.attempts < Self.mostAttemptsAtReplicas {
                nodes = shape.nodes.filter { $0.role == .replica && mayRead(at: $0) }
            }
            if nodes.isEmpty { nodes = shape.shards.compactMap(\.primary).filter(\.isHealthy) }
            return keylessNode.choose(among: nodes.map(\.endpoint)).map { .success($0) }
                ?? .failure(RedisError(.noServer, "no primary of the cluster is well", phase: .command))
        }
    }

    private func deliver(_ item: ClusterCommand, to endpoint: RedisEndpoint) {
        if !failures.isEmpty, let pause = failures.pause(of: endpoint, at: .now) {
            return notDelivered(item, pause.error, at: endpoint, until: pause.end)
        }
        let link: CommandLink
        do throws(RedisError) { link = try self.link(to: endpoint) } catch { return item.fail(error) }
        let command = item.redirection?.isTemporary == true ? item.command.afterAsking : item.command.encoded
        link.handOver(
            CommandSlot(
                command,
                0..<command.count,
                count: item.blockCount ?? 1,
                discarding: item.redirection?.isTemporary == true ? 1 : 0,
                id: item.id,
                deadline: item.deadline,
                recipient(of: item, at: endpoint)
            )
        )
    }

    private func recipient(of item: ClusterCommand, at endpoint: RedisEndpoint) -> CommandRecipient {
        guard item.blockCount != nil else {
            let ended: @Sendable (Result<RESPValue, RedisError>) -> Void = { result in
                self.assumeIsolated { $0.ended(result, item, at: endpoint) }
            }
            if case .observed(let recipient) = item.recipient { return .observed(recipient.passing(ended)) }
            return .call(ended)
        }
        let byteCount = item.command.encoded.count
        return .several(keepsReplies: true) { replies in
            self.assumeIsolated { $0.ended(replies.ofClusterBlock(byteCount: byteCount), item, at: endpoint) }
        }
    }

    /// Handles the outcome of a command. Called in the middle of the link's work.
    func ended(_ result: Result<RESPValue, RedisError>, _ item: ClusterCommand, at endpoint: RedisEndpoint) {
        guard case .failure(let error) = result else {
            if !failures.isEmpty { failures.forget(endpoint) }
            return item.recipient.end(result)
        }
        if error.isAnswer {
            if !failures.isEmpty { failures.forget(endpoint) }
            return refused(item, error, by: endpoint)
        }
        switch (error.code, error.execution) {
        case (.cancelled, _):
            item.recipient.end(result)
        case (.timedOut, .notExecuted):
            var item = item
            item.trouble = item.trouble ?? failures.error { $0 == endpoint }
            item.fail(item.trouble == nil ? error : item.notSentInTime)
        case (.timedOut, _):
            if readsReplicas { failures.failed(endpoint, error, at: .now) }
            // A server that does not reply may have been given up by the others.
            topology.refresh(.asked)
            item.recipient.end(result)
        case (_, .notExecuted):
            unsent(item, error, at: endpoint)
        default:
            // Whoever reads again is to find another node.
            if readsReplicas { failures.failed(endpoint, error, at: .now) }
            topology.refresh(.linkLost)
            keylessNode.leave(endpoint)
            item.recipient.end(result)
        }
    }

    /// Handles that a command was not written in full.
    private func unsent(_ item: ClusterCommand, _ error: RedisError, at endpoint: RedisEndpoint) {
        // A link that may not be opened again is replaced for the next command.
        if error.code == .closed { links[endpoint] = nil }
        guard !isClosed, error.isOfTheNode, nodeConfiguration.reconnect.isEnabled else { return item.fail(error) }
        if error.code != .relocated { failures.failed(endpoint, error, at: .now) }
        notDelivered(item, error, at: endpoint, until: failures.retry(of: endpoint))
    }

    /// Handles that the node cannot be reached. Another may replace it.
    private func notDelivered(
        _ item: ClusterCommand,
        _ error: RedisError,
        at endpoint: RedisEndpoint,
        until due: ContinuousClock.Instant?
    ) {
        if case .node = item.destination { return item.fail(error) }
        keylessNode.leave(endpoint)
        var item = item
        item.redirection = nil
        item.redirections = 0
        // Another replica, or the primary, need not wait for this node.
        delay(item, error, waitsForShape: true, refreshing: .linkLost, until: readsReplicas ? nil : due)
    }
}

extension RedisCommand {
    /// The command behind ASKING, which lets it pass at a node that is taking over its slot.
    fileprivate var afterAsking: [UInt8] { RedisCommand("ASKING").encoded + encoded }
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
