/// What a caller of `RedisClient.withFetchLock` is to do.
public enum RedisFetchRole: Sendable {
    /// It is the one that fetches.
    case leader(RedisLease)
    /// Another one fetches. It may wait for that, or take what it has.
    case follower(RedisFetchFollower)
}

/// One that does not fetch, because another one does.
public final class RedisFetchFollower: Sendable {
    /// How a wait for the leader ended.
    public enum Outcome: Sendable {
        /// The leader has fetched. The result is where it puts it.
        case fetched
        /// The leader has failed, or its process has died, and this one is the leader now.
        case promoted(RedisLease)
        /// The leader has not ended in time.
        case timedOut
    }

    private let terms: LeaseTerms
    private let denial: WaiterQueue.Denial
    private let leader: Int?
    private let promotion = Locked(Promotion())

    private struct Promotion: Sendable {
        var lease: RedisLease?
        /// Cancels the body.
        var cancel: (@Sendable () -> Void)?
    }

    init(_ terms: LeaseTerms, _ denial: WaiterQueue.Denial, leader: Int?) {
        self.terms = terms
        self.denial = denial
        self.leader = leader
    }

    /// Waits until the leader has ended. Costs nothing meanwhile: the server tells.
    ///
    /// A leader of another library (dkredis' `fetch_lock`) does not say whether it has fetched. When it has ended, one
    /// of those who wait is promoted.
    ///
    /// - Parameter timeout: How long to wait; `nil` means for ever.
    /// - Returns: How it ended. If it is `.promoted`, the lease is given back at the end of `withFetchLock`.
    /// - Throws: `.cancelled`; what `RedisClient.run` throws.
    public func wait(timeout: Duration? = nil) async throws(RedisError) -> Outcome {
        if let lease = lease { return .promoted(lease) }
        var competitor = LeaseCompetitor(terms)
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        do throws(RedisError) {
            switch try await competitor.wait(until: deadline, following: leader, after: denial) {
            case .lease(let lease):
                promote(lease)
                return .promoted(lease)
            case .followedHasEnded: return .fetched
            case .denied: return .timedOut
            }
        } catch {
            guard error.code == .timedOut, let deadline, deadline <= .now else { throw error }
            return .timedOut
        }
    }

    /// The lease of one that was promoted.
    var lease: RedisLease? { promotion.withLock { $0.lease } }

    private func promote(_ lease: RedisLease) {
        let cancel = promotion.withLock { promotion in
            promotion.lease = lease
            return promotion.cancel
        }
        if let cancel { lease.addEndHandler { if $0 != nil { cancel() } } }
    }

    /// From now on, `cancel` is called when the lease of one that was promoted is lost.
    func cancelling(_ cancel: @escaping @Sendable () -> Void) {
        let lease = promotion.withLock { promotion in
            promotion.cancel = cancel
            return promotion.lease
        }
        lease?.addEndHandler { if $0 != nil { cancel() } }
    }
}

extension RedisClient {
    /// Lets one caller at a time fetch something, over all processes that use the same server. The others wait for its
    /// end, or take what they have.
    ///
    /// ```swift
    /// let weather = try await client.withFetchLock("weather") { role in
    ///     switch role {
    ///     case .leader: return try await fetchAndStore()
    ///     case .follower(let follower):
    ///         switch try await follower.wait(timeout: .seconds(2)) {
    ///         case .promoted: return try await fetchAndStore()
    ///         case .fetched, .timedOut: return try await readStored()
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// `name` itself is the key, with the token of the leader. dkredis' `fetch_lock("weather")` has the key
    /// `dkredis:fetchlock:weather`: with that name both exclude each other.
    ///
    /// - Parameters:
    ///   - name: The key at the server.
    ///   - timeToLive: How long the server keeps the leader's lease if its process dies. While it lives, the lease is
    ///     renewed.
    ///   - body: Gets the caller's role. The leader stores what it has fetched before it returns. It is cancelled with
    ///     the caller's task, and when the lease of a leader is lost.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws: then one of the followers that wait is promoted. `.leaseLost` when a leader has
    ///   lost its lease, `.invalidConfiguration`, `.cancelled`, and what `RedisClient.run` throws.
    public func withFetchLock<Value: Sendable>(
        _ name: some RedisBytesConvertible,
        timeToLive: Duration = .seconds(5),
        _ body: @escaping @Sendable (RedisFetchRole) async throws -> Value
    ) async throws -> Value {
        let name = name.redisBytes
        let keys = [name, name.helper("fence"), name.helper("fetched")]
        let terms = try LeaseTerms(
            "fetch lock",
            name,
            of: self,
            RedisLeaseOptions(timeToLive: timeToLive),
            isExclusive: true,
            nesting: nil,
            queuesAtServer: false,
            take: .init(.acquireFetch, keys),
            renew: .init(.renewLock, [name]),
            release: .init(.releaseFetch, keys)
        )
        var competitor = LeaseCompetitor(terms)
        switch try await competitor.tryOnce() {
        case .lease(let lease): return try await terms.lead(lease) { lease in try await body(.leader(lease)) }
        case .denied(let denial, let leader):
            return try await terms.follow(RedisFetchFollower(terms, denial, leader: leader), body)
        case .followedHasEnded: throw RedisError.unexpectedReply("EVALSHA")
        }
    }
}

extension LeaseTerms {
    /// Runs `body` with the lease of a leader, and says at its end whether it has fetched.
    fileprivate func lead<Value: Sendable>(
        _ lease: RedisLease,
        _ body: @escaping @Sendable (RedisLease) async throws -> Value
    ) async throws -> Value {
        let result = await result(of: lease, body)
        return try await lease.finish(result, lease.fetchOutcome(result))
    }

    /// Runs `body` with a follower, which may be promoted meanwhile.
    fileprivate func follow<Value: Sendable>(
        _ follower: RedisFetchFollower,
        _ body: @escaping @Sendable (RedisFetchRole) async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body(.follower(follower)) }
        follower.cancelling { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        guard let lease = follower.lease else { return try result.get() }
        return try await lease.finish(result, lease.fetchOutcome(result))
    }
}

extension RedisLease {
    /// What the script that ends a fetch is told.
    fileprivate func fetchOutcome<Value>(_ result: Result<Value, any Error>) -> [RedisBytes] {
        switch result {
        case .success: [RedisBytes(String(fence))]
        case .failure: []
        }
    }
}
