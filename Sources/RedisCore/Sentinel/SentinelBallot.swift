/// The replies of one round of questions to all Sentinels.
package struct SentinelBallot: Sendable {
    private var open: Set<RedisEndpoint>
    private var reports: [(from: RedisEndpoint, report: SentinelReport)] = []
    private var failures: [(from: RedisEndpoint, reply: SentinelReply)] = []

    package init(asked: [RedisEndpoint]) { open = Set(asked) }

    /// More are asked.
    package mutating func ask(_ more: [RedisEndpoint]) { open.formUnion(more) }

    package mutating func add(_ reply: SentinelReply, from sentinel: RedisEndpoint) {
        guard open.remove(sentinel) != nil else { return }
        switch reply {
        case .report(let report):
            // One Sentinel by two addresses has one voice.
            let isKnown = report.id != nil && reports.contains { $0.report.id == report.id }
            if !isKnown { reports.append((sentinel, report)) }
        case .unknownName, .failed: failures.append((sentinel, reply))
        }
    }

    /// Whether all have answered, or failed to.
    package var isComplete: Bool { open.isEmpty }

    /// Whether more than half of those that are known have told of the primary. What they agree on no minority can undo.
    package var hasMajority: Bool { reports.count > open.count + failures.count }

    /// The address that goes with the highest epoch: a Sentinel that was cut off from the others has missed the last one. Of
    /// several with one epoch, that which most have; or else `preferred`, or the first.
    package func verdict(preferring preferred: RedisEndpoint?) -> SentinelVerdict? {
        guard let epoch = reports.map(\.report.epoch).max() else { return nil }
        let best = reports.map(\.report).filter { $0.epoch == epoch }
        var votes: [RedisEndpoint: Int] = [:]
        for report in best { votes[report.primary, default: 0] += 1 }
        let most = votes.values.max()
        let leaders = best.map(\.primary).filter { votes[$0] == most }
        guard let primary = leaders.first(where: { $0 == preferred }) ?? leaders.first else { return nil }
        var replicas: [RedisEndpoint: Int] = [:]
        for report in best where report.primary == primary {
            for replica in Set(report.replicas) { replicas[replica, default: 0] += 1 }
        }
        return SentinelVerdict(primary: primary, epoch: epoch, isByMajority: hasMajority, replicas: replicas)
    }

    /// Why there is no verdict, with the reason of each. The code is theirs when all refuse for the same reason, one that
    /// another attempt does not mend.
    package func failure(name: String) -> RedisError {
        let errors = failures.compactMap { failure in
            if case .failed(let error) = failure.reply { error } else { nil }
        }
        let lasting: [RedisError.Code] = [.authenticationFailed, .notPermitted, .tlsFailed, .invalidConfiguration]
        var code = RedisError.Code.noServer
        if let first = errors.first?.code, errors.count == failures.count, errors.allSatisfy({ $0.code == first }),
            lasting.contains(first)
        {
            code = first
        }
        let reasons = failures.sorted { $0.from.description < $1.from.description }
            .map { failure in
                if case .failed(let error) = failure.reply { return "\(failure.from): \(error.message)" }
                return "\(failure.from): does not know that name"
            }
        let text = "no Sentinel tells where the primary \(name) is: \(reasons.joined(separator: "; "))"
        var error = RedisError(code, text, phase: .connect, underlyingError: errors.first)
        if code != .noServer { error.serverMessage = errors.first?.serverMessage }
        return error
    }
}
