// The ways to take a lease, once for all that leases are of.
extension LeaseTerms {
    /// Takes a lease if it is free.
    func takeNow() async throws(RedisError) -> RedisLease? {
        try await client.observing("acquire", of: kind, name, isDenied: { $0 == nil }) {
            () async throws(RedisError) -> RedisLease? in
            // Whoever waits here has come before.
            if isExclusive, client.attachment(ReleaseWatch.self).isAwaited(lineKey) { return nil }
            var competitor = LeaseCompetitor(self)
            guard case .lease(let lease) = try await competitor.tryOnce() else { return nil }
            return lease
        }
    }

    /// Waits for a lease.
    func takeWaiting(_ timeout: Duration?) async throws(RedisError) -> RedisLease {
        try refuseDeadlock()
        return try await client.observing("acquire", of: kind, name) { () async throws(RedisError) in
            let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
            let outcome = try await client.onLoop { () async throws(RedisError) in
                var competitor = LeaseCompetitor(self)
                return try await competitor.wait(until: deadline)
            }
            guard case .lease(let lease) = outcome else { throw .unexpectedReply("EVALSHA") }
            return lease
        }
    }

    /// Waits for a lease, runs `body` with it, and gives it back.
    func take<Value: Sendable>(
        _ timeout: Duration?,
        _ body: @escaping @Sendable (RedisLease) async throws -> Value
    ) async throws -> Value { try await run(try await takeWaiting(timeout), body) }

    // MARK: Plain threads

    func takeNowBlocking() throws(RedisError) -> RedisLease? {
        try client.blocking.wait { _ async throws(RedisError) in try await takeNow() }
    }

    func takeWaitingBlocking(_ timeout: Duration?) throws(RedisError) -> RedisLease {
        try client.blocking.wait { _ async throws(RedisError) in try await takeWaiting(timeout) }
    }

    /// Waits for a lease, runs `body` with it on this thread, and gives it back. A thread cannot be cancelled: a `body`
    /// that takes long asks the lease.
    func takeBlocking<Value>(_ timeout: Duration?, _ body: (RedisLease) throws -> Value) throws -> Value {
        let lease = try takeWaitingBlocking(timeout)
        let result = Result { try body(lease) }
        let failure = try client.blocking.wait { _ async throws(RedisError) in await lease.end([]) }
        return try lease.judge(result, failure)
    }
}
