extension ClusterWatcher {
    func startNow(_ promise: Promise<Void>) {
        switch state {
        case .idle:
            state = .starting([promise])
            Task { await self.begin() }
        case .starting(let waiting): state = .starting(waiting + [promise])
        case .watching: promise.complete(.success(()))
        case .closed: promise.complete(.failure(.closed))
        }
    }

    private var isStarting: Bool {
        if case .starting = state { return true }
        return false
    }

    private func begin() async {
        let result: Result<Moment, RedisError>
        do throws(RedisError) { result = .success(try await launch()) } catch { result = .failure(error) }
        if case .failure = result {
            // No events come until the next start.
            for watcher in takeWatchers() { await watcher.close() }
            await merger.reset()
        }
        // Whoever closes the watcher completes the promises.
        guard case .starting(let waiting) = state else { return }
        switch result {
        case .success(let began):
            state = .watching
            await merger.open()
            watchTopology(since: began)
            for promise in waiting { promise.complete(.success(())) }
        case .failure(let error):
            state = .idle
            for promise in waiting { promise.complete(.failure(error)) }
        }
    }

    /// Starts a watcher for each shard. Returns when each has succeeded or its shard is found to be unreachable, with
    /// the time from which on no shard is missing.
    private func launch() async throws(RedisError) -> Moment {
        let began = Moment.now()
        topology.start()
        let shape = try await topology.load()
        guard isStarting else { throw .closed }
        var attempts: [(shard: ClusterShape.Shard, promise: Promise<Void>)] = []
        for shard in shape.shards where isWorthwhile(shard) {
            let promise = Promise<Void>()
            try addWatcher(for: shard).start(promise)
            attempts.append((shard, promise))
        }
        var failures: [(shard: ClusterShape.Shard, error: RedisError)] = []
        for (shard, promise) in attempts {
            do throws(RedisError) { try await promise.value() } catch {
                failures.append((shard, error.at(shard.primary?.endpoint ?? configuration.endpoint, .connect)))
            }
        }
        guard isStarting else { throw .closed }
        let refusal = failures.first { !$0.error.isOutage || !configuration.reconnect.isEnabled }
        if let refusal { throw refusal.error }
        if let failure = failures.last, failures.count == attempts.count { throw failure.error }
        for (shard, error) in failures {
            remove(shard.id)
            try addWatcher(for: shard).expect(error.asDisconnect, since: began)
        }
        return began
    }
}

extension RedisError {
    /// The reason why there is no link to a server from the beginning.
    fileprivate var asDisconnect: RedisDisconnect {
        let reason: RedisDisconnect.Reason =
            switch code {
            case .connectTimedOut, .handshakeTimedOut, .timedOut: .deadline
            case .wrongRole, .noServer: .relocated
            case .serverError: .refused
            default: .systemError
            }
        return RedisDisconnect(reason, "not reached in the start: \(message)", node: endpoint)
    }
}
