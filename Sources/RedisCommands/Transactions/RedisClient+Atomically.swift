extension RedisClient {
    /// Sends the commands of a batch as one transaction: they run together or not at all, and nobody else's command
    /// between them. The transaction leaves as one write over the shared link.
    ///
    /// A command that fails while the transaction runs, such as LPUSH on a text, has its error as its own result; the
    /// others are executed all the same. Redis takes nothing back.
    ///
    /// On a cluster all keys have to belong to one slot, and the transaction moves as a whole when the slot does.
    ///
    /// - Parameters:
    ///   - batch: The commands. An empty one sends nothing.
    ///   - timeout: How long to wait for the replies; `nil` means for ever.
    /// - Returns: The outcome of each command.
    /// - Throws: `.transactionAborted` when the server refused a command in advance: `message` names it, and nothing
    ///   ran. Otherwise what `send` throws; with `.unknown` as its execution, when EXEC was on the wire and its reply
    ///   did not come. Such a transaction is never sent again; one that surely did not run is, within the deadline.
    public func atomically(_ batch: RedisBatch, timeout: Duration?) async throws(RedisError) -> RedisBatchResults {
        try await atomically(batch, timeout: timeout, named: nil)
    }

    /// Sends a transaction as `atomically(_:timeout:)` does. An observer gets the name.
    func atomically(
        _ batch: RedisBatch,
        timeout: Duration?,
        named name: String?
    ) async throws(RedisError) -> RedisBatchResults {
        try await configuration.observing(batch, as: .transaction, named: name, \.summary) {
            () async throws(RedisError) in try await execute(atomically: batch, timeout: timeout)
        }
    }

    private func execute(
        atomically batch: RedisBatch,
        timeout: Duration?
    ) async throws(RedisError) -> RedisBatchResults {
        guard !batch.isEmpty else { return RedisBatchResults([], chunkCount: 0) }
        try batch.check(over: .shared)
        let transaction = TransactionBlock(batch)
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var ladder = RetryLadder(configuration, deadline: deadline)
        while true {
            do throws(RedisError) {
                switch try transaction.outcome(of: await backend.attempt(block: transaction.block, until: deadline)) {
                case .executed(let results): return RedisBatchResults(results, chunkCount: 1)
                case .conflict: throw .unexpectedReply("EXEC").with(.notExecuted)
                }
            } catch {
                // The class of a transaction is above every limit.
                let pause = ladder.pause(after: error, of: .admin, at: .now, random: .random(in: 0...1))
                guard let pause, (try? await Task.sleep(for: pause)) != nil else { throw error }
            }
        }
    }

    /// Sends the commands of a batch as one transaction, within the configuration's `commands.timeout`.
    ///
    /// - Throws: What `atomically(_:timeout:)` throws.
    public func atomically(_ batch: RedisBatch) async throws(RedisError) -> RedisBatchResults {
        try await atomically(batch, timeout: configuration.commands.timeout)
    }

    /// Fills a batch and sends it as one transaction.
    ///
    /// ```swift
    /// let results = try await client.atomically {
    ///     $0.append(.set("state", "ready"))
    ///     $0.append(.incr("version"))
    /// }
    /// ```
    ///
    /// - Throws: What `atomically(_:timeout:)` throws.
    public func atomically(_ fill: (inout RedisBatch) -> Void) async throws(RedisError) -> RedisBatchResults {
        var batch = RedisBatch()
        fill(&batch)
        return try await atomically(batch)
    }

    /// Sends requests as one transaction and returns the outcome of each in its type.
    ///
    /// - Throws: What `atomically(_:timeout:)` throws.
    public func atomically<First, each Reply>(
        _ first: RedisRequest<First>,
        _ others: repeat RedisRequest<each Reply>
    ) async throws(RedisError) -> (Result<First, RedisError>, repeat Result<each Reply, RedisError>) {
        var batch = RedisBatch()
        batch.append(first)
        for request in repeat each others { batch.append(request) }
        var results = try await atomically(batch).makeIterator()
        return (first.next(of: &results), repeat (each others).next(of: &results))
    }
}
