package import RedisRESP

// How operations of what stands on commands are observed: locks, queues and so on. Without an observer nothing here
// runs.

extension RedisClient {
    /// Runs `body`, and tells the client's observer, if there is one.
    ///
    /// - Parameters:
    ///   - verb: What is done, a word of a closed set.
    ///   - subject: With what, a word of a closed set.
    ///   - name: The name of the lock, the queue and so on.
    ///   - isDenied: Whether the value means that what was wanted was not to be had.
    ///   - body: Does it.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    package func observing<Value>(
        _ verb: String,
        of subject: String,
        _ name: RedisBytes,
        isDenied: (Value) -> Bool = { _ in false },
        _ body: () async throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        guard let observation = ToolkitObservation(verb, of: subject, name, configuration) else {
            return try await body()
        }
        do throws(RedisError) {
            let value = try await body()
            observation.ended(nil, isDenied: isDenied(value))
            return value
        } catch {
            observation.ended(error)
            throw error
        }
    }
}

/// One observed operation, from its begin to its end.
package struct ToolkitObservation: Sendable {
    private let operation: RedisToolkitOperation
    private let observer: any RedisCommandObserver
    private let token: (any Sendable)?
    private let beganAt = ContinuousClock.now

    /// Begins an operation; `nil` without an observer. Must be called in the caller's task; `ended` must follow.
    package init?(_ verb: String, of subject: String, _ name: RedisBytes, _ configuration: RedisConfiguration) {
        guard let observer = configuration.commandObserver else { return nil }
        self.observer = observer
        operation = RedisToolkitOperation(subject: subject, verb: verb, name: observer.wantsKeys ? name : nil)
        token = observer.toolkitBegan(operation)
    }

    /// Ends the operation.
    package func ended(_ error: RedisError?, isDenied: Bool = false) {
        let outcome = RedisToolkitOutcome(error: error, isDenied: isDenied, duration: beganAt.duration(to: .now))
        observer.toolkitEnded(operation, outcome, token: token)
    }

    /// Ends the operation that user code has failed.
    package func ended(handlerFailed error: any Error) {
        ended(error as? RedisError ?? RedisError(.handlerFailed, "the handler threw", underlyingError: error))
    }
}
