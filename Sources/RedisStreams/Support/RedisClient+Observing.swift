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
        guard let observer = configuration.commandObserver else { return try await body() }
        let operation = RedisToolkitOperation(subject: subject, verb: verb, name: observer.wantsKeys ? name : nil)
        let token = observer.toolkitBegan(operation)
        let beganAt = ContinuousClock.now
        do throws(RedisError) {
            let value = try await body()
            observer.toolkitEnded(operation, RedisToolkitOutcome(duration: beganAt.duration(to: .now)), token: token)
            return value
        } catch {
            let outcome = RedisToolkitOutcome(error: error, duration: beganAt.duration(to: .now))
            observer.toolkitEnded(operation, outcome, token: token)
            throw error
        }
    }
}
