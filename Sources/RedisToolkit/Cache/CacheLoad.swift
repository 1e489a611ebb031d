internal import RedisCommands
internal import RedisCore

/// One load of a value: from the server, or by a computation that no other process makes at the same time.
struct CacheLoad<Key: Hashable & Encodable & Sendable, Value: Codable & Sendable>: Sendable {
    let region: RedisCache.Region<Key, Value>
    let key: Key
    /// The key at the server.
    let place: RedisBytes
    let storing: CacheStoring
    let compute: @Sendable (Key) async throws -> Value

    private var core: CacheCore { region.core }
    private var policy: RedisCachePolicy { region.policy }

    /// How often the value may be gone again when another process has stored it.
    private static var mostRounds: Int { 3 }
    /// Stands for the time that is left of an entry that cannot be read, so that any entry is replaced.
    private static var anything: Int { -1 }

    /// Reads the value, or computes and stores it.
    func value() async throws -> Value {
        let deadline = ContinuousClock.now.advanced(by: policy.patience)
        for _ in 0..<Self.mostRounds {
            let outcome: LeaseCompetitor.Outcome
            do throws(RedisError) {
                let left: Int
                switch try await region.readShared(key, place) {
                case .value(let value, let freshness, let isDue):
                    if isDue { refresh(left: freshness.keptLeft ?? 0) }
                    return value
                case .missing: left = 0
                case .unreadable: left = Self.anything
                }
                outcome = try await compete(left: left, until: deadline)
            } catch {
                // The other one takes longer than this one has patience.
                if error.code == .timedOut, deadline <= .now { break }
                return try await value(without: error)
            }
            if case .lease(let lease) = outcome { return try await lead(lease) }
        }
        core.count(\.notStored)
        return try await computed()
    }

    /// Computes the value anew in the background, unless somebody does already, here or elsewhere.
    ///
    /// - Parameter left: The milliseconds for which the server keeps the value that the caller has. One that is kept
    ///   for longer was computed since.
    func refresh(left: Int) {
        guard core.refreshing.withLock({ $0.insert(place).inserted }) else { return }
        Task {
            if let terms = try? terms(left: left), (try? storing.check()) != nil {
                var competitor = LeaseCompetitor(terms)
                if case .lease(let lease)? = try? await competitor.tryOnce() {
                    core.count(\.refreshes)
                    _ = try? await lead(lease)
                }
            }
            _ = core.refreshing.withLock { $0.remove(place) }
        }
    }

    /// Waits for the right to compute the value, or for the end of the computation of another one.
    private func compete(left: Int, until deadline: ContinuousClock.Instant) async throws(RedisError)
        -> LeaseCompetitor.Outcome
    {
        var competitor = LeaseCompetitor(try terms(left: left))
        let outcome = try await competitor.tryOnce()
        guard case .denied(let denial, _) = outcome else { return outcome }
        core.count(\.waits)
        return try await competitor.wait(until: deadline, after: denial)
    }

    /// What the right to compute the value is at the server.
    private func terms(left: Int) throws(RedisError) -> LeaseTerms {
        let keys = [place, CacheCore.lease(of: place)]
        return try LeaseTerms(
            "computation",
            place,
            of: core.client,
            RedisLeaseOptions(timeToLive: policy.leaseOfCompute),
            isExclusive: true,
            nesting: nil,
            queuesAtServer: false,
            take: .init(.claimFill, keys, [RedisBytes("\(left)")]),
            renew: .init(.renewLock, [keys[1]]),
            release: .init(.endFill, keys)
        )
    }

    /// Computes the value and stores it, if no one has changed its key meanwhile.
    private func lead(_ lease: RedisLease) async throws -> Value {
        var stored: [RedisBytes] = []
        do {
            let began = ContinuousClock.now
            // A value without its tags could not be removed by them, so it is not stored.
            let isTagged = await tag()
            let value = try await computed()
            if isTagged {
                let taken = began.duration(to: .now)
                let (bytes, keptFor) = try region.encode(value, place, storing, computedIn: taken)
                stored = [bytes, RedisBytes("\(keptFor)")]
            }
            if await lease.end(stored) != nil || !isTagged { core.count(\.notStored) }
            return value
        } catch {
            // Another one may compute it.
            _ = await lease.end([])
            throw error
        }
    }

    /// Notes the tags of a value that is going to be computed, so that a removal by one of them during the computation
    /// finds it. Returns whether that was possible.
    private func tag() async -> Bool {
        let longest = max(storing.timeToLive ?? policy.timeToLive, policy.timeToLiveOfNil) + policy.staleFor
        let keptFor = Milliseconds(longest * (1 + policy.jitter)).count
        return (try? await core.tag(place, storing.tags, keptFor: keptFor)) != nil
    }

    private func computed() async throws -> Value {
        do {
            let value = try await compute(key)
            core.count(\.computed)
            return value
        } catch {
            core.count(\.failedComputations)
            throw error
        }
    }

    /// What the policy says for a server that is not reached.
    private func value(without error: RedisError) async throws -> Value {
        if error.code == .cancelled { throw error }
        core.count(\.failures)
        switch policy.onFailure {
        case .fail: throw error
        case .stale: if let value = region.lastKnown(key) { return value }
        case .compute: break
        }
        core.count(\.notStored)
        return try await computed()
    }
}
