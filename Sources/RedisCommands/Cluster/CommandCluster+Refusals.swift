// Refusals of servers, and commands that wait for another attempt.
extension CommandCluster {
    /// Handles an error reply. Called in the middle of the link's work.
    func refused(_ item: ClusterCommand, _ error: RedisError, by endpoint: RedisEndpoint) {
        // A script that ran may have returned words of a refusal.
        guard error.execution == .notExecuted else { return item.recipient.end(.failure(error)) }
        if case .node = item.destination { return item.recipient.end(.failure(error)) }
        if readsReplicas { replicaRefused(error, at: endpoint) }
        if let redirection = error.serverMessage.flatMap({ ClusterRedirection($0) }) {
            return redirect(item, redirection, error, by: endpoint)
        }
        switch error.serverPrefix {
        case "TRYAGAIN":
            delay(item.fromTheStart, error, waitsForShape: false)
        case "LOADING", "MASTERDOWN", "CLUSTERDOWN":
            keylessNode.leave(endpoint)
            delay(item.fromTheStart, error, waitsForShape: true, refreshing: .noServer)
        case "READONLY" where item.destination == .anywhere:
            // The node was a primary until now.
            keylessNode.leave(endpoint)
            delay(item.fromTheStart, error, waitsForShape: true, refreshing: .wrongRole)
        default:
            item.recipient.end(.failure(error))
        }
    }

    private func redirect(
        _ item: ClusterCommand,
        _ redirection: ClusterRedirection,
        _ error: RedisError,
        by endpoint: RedisEndpoint
    ) {
        guard !isClosed else { return item.fail(.closed) }
        var item = item
        item.redirections += 1
        var target = addresses.endpoint(moved: redirection.address, asked: endpoint)
        if target.map({ mayGo(to: $0) }) == false { target = nil }
        if !redirection.isTemporary {
            topology.moved(slot: redirection.slot, to: redirection.address, from: endpoint)
        }
        guard item.redirections <= ClusterCommand.mostRedirections else {
            return item.fail(.redirectedTooOften(error))
        }
        item.redirection = target.map { .init(node: $0, isTemporary: redirection.isTemporary) }
        if target != nil && item.redirections <= 2 {
            // Deferred, because the link is in the middle of its work and may be the target.
            delayed.append(.init(command: item, due: .now, waitsForShape: false))
            onLoop { $0.retry { $0.due <= .now } }
        } else {
            // The nodes do not agree yet.
            delay(item, error, waitsForShape: target == nil)
        }
    }

    /// Lets a command wait before its next attempt.
    func delay(
        _ item: ClusterCommand,
        _ error: RedisError,
        waitsForShape: Bool,
        refreshing reason: RefreshReason? = nil,
        until due: ContinuousClock.Instant? = nil
    ) {
        guard !isClosed else { return item.fail(.closed) }
        var item = item
        item.attempts += 1
        item.trouble = error
        if let reason { topology.refresh(reason) }
        let pause = ContinuousClock.now.advanced(by: item.pause * (1 + Double.random(in: 0..<0.01)))
        let due = max(due ?? pause, pause)
        delayed.append(.init(command: item, due: due, waitsForShape: waitsForShape))
        retry(at: item.deadline.map { min($0, due) } ?? due)
    }

    func retry(at due: ContinuousClock.Instant) {
        if let retryTimer, retryTimer.due <= due { return }
        retryTimer?.call.cancel()
        let call = ScheduledCall(after: ContinuousClock.now.duration(to: due), on: loop) { [weak self] in
            self?.assumeIsolated { cluster in
                cluster.retryTimer = nil
                cluster.expire(at: .now)
                cluster.retry { $0.due <= .now }
            }
        }
        retryTimer = (due, call)
    }

    /// Ends the waits of commands whose deadline has passed before they were sent.
    private func expire(at now: ContinuousClock.Instant) {
        let expired = early.filter { $0.hasExpired(at: now) } + delayed.take { $0.command.hasExpired(at: now) }
        early.removeAll { $0.hasExpired(at: now) }
        for item in expired { item.fail(item.notSentInTime) }
        if let next = early.lazy.compactMap(\.deadline).min() { retry(at: next) }
    }

    /// Attempts the delayed commands that `isMeant` selects again, in the order in which they came.
    func retry(_ isMeant: (DelayedCommands.Item) -> Bool) {
        guard !isClosed else { return }
        let now = ContinuousClock.now
        for item in delayed.take(where: isMeant) {
            if item.hasExpired(at: now) { item.fail(item.notSentInTime) } else { dispatch(item) }
        }
        if let next = delayed.nextDue { retry(at: next) }
    }
}

extension ClusterCommand {
    /// The command with its own destination instead of a redirection.
    fileprivate var fromTheStart: ClusterCommand {
        var item = self
        item.redirection = nil
        item.redirections = 0
        return item
    }
}

extension RedisError {
    fileprivate static func redirectedTooOften(_ error: RedisError) -> RedisError {
        var result = RedisError(
            .noServer,
            "redirected more than \(ClusterCommand.mostRedirections) times in a row; at last: \(error.message)",
            endpoint: error.endpoint,
            phase: .command,
            underlyingError: error
        )
        result.serverMessage = error.serverMessage
        return result
    }
}
