extension RedisLease {
    /// Gives the lease back. The cancellation of the task does not stop it.
    ///
    /// It may be called again after an error, and does nothing after it has returned.
    ///
    /// - Throws: `.leaseLost` when the lease had ended before; what `RedisClient.run` throws when the server was not
    ///   reached: then the lease ends after its time to live at the latest.
    public func release() async throws(RedisError) {
        if let loss = await end([]) { throw loss }
    }

    /// Confirms with the server that the lease stands, and prolongs it to at least its time to live from now.
    ///
    /// - Throws: `.leaseLost`; `.closed` after `release`; what `RedisClient.run` throws. The lease may still hold then.
    public func renew() async throws(RedisError) { try await change("least", terms.timeToLive) }

    /// Prolongs the lease by that time, in addition to what it has left.
    ///
    /// - Throws: What `renew` throws; `.invalidConfiguration` for a time that is not from 1 ms to ten years.
    public func extend(by time: Duration) async throws(RedisError) { try await change("add", time) }

    /// Lets the lease end after that time from now, unless it is renewed: also sooner than it would have.
    ///
    /// - Throws: What `renew` throws; `.invalidConfiguration` for a time that is not from 1 ms to ten years.
    public func extend(to time: Duration) async throws(RedisError) { try await change("exactly", time) }

    private func change(_ mode: String, _ time: Duration) async throws(RedisError) {
        try time.check(as: "time", of: terms.words, from: .milliseconds(1))
        try checkValid()
        let sent = ContinuousClock.now
        let limit = terms.client.commandTimeout
        let reply = try await terms.run(terms.renew, token, time: time, [RedisBytes(mode)], timeout: limit)
        guard let left = reply.integer else { throw .unexpectedReply("EVALSHA") }
        answered(left, sent: sent, isShortened: mode == "exactly")
        try checkValid()
    }

    /// Gives the lease back, and returns what is to be thrown. `more` are further arguments of the script.
    func end(_ more: [RedisBytes]) async -> RedisError? {
        let (machine, isOver, validUntil) = act { state in
            state.machine.release(at: .now)
            return (state.machine.state, state.isConfirmedReleased, state.machine.validUntil)
        }
        if isOver { return nil }
        let (terms, token) = (self.terms, self.token)
        if case .lost(let loss) = machine {
            // The server may have it still, and others wait.
            Task { try? await terms.giveBack(token, more, timeout: terms.timeToLive) }
            return .leaseLost(terms, loss)
        }
        // Beyond its end there is nothing to give back.
        let limit = min(max(ContinuousClock.now.duration(to: validUntil), .seconds(1)), .seconds(10))
        // A task of its own is not cancelled with the caller's. On the loop it sends at once.
        let task = Task(executorPreference: terms.client.loop) { () async -> Result<Bool, RedisError> in
            do throws(RedisError) { return .success(try await terms.giveBack(token, more, timeout: limit)) } catch {
                return .failure(error)
            }
        }
        switch await task.value {
        case .success(let wasThere):
            let mayBeReleased = state.withLock { state in
                state.isConfirmedReleased = true
                return state.mayBeReleased
            }
            return wasThere || mayBeReleased ? nil : .leaseLost(terms, .refused)
        case .failure(let error):
            if error.execution != .notExecuted { state.withLock { $0.mayBeReleased = true } }
            return error
        }
    }
}
