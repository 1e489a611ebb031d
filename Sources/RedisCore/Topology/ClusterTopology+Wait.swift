internal import RedisReactor

extension ClusterTopology {
    /// The shape. Waits for the first one.
    ///
    /// - Throws: The reason when no seed gives a shape: the error of a server (`.authenticationFailed`,
    ///   `.notPermitted`, `.invalidConfiguration` when it does not belong to a cluster) rather than `.connectFailed`
    ///   and similar errors; `.noServer` when no reply could be used. Temporary errors are retried for
    ///   `RedisReconnectPolicy.initialPatience`. `.timedOut` after `deadline`. `.closed`; `.cancelled`.
    @discardableResult
    package func load(until deadline: ContinuousClock.Instant? = nil) async throws(RedisError) -> ClusterShape {
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
            let timer = deadline.map { deadline in
                ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) {
                    promise.complete(.failure(.noShapeInTime))
                }
            }
            step()
            defer { timer?.cancel() }
            do throws(RedisError) {
                return try await promise.value()
            } catch {
                guard error.mayPass else { throw error }
                if let deadline, deadline <= .now { throw .noShapeInTime }
                guard .now < end else { throw error }
            }
        }
    }

    /// Requests a new shape and waits until a round that began after `instant`, by default now, has ended with or
    /// without success. Waits no longer than `limit`, and not for a topology that is closed.
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
    fileprivate static var noShapeInTime: RedisError {
        RedisError(.timedOut, "no seed told the nodes of the cluster in time", phase: .command).with(.notExecuted)
    }

    /// Whether the error of a first attempt is temporary, so that a retry makes sense.
    fileprivate var mayPass: Bool {
        switch code {
        case .connectFailed, .connectTimedOut, .handshakeTimedOut, .connectionLost, .timedOut, .noServer: true
        case .serverError: isTransient
        default: false
        }
    }
}
