internal import RedisReactor

extension ClusterTopology {
    /// The picture; the first one is waited for.
    ///
    /// - Throws: When no seed gives one, why: what a server said (`.authenticationFailed`, `.notPermitted`,
    ///   `.invalidConfiguration` when it is not part of a cluster) rather than `.connectFailed` and kin; `.noServer` when what they
    ///   told is of no use. What may pass is tried again for `RedisReconnectPolicy.initialPatience`. `.closed`; `.cancelled`.
    @discardableResult
    package func load() async throws(RedisError) -> ClusterShape {
        let end = ContinuousClock.now.advanced(by: configuration.reconnect.initialPatience)
        while true {
            let answer = Promise<ClusterShape>()
            state.withLock { state in
                if state.isClosed {
                    answer.complete(.failure(.topologyClosed))
                } else if let shape = state.machine.shape {
                    answer.complete(.success(shape))
                } else {
                    state.loads.append(answer)
                    if state.machine.roundBegan == nil { state.machine.want(.first) }
                }
            }
            step()
            do throws(RedisError) {
                return try await answer.value()
            } catch {
                guard error.mayPass, .now < end else { throw error }
            }
        }
    }

    /// Asks for a new picture and waits until that attempt is over, successful or not: a round that began after `instant`,
    /// which is now unless said otherwise. Waits no longer than `limit`, and not for a topology that is closed.
    package func refreshed(
        _ reason: RefreshReason = .asked,
        after instant: ContinuousClock.Instant? = nil,
        within limit: Duration? = nil
    ) async {
        let answer = Promise<Void>()
        state.withLock { state in
            let after = instant ?? .now
            let isOver = state.machine.lastRoundBegan.map { $0 >= after } ?? false
            if state.isClosed || isOver { return answer.complete(.success(())) }
            state.waiters.append(RefreshWaiter(after: after, answer: answer))
            let began = state.machine.roundBegan
            if began.map({ $0 < after }) ?? true { state.machine.want(reason) }
        }
        let timer = limit.map { limit in
            ScheduledCall(after: limit, on: loop) { answer.complete(.success(())) }
        }
        step()
        do throws(RedisError) { try await answer.value() } catch {}
        timer?.cancel()
        state.withLock { $0.waiters.removeAll { $0.answer === answer } }
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
