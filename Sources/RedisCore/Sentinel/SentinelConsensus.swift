/// The consensus of the Sentinels: the replies of one round, in which all of them are asked.
package struct SentinelConsensus: Sendable {
    private var open: Set<RedisEndpoint>
    private var replies: [(from: RedisEndpoint, reply: SentinelReply)] = []
    private var failures: [(from: RedisEndpoint, error: RedisError)] = []

    package init(asked: [RedisEndpoint]) { open = Set(asked) }

    /// Notes that further Sentinels are asked.
    package mutating func ask(_ more: [RedisEndpoint]) { open.formUnion(more) }

    package mutating func add(_ result: Result<SentinelReply, RedisError>, from sentinel: RedisEndpoint) {
        guard open.remove(sentinel) != nil else { return }
        switch result {
        case .success(let reply):
            // A Sentinel that is reached by two addresses has one vote.
            let isKnown = reply.id != nil && replies.contains { $0.reply.id == reply.id }
            if !isKnown { replies.append((sentinel, reply)) }
        case .failure(let error): failures.append((sentinel, error))
        }
    }

    /// Whether all have replied or failed.
    package var isComplete: Bool { open.isEmpty }

    /// Whether more than half of the known Sentinels have replied with a primary. No minority can change what they
    /// agree on.
    package var hasMajority: Bool { replies.count > open.count + failures.count }

    /// The address with the highest epoch, because a Sentinel that was cut off from the others has missed the last
    /// epoch. Of several addresses with the same epoch, the one with the most replies; then `preferred`, or the first.
    package func decision(preferring preferred: RedisEndpoint?) -> Decision? {
        guard let epoch = replies.map(\.reply.epoch).max() else { return nil }
        let best = replies.map(\.reply).filter { $0.epoch == epoch }
        var votes: [RedisEndpoint: Int] = [:]
        for reply in best { votes[reply.primary, default: 0] += 1 }
        let most = votes.values.max()
        let leaders = best.map(\.primary).filter { votes[$0] == most }
        guard let primary = leaders.first(where: { $0 == preferred }) ?? leaders.first else { return nil }
        var replicas: [RedisEndpoint: Int] = [:]
        for reply in best where reply.primary == primary {
            for replica in Set(reply.replicas) { replicas[replica, default: 0] += 1 }
        }
        return Decision(primary: primary, epoch: epoch, isByMajority: hasMajority, replicas: replicas)
    }

    /// The error when there is no decision, with the reason of each Sentinel. If all refuse for the same reason that
    /// another attempt cannot change, the error has its code.
    package func failure(name: String) -> RedisError {
        let errors = failures.map(\.error)
        let lasting: [RedisError.Code] = [.authenticationFailed, .notPermitted, .tlsFailed, .invalidConfiguration]
        var code = RedisError.Code.noServer
        if let first = errors.first?.code, errors.allSatisfy({ $0.code == first }), lasting.contains(first) {
            code = first
        }
        let reasons = failures.sorted { $0.from.description < $1.from.description }
            .map { "\($0.from): \($0.error.message)" }
        let text = "no Sentinel tells where the primary \(name) is: \(reasons.joined(separator: "; "))"
        var error = RedisError(code, text, phase: .connect, underlyingError: errors.first { $0.code != .noServer })
        if code != .noServer { error.serverMessage = errors.first?.serverMessage }
        return error
    }
}

extension SentinelConsensus {
    /// The decision from the replies of a round.
    package struct Decision: Sendable, Equatable {
        package var primary: RedisEndpoint
        package var epoch: UInt64
        /// Whether more than half of the known Sentinels have replied.
        package var isByMajority: Bool
        /// How many of the Sentinels with the highest epoch consider a replica healthy.
        package var replicas: [RedisEndpoint: Int] = [:]

        package init(primary: RedisEndpoint, epoch: UInt64, isByMajority: Bool, replicas: [RedisEndpoint: Int] = [:]) {
            self.primary = primary
            self.epoch = epoch
            self.isByMajority = isByMajority
            self.replicas = replicas
        }

        /// A replica that the most Sentinels consider healthy, not `failed` if there is another. `random` is uniform in
        /// 0..<1.
        package func replica(avoiding failed: RedisEndpoint?, random: Double) -> RedisEndpoint? {
            let others = replicas.filter { $0.key != failed && $0.key != primary }
            let candidates = others.isEmpty ? replicas.filter { $0.key != primary } : others
            guard let most = candidates.values.max() else { return nil }
            let best = candidates.filter { $0.value == most }.keys.sorted { $0.description < $1.description }
            return best[min(Int(random * Double(best.count)), best.count - 1)]
        }
    }
}

/// The primary that is known from earlier rounds. A Sentinel that has missed a failover, and is the only one that can
/// be reached for a while, does not lead back to the primary of before. A plain value.
package struct KnownPrimary: Sendable {
    private struct Entry {
        var primary: RedisEndpoint
        var epoch: UInt64
        /// Only rounds that began after this one know as much.
        var round: Int
    }

    /// After this many rounds, a lost link gives up a primary that no Sentinel names any more.
    private static let patience = 3

    private var known: Entry?
    private var rounds = 0
    private var contradictions = 0

    package init() {}

    /// The primary of the last decision that counted.
    package var primary: RedisEndpoint? { known?.primary }

    /// Begins a round. Returns its number.
    package mutating func roundBegan() -> Int {
        rounds += 1
        return rounds
    }

    /// Returns which primary to use after that round. The primary of its decision is used if the decision is newer than
    /// what is known, or if most Sentinels say so later than that was learned (they may have been set up anew, with
    /// epochs from the beginning). Otherwise the known primary is used. When the link is lost (`isLost`), the known
    /// primary is kept for three more rounds at most.
    package mutating func primary(by decision: SentinelConsensus.Decision, ofRound round: Int, isLost: Bool)
        -> RedisEndpoint
    {
        guard let known else { return record(decision) }
        if decision.epoch > known.epoch || decision.isByMajority && round > known.round { return record(decision) }
        if decision.primary == known.primary {
            contradictions = 0
            return known.primary
        }
        if isLost { contradictions += 1 }
        return contradictions >= Self.patience ? record(decision) : known.primary
    }

    private mutating func record(_ decision: SentinelConsensus.Decision) -> RedisEndpoint {
        known = Entry(primary: decision.primary, epoch: decision.epoch, round: rounds)
        contradictions = 0
        return decision.primary
    }
}
