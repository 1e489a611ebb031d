internal import Logging

/// The end of a link that was ready, as the next connection may explain it. A plain value.
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

    /// What the next connection shows of the end.
    ///
    /// - Parameters:
    ///   - facts: What the server said in the handshake of the next connection.
    ///   - endpoint: Where that connection leads.
    ///   - driver: Tells how the server buffers what it sends over the link.
    /// - Returns: Adds to the cause of a loss what the next connection shows of it.
    func explanation(
        by facts: ServerFacts,
        at endpoint: RedisEndpoint,
        of driver: some LinkDriver
    ) -> (RedisDisconnect) -> RedisDisconnect {
        guard self.endpoint == endpoint else { return { $0.explained(movedTo: endpoint) } }
        let limits = facts.outputBufferLimits
        var cut = CutEvidence(
            limit: limits.flatMap { OutputBufferLimit($0, of: driver.outputBufferClass) },
            queueSeen: queueSeen
        )
        let isAlone = facts.role == "master" && facts.mode == "standalone"
        cut.count(from: stats, to: facts.stats, copies: isAlone ? driver.outputPerInput : nil)
        let (runBefore, runAfter) = (runID, facts.runID)
        return { [cut] in $0.explained(runBefore: runBefore, runAfter: runAfter).explained(by: cut) }
    }
}

extension RedisConfiguration {
    /// At which level a link that is lost, or back, is told of.
    var linkLogLevel: Logger.Level { isAuxiliary ? .debug : .notice }
}
