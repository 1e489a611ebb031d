internal import Logging
internal import RedisReactor

extension ClusterTopology {
    /// Does the step that the machine returns.
    func step() {
        let (due, version) = state.withLock { state -> (ContinuousClock.Instant?, Int) in
            state.version += 1
            guard !state.isClosed else { return (nil, state.version) }
            switch state.machine.step(now: .now, using: &state.random) {
            case .nothing: return (nil, state.version)
            case .wait(let due): return (due, state.version)
            case .ask(let endpoints):
                // This happens under the lock, so that `finish` waits for each task that was started. The task itself
                // runs elsewhere.
                state.round = Task.detached { await self.round(endpoints) }
                return (nil, state.version)
            }
        }
        timer.schedule(due, version: version, on: loop) { [weak self] in self?.step() }
    }

    /// Makes one round: asks nodes until one reply is accepted.
    private func round(_ endpoints: [RedisEndpoint]) async {
        let error = await ask(endpoints)
        let now = ContinuousClock.now
        let (loads, waiters, shape) = state.withLock { state in
            let began = state.machine.roundBegan ?? now
            let before = state.machine.shape
            let hadAccepted = state.machine.verifiedAt
            let isVerified = state.machine.roundIsOver(now: now)
            // An unreliable reply is accepted at the end of the round.
            if isVerified && state.machine.verifiedAt != hadAccepted { state.observers.shapeVerified() }
            if state.machine.shape != before { state.observers.shapeChanged() }
            let isDone = { (waiter: RefreshWaiter) in waiter.after <= began }
            let waiters = state.waiters.filter(isDone)
            state.waiters.removeAll(where: isDone)
            return (exchange(&state.loads, with: []), waiters, state.machine.shape)
        }
        if let shape {
            for load in loads { load.complete(.success(shape)) }
        } else {
            for load in loads { load.complete(.failure(error ?? .noShape)) }
        }
        for waiter in waiters { waiter.promise.complete(.success(())) }
        tellObservers()
        step()
    }

    private enum Event: Sendable {
        case reply(ClusterReply, number: Int)
        case failed(RedisEndpoint, RedisError, number: Int)
        case impatient(number: Int)
    }

    /// Asks one node after another, and also goes on to the next when one is slow, whose reply may still come. Returns
    /// why no reply was accepted.
    private func ask(_ endpoints: [RedisEndpoint]) async -> RedisError? {
        await withTaskGroup(of: Event.self) { group in
            defer { group.cancelAll() }
            var running: Set<Int> = []
            var failure: RedisError?
            var next = 0
            while true {
                if next < endpoints.count && !Task.isCancelled {
                    start(next, endpoints[next], &group)
                    running.insert(next)
                    next += 1
                }
                waiting: while let event = await group.next() {
                    switch event {
                    case .reply(let reply, let number):
                        running.remove(number)
                        if believes(reply) { return nil }
                        failure = .moreTelling(failure, .noShape)
                        break waiting
                    case .failed(let endpoint, let error, let number):
                        running.remove(number)
                        state.withLock { $0.machine.failed(endpoint) }
                        configuration.logger.log(
                            // Without a warning, the old shape would stay for ever without notice.
                            level: error.code == .limitExceeded ? .warning : .debug,
                            "the topology of the cluster could not be read",
                            metadata: ["error": "\(error)"]
                        )
                        failure = .moreTelling(failure, error)
                        break waiting
                    case .impatient(let number):
                        if running.contains(number) && next < endpoints.count { break waiting }
                    }
                    if running.isEmpty && next == endpoints.count { break waiting }
                }
                if running.isEmpty && (next == endpoints.count || Task.isCancelled) { return failure }
            }
        }
    }

    private func start(_ number: Int, _ endpoint: RedisEndpoint, _ group: inout TaskGroup<Event>) {
        var (configuration, loop) = (configuration, loop)
        if shape != nil { configuration.firstConnectTimeout = nil }
        group.addTask { [configuration, loop] in
            do throws(RedisError) {
                let reply = try await TopologyQuery.ask(endpoint, configuration, on: loop)
                return .reply(reply, number: number)
            } catch { return .failed(endpoint, error, number: number) }
        }
        group.addTask {
            try? await Task.sleep(for: Self.patience)
            return .impatient(number: number)
        }
    }

    /// How long one node may take before the next is asked too.
    static var patience: Duration { .seconds(1) }

    private func believes(_ reply: ClusterReply) -> Bool {
        let isBelieved = state.withLock { state in
            guard !state.isClosed else { return true }
            let before = state.machine.shape
            guard state.machine.answered(reply) else { return false }
            state.observers.shapeVerified()
            if state.machine.shape != before { state.observers.shapeChanged() }
            return true
        }
        if isBelieved { tellObservers() }
        return isBelieved
    }
}

extension RedisError {
    static var noShape: RedisError { RedisError(.noServer, "no node knows the topology of the cluster") }

    /// The more informative of two errors: a server's reply says more than a failed connect. Of two alike, the later
    /// counts.
    fileprivate static func moreTelling(_ one: RedisError?, _ other: RedisError) -> RedisError {
        func isMute(_ error: RedisError) -> Bool {
            switch error.code {
            case .connectFailed, .connectTimedOut, .handshakeTimedOut, .connectionLost, .timedOut, .closed, .cancelled:
                true
            default: false
            }
        }
        guard let one else { return other }
        return isMute(other) && !isMute(one) ? one : other
    }
}
