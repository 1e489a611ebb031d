internal import RedisPOSIX
package import RedisRESP

/// One observed operation, from its begin to its end: what is known of its attempts, and whom to tell. Any thread may
/// call.
package final class CommandObservation: Sendable {
    private struct Notes: Sendable {
        var attempts = 0
        var handedOverAt: ContinuousClock.Instant?
        var writtenAt: ContinuousClock.Instant?
        var node: RedisEndpoint?
    }

    package let operation: RedisOperation
    private let observer: any RedisCommandObserver
    private let token: (any Sendable)?
    private let beganAt: ContinuousClock.Instant
    private let notes = Locked(Notes())
    /// The server of a client whose server is fixed.
    private let server: RedisEndpoint?

    /// Begins an operation. Must be called in the caller's task; `ended` must follow.
    package init(_ operation: RedisOperation, _ observer: any RedisCommandObserver, _ configuration: RedisConfiguration)
    {
        self.operation = operation
        self.observer = observer
        server = configuration.sentinel == nil && configuration.cluster == nil ? configuration.endpoint : nil
        beganAt = .now
        token = observer.operationBegan(operation)
    }

    /// Notes that an attempt begins.
    package func attempted() {
        notes.withLock {
            $0.attempts += 1
            $0.handedOverAt = .now
            $0.writtenAt = nil
        }
    }

    /// Notes that the command was written.
    func written(at now: ContinuousClock.Instant) { notes.withLock { $0.writtenAt = now } }

    /// Notes which server has replied, or is asked.
    package func reached(_ node: RedisEndpoint?) {
        if let node { notes.withLock { $0.node = node } }
    }

    /// Ends the operation.
    ///
    /// - Parameters:
    ///   - error: The error; of several commands the first one.
    ///   - failedIndex: The position of its command, if there are several.
    ///   - errorCount: How many commands failed, if there are several.
    package func ended(_ error: RedisError?, at failedIndex: Int? = nil, errorCount: Int? = nil) {
        let now = ContinuousClock.now
        let notes = notes.withLock { $0 }
        var outcome = RedisOperationOutcome(
            error: error,
            failedIndex: failedIndex,
            errorCount: errorCount,
            node: notes.node ?? error?.endpoint ?? server,
            duration: beganAt.duration(to: now),
            attempts: max(notes.attempts, 1)
        )
        if let handedOver = notes.handedOverAt, let written = notes.writtenAt {
            outcome.queueTime = handedOver.duration(to: written)
            outcome.wireTime = written.duration(to: now)
        }
        observer.operationEnded(operation, outcome, token: token)
    }
}

/// Gets the outcome of one attempt of an observed command, and notes when it was written and who replied.
package final class ObservedRecipient: Sendable {
    private let observation: CommandObservation
    private let body: @Sendable (Result<RESPValue, RedisError>) -> Void

    /// `body` is called on the loop, in the middle of the link's work. It must not call the link.
    package init(
        _ observation: CommandObservation,
        _ body: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) {
        self.observation = observation
        self.body = body
    }

    /// The same observation with another closure, for a backend that looks at the outcome first.
    package func passing(_ body: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void) -> ObservedRecipient {
        ObservedRecipient(observation, body)
    }

    func written(at now: ContinuousClock.Instant) { observation.written(at: now) }

    /// Passes a server's reply on.
    func replied(_ result: Result<RESPValue, RedisError>, from node: RedisEndpoint) {
        observation.reached(node)
        body(result)
    }

    func end(_ result: Result<RESPValue, RedisError>) { body(result) }
}
