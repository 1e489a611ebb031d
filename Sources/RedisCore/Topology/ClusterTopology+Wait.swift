internal import RedisReactor

extension ClusterTopology {
    /// The shape; the first one is waited for.
    ///
    /// - Throws: When no seed gives one, why: what a server said (`.authenticationFailed`, `.notPermitted`,
    ///   `.invalidConfiguration` when it is not part of a cluster) rather than `.connectFailed` and kin; `.noServer`
    ///   when what they told is of no use. What may pass is tried again for `RedisReconnectPolicy.initialPatience`.
    ///   `.closed`; `.cancelled`.
    @discardableResult
    package func load() async throws(RedisError) -> ClusterShape {
        let end = ContinuousClock.now.advanced(by: configuration.reconnect.initialPatience)
        while true {
            let promise = Promise<ClusterShape>()
            let known = state.withLock { state -> Result<ClusterShape, RedisError>? in
                if state.isClosed { return .failure(.topologyClosed) }
                if let shape = state.machine.shape { return .success(shape) }
                state.loads.append(promise)
                if state.machine.roundBegan == nil { state.machine.want(.first) }
                return nil
            }
            if let known { return try known.get() }
            step()
            do throws(RedisError) {
                return try await promise.value()
            } catch {
                guard error.mayPass, .now < end else { throw error }
            }
        }
    }

    /// Asks for a new shape and waits until that attempt is over, successful or not: a round that began after
    /// `instant`, which is now unless said otherwise. Waits no longer than `limit`, and not for a topology that is
    /// closed.
    package func refreshed(
        _ reason: RefreshReason = .asked,
        after instant: ContinuousClock.Instant? = nil,
        within limit: Duration? = nil
    ) async {
        let promise = Promise<Void>()
        let isOver = state.withLock { state in
            let after = instant ?? .now
            if state.isClosed || state.machine.lastRoundBegan.map({ $0 >= after }) ?? false { return true }
            state.waiters.append(RefreshWaiter(after: after, promise: promise))
            let began = state.machine.roundBegan
            if began.map({ $0 < after }) ?? true { state.machine.want(reason) }
            return false
        }
        if isOver { return }
        let timer = limit.map { limit in
            ScheduledCall(after: limit, on: loop) { promise.complete(.success(())) }
        }
        step()
        do throws(RedisError) { try await promise.value() } catch {}
        timer?.cancel()
        state.withLock { $0.waiters.removeAll { $0.promise === promise } }
    }
}

extension RedisError {
    /// Whether a first attempt that failed so is worth another.
    fileprivate var mayPass: Bool {
        switch code {
        case .connectFailed, .connectTimedOut, .handshakeTimedOut, .connectionLost, .timedOut, .noServer: true
        case .serverError: isTransient
        default: false
        }
    }
}
