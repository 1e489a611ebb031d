internal import Logging

/// The end of a ready link, which the next connection may explain. A plain value.
struct LinkLoss {
    /// The cause of the end, as far as it was seen.
    var cause: RedisDisconnect
    var at: ContinuousClock.Instant
    /// The run ID of the server, if it was known.
    var runID: String?
    var endpoint: RedisEndpoint
    /// The server's counters when the link began.
    var stats: ServerStats?
    /// The size of the server's output buffer for the link when the server was last asked.
    var queueSeen: Int?

    /// Explains the end by what the next connection shows.
    ///
    /// - Parameters:
    ///   - facts: What the server said in the handshake of the next connection.
    ///   - endpoint: Where that connection leads.
    ///   - driver: Knows how the server buffers the output for the link.
    /// - Returns: A closure that completes the cause of a loss.
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
    /// The log level for a link that is lost or restored.
    var linkLogLevel: Logger.Level { isAuxiliary ? .debug : .notice }
}
