internal import Logging

/// The end of a link that was ready, as the next one may explain it.
struct LinkLoss {
    /// Why it ended, as far as that was seen.
    var cause: RedisDisconnect
    var at: ContinuousClock.Instant
    /// The server's run, if it was known.
    var runID: String?
    var endpoint: RedisEndpoint
    /// What the server had counted when the link began.
    var stats: ServerStats?
    /// How much the server kept for the link when it was last asked.
    var queueSeen: Int?
}

extension Session {
    /// The next link stands, and shows something of the end of the last one.
    func explain(_ loss: LinkLoss, _ facts: ServerFacts) {
        let explanation = explanation(of: loss, facts)
        driver.lossIsExplained(explanation)
        let cause = explanation(loss.cause)
        logger.log(
            level: configuration.linkLogLevel,
            "link back",
            metadata: [
                "server": "\(endpoint)", "after": "\(loss.at.duration(to: .now).inSeconds)",
                "reason": "\(cause.reason)", "confidence": "\(cause.confidence)", "cause": "\(cause)",
            ]
        )
    }

    private func explanation(of loss: LinkLoss, _ facts: ServerFacts) -> (RedisDisconnect) -> RedisDisconnect {
        guard loss.endpoint == endpoint else { return { [endpoint] in $0.explained(movedTo: endpoint) } }
        let limits = facts.outputBufferLimits
        var cut = CutEvidence(
            limit: limits.flatMap { OutputBufferLimit($0, of: driver.outputBufferClass) },
            queueSeen: loss.queueSeen
        )
        let isAlone = facts.role == "master" && facts.mode == "standalone"
        cut.count(from: loss.stats, to: facts.stats, copies: isAlone ? driver.outputPerInput : nil)
        let runID = facts.runID
        return { [cut] in $0.explained(runBefore: loss.runID, runAfter: runID).explained(by: cut) }
    }
}

extension RedisConfiguration {
    /// At which level a link that is lost, or back, is told of.
    var linkLogLevel: Logger.Level { isAuxiliary ? .debug : .notice }
}
