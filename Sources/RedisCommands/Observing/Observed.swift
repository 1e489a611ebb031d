internal import RedisRESP

// How operations are observed. Each public call has one branch for that; without an observer nothing here runs.

extension RedisConfiguration {
    /// Begins the observation of a command.
    func observation(of command: RedisCommand, by observer: any RedisCommandObserver) -> CommandObservation {
        CommandObservation(RedisOperation(command, self, keys: observer.wantsKeys), observer, self)
    }

    /// Runs a batch or a transaction, and tells its observer, if there is one.
    func observing<Value>(
        _ batch: RedisBatch,
        as kind: RedisOperation.Kind,
        named name: String? = nil,
        at node: RedisEndpoint? = nil,
        _ summary: (Value) -> BatchSummary,
        _ body: () async throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        guard let commandObserver, !batch.isEmpty else { return try await body() }
        let operation = RedisOperation(batch, as: kind, named: name, self)
        let observation = CommandObservation(operation, commandObserver, self)
        observation.reached(node)
        do throws(RedisError) {
            let value = try await body()
            let summary = summary(value)
            observation.ended(summary.first?.error, at: summary.first?.index, errorCount: summary.count)
            return value
        } catch {
            observation.ended(error, errorCount: batch.count)
            throw error
        }
    }
}

/// Which commands of a batch failed.
struct BatchSummary {
    var first: (index: Int, error: RedisError)?
    var count: Int
}

extension RedisBatchResults {
    var summary: BatchSummary {
        guard let first = firstError else { return BatchSummary(first: nil, count: 0) }
        let count = self[first.index...].count { if case .failure = $0 { true } else { false } }
        return BatchSummary(first: first, count: count)
    }
}

extension RedisBatchTally {
    var summary: BatchSummary { BatchSummary(first: errors.min { $0.index < $1.index }, count: errorCount) }
}

extension Result<RESPValue, RedisError> {
    /// The error, if there is one.
    var failure: RedisError? {
        if case .failure(let error) = self { return error }
        return nil
    }
}

extension CommandObservation {
    /// The recipient of an attempt that begins now.
    func recipient(_ body: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void) -> CommandRecipient {
        attempted()
        return .observed(ObservedRecipient(self, body))
    }
}

extension CommandBackend {
    /// Sends a command once and returns its outcome. The observation notes the attempt.
    func attempt(
        _ command: RedisCommand,
        timeout: Duration?,
        for observation: CommandObservation
    ) async -> Result<RESPValue, RedisError> {
        if Task.isCancelled { return .failure(.taskCancelled.with(.notExecuted)) }
        let id = CommandLink.nextID()
        let promise = Promise<RESPValue>()
        return await withTaskCancellationHandler {
            handOver(command, id: id, timeout: timeout, observation.recipient { promise.complete($0) })
            // The handler may have run before there was something to cancel.
            if Task.isCancelled { cancel(id) }
            return await promise.result()
        } onCancel: {
            cancel(id)
        }
    }
}

extension RedisClient {
    /// What `result(of:timeout:as:)` does, observed.
    func observedResult(
        of command: RedisCommand,
        timeout: Duration?,
        as kind: RedisCommandClass?
    ) async -> Result<RESPValue, RedisError> {
        guard let observer = configuration.commandObserver else {
            return await backend.attempt(command, timeout: timeout)
        }
        let observation = configuration.observation(of: command, by: observer)
        let result = await result(of: command, timeout: timeout, as: kind, for: observation)
        observation.ended(result.failure)
        return result
    }

    /// Sends a command to one node, observed if there is an observer.
    func result(of command: RedisCommand, at node: RedisEndpoint, timeout: Duration?) async -> Result<
        RESPValue, RedisError
    > {
        let observation = configuration.commandObserver.map { configuration.observation(of: command, by: $0) }
        observation?.reached(node)
        let result = await backend.attempt(command, at: node, timeout: timeout)
        observation?.ended(result.failure)
        return result
    }

    /// Asks all nodes, observed as one command if there is an observer.
    func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> [RESPValue] {
        let observation = configuration.commandObserver.map { configuration.observation(of: command, by: $0) }
        do throws(RedisError) {
            let replies = try await backend.ask(command, timeout: timeout)
            observation?.ended(nil)
            return replies
        } catch {
            observation?.ended(error)
            throw error
        }
    }
}

extension RedisLink {
    /// Sends a command over the link, observed if there is an observer.
    func result(of command: RedisCommand, timeout: Duration?) async -> Result<RESPValue, RedisError> {
        guard let observer = configuration.commandObserver else {
            return await lease.link.result(of: command, timeout: timeout)
        }
        let observation = configuration.observation(of: command, by: observer)
        observation.reached(lease.node)
        let result = await lease.link.result(of: command, timeout: timeout)
        observation.ended(result.failure)
        return result
    }
}
