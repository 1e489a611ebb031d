internal import RedisCommands
internal import RedisCore
internal import RedisRESP

extension RedisClient {
    /// Runs `body`, and tells the client's observer, if there is one.
    ///
    /// - Parameters:
    ///   - verb: What is done, a word of a closed set.
    ///   - subject: With what, a word of a closed set.
    ///   - name: The name of the queue and so on.
    ///   - body: Does it.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    func observing<Value>(
        _ verb: String,
        of subject: String,
        _ name: RedisBytes,
        _ body: () async throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        guard let observation = StreamsObservation(verb, of: subject, name, configuration) else {
            return try await body()
        }
        do throws(RedisError) {
            let value = try await body()
            observation.ended(nil)
            return value
        } catch {
            observation.ended(error)
            throw error
        }
    }
}

/// One observed operation, from its begin to its end.
struct StreamsObservation: Sendable {
    private let operation: RedisToolkitOperation
    private let observer: any RedisCommandObserver
    private let token: (any Sendable)?
    private let beganAt = ContinuousClock.now

    /// Begins an operation; `nil` without an observer. Must be called in the caller's task; `ended` must follow.
    init?(_ verb: String, of subject: String, _ name: RedisBytes, _ configuration: RedisConfiguration) {
        guard let observer = configuration.commandObserver else { return nil }
        self.observer = observer
        operation = RedisToolkitOperation(subject: subject, verb: verb, name: observer.wantsKeys ? name : nil)
        token = observer.toolkitBegan(operation)
    }

    /// Ends the operation.
    func ended(_ error: RedisError?) {
        let outcome = RedisToolkitOutcome(error: error, duration: beganAt.duration(to: .now))
        observer.toolkitEnded(operation, outcome, token: token)
    }

    /// Ends the operation that user code has failed.
    func ended(handlerFailed error: any Error) {
        ended(error as? RedisError ?? RedisError(.handlerFailed, "the handler threw", underlyingError: error))
    }
}
