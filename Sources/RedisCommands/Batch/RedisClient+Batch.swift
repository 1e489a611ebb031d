extension RedisClient {
    /// Sends the commands of a batch together and returns the outcome of each, in their order.
    ///
    /// The batch leaves in one write, or in several if it is large (`RedisBatchResults.chunkCount`): at most 8,192
    /// commands or 4 MiB each, and no more than the in-flight limit lets pass. Chunks of one batch keep their order.
    ///
    /// On a cluster each node gets its part at once. Commands for different nodes run in no order; those that a node
    /// redirects are sent again, each once, behind those that it took. A command that surely did not run, because the
    /// server was not ready for it, is tried again within the deadline; so are others, as far as the retry policy
    /// allows. They may then run after commands that stand behind them in the batch.
    ///
    /// - Parameters:
    ///   - batch: The commands. An empty batch sends nothing.
    ///   - timeout: How long to wait for all replies; `nil` means for ever.
    /// - Returns: The outcome of each command, in their order.
    /// - Throws: `.invalidCommand` for a command that the shared link may not carry, with its position. Nothing is sent
    ///   then. Whatever happens to a command that was sent is its own result.
    public func send(_ batch: RedisBatch, timeout: Duration?) async throws(RedisError) -> RedisBatchResults {
        try await send(batch, timeout: timeout, named: nil)
    }

    /// Sends a batch as `send(_:timeout:)` does. An observer gets the name.
    private func send(
        _ batch: RedisBatch,
        timeout: Duration?,
        named name: String?
    ) async throws(RedisError) -> RedisBatchResults {
        if configuration.commandObserver == nil { return try await execute(batch, timeout: timeout) }
        return try await configuration.observing(batch, as: .batch, named: name, \.summary) {
            () async throws(RedisError) in try await execute(batch, timeout: timeout)
        }
    }

    private func execute(_ batch: RedisBatch, timeout: Duration?) async throws(RedisError) -> RedisBatchResults {
        try batch.check(over: .shared)
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var (results, chunkCount) = await backend.attempt(batch, until: deadline)
        var ladder = RetryLadder(configuration, deadline: deadline)
        var texts: Set<Int> = []
        while let failed = retried(batch, results, &ladder, except: texts) {
            do { try await Task.sleep(for: failed.pause) } catch { break }
            for position in failed.positions where results[position].isOfUnknownScript { texts.insert(position) }
            let (again, _) = await backend.attempt(batch.part(failed.positions, after: results), until: deadline)
            for (position, result) in zip(failed.positions, again) {
                guard case .failure(let former) = results[position] else { continue }
                results[position] = result.mapError { $0.after(former) }
            }
        }
        return RedisBatchResults(results, chunkCount: chunkCount)
    }

    /// Sends the commands of a batch within the configuration's `commands.timeout`.
    ///
    /// - Throws: What `send(_:timeout:)` throws.
    public func send(_ batch: RedisBatch) async throws(RedisError) -> RedisBatchResults {
        try await send(batch, timeout: configuration.commands.timeout)
    }

    /// The commands of a batch that are tried again, and after which pause. The scripts at the positions `texts` were
    /// sent with their texts already.
    private func retried(
        _ batch: RedisBatch,
        _ results: [Result<RESPValue, RedisError>],
        _ ladder: inout RetryLadder,
        except texts: Set<Int>
    ) -> (positions: [Int], pause: Duration)? {
        var positions: [Int] = []
        var pause: Duration?
        let now = ContinuousClock.now
        let random = Double.random(in: 0...1)
        var next = ladder
        for (index, result) in results.enumerated() {
            guard case .failure(let error) = result else { continue }
            var attempt = ladder
            if result.isOfUnknownScript, batch.scripts[index] != nil, !texts.contains(index) {
                positions.append(index)
                pause = pause ?? .zero
                continue
            }
            let kind = RedisCommandClass.of(batch.command(at: index))
            guard let wait = attempt.pause(after: error, of: kind, at: now, random: random) else { continue }
            positions.append(index)
            pause = max(pause ?? .zero, wait)
            next.merge(attempt)
        }
        ladder = next
        return pause.map { (positions, $0) }
    }

    /// Sends the commands of a batch together, and counts their replies instead of keeping them.
    ///
    /// Nothing is tried again, because nothing is kept.
    ///
    /// - Throws: `.invalidCommand` for a command that the shared link may not carry, with its position. Nothing is sent
    ///   then.
    public func send(discardingReplies batch: RedisBatch, timeout: Duration?) async throws(RedisError)
        -> RedisBatchTally
    {
        try await configuration.observing(batch, as: .batch, \.summary) { () async throws(RedisError) in
            try batch.check(over: .shared)
            return await backend.tally(batch, until: timeout.map { ContinuousClock.now.advanced(by: $0) })
        }
    }

    /// Sends the commands of a batch within the configuration's `commands.timeout`, and counts their replies.
    ///
    /// - Throws: What `send(discardingReplies:timeout:)` throws.
    public func send(discardingReplies batch: RedisBatch) async throws(RedisError) -> RedisBatchTally {
        try await send(discardingReplies: batch, timeout: configuration.commands.timeout)
    }

    /// Sends any number of commands in bounded memory, a thousand at a time, and counts their replies. The next
    /// thousand is taken from the sequence when the one before it was answered.
    ///
    /// - Parameters:
    ///   - commands: The commands.
    ///   - timeout: How long to wait for the replies of each thousand.
    /// - Returns: How all of them ended. The positions of errors count from the first command.
    /// - Throws: `.invalidCommand` for a command that the shared link may not carry; those before it were sent then.
    public func send(
        discardingReplies commands: some Sequence<RedisCommand>,
        timeout: Duration?
    ) async throws(RedisError) -> RedisBatchTally {
        var sum = RedisBatchTally()
        var batch = RedisBatch()
        func add(_ tally: RedisBatchTally) {
            let start = sum.successCount + sum.errorCount
            sum.errors += tally.errors.prefix(16 - min(sum.errors.count, 16)).map { ($0.index + start, $0.error) }
            sum.successCount += tally.successCount
            sum.errorCount += tally.errorCount
            sum.chunkCount += tally.chunkCount
        }
        for command in commands {
            batch.append(command)
            guard batch.count == 1_000 else { continue }
            add(try await send(discardingReplies: batch, timeout: timeout))
            batch = RedisBatch()
        }
        if !batch.isEmpty { add(try await send(discardingReplies: batch, timeout: timeout)) }
        return sum
    }

    /// Sends several requests together and returns the outcome of each in its type.
    ///
    /// ```swift
    /// let (name, count) = try await client.send(.get("name"), .incr("visits"))
    /// ```
    ///
    /// - Throws: What `send(_: RedisBatch)` throws.
    public func send<First, Second, each Reply>(
        _ first: RedisRequest<First>,
        _ second: RedisRequest<Second>,
        _ others: repeat RedisRequest<each Reply>
    ) async throws(RedisError) -> (
        Result<First, RedisError>, Result<Second, RedisError>, repeat Result<each Reply, RedisError>
    ) {
        var batch = RedisBatch()
        batch.append(first)
        batch.append(second)
        for request in repeat each others { batch.append(request) }
        var results = try await send(batch).makeIterator()
        return (first.next(of: &results), second.next(of: &results), repeat (each others).next(of: &results))
    }

    /// Fills a batch and sends it, in the way of other clients' pipelines.
    ///
    /// - Parameters:
    ///   - name: The name by which metrics and traces know the pipeline.
    ///   - atomically: Whether the commands are a transaction.
    ///   - fill: Appends the commands.
    /// - Returns: The outcome of each command, in their order.
    /// - Throws: What `send(_: RedisBatch)` and `atomically` throw.
    public func pipeline(
        named name: String? = nil,
        atomically: Bool = false,
        _ fill: (inout RedisBatch) -> Void
    ) async throws(RedisError) -> RedisBatchResults {
        var batch = RedisBatch()
        fill(&batch)
        let timeout = configuration.commands.timeout
        if atomically { return try await self.atomically(batch, timeout: timeout, named: name) }
        return try await send(batch, timeout: timeout, named: name)
    }
}

extension RedisRequest {
    /// The next result in the type of the reply.
    func next(of results: inout IndexingIterator<RedisBatchResults>) -> Result<Reply, RedisError> {
        guard let next = results.next() else { return .failure(.unexpectedReply(command)) }
        return result(of: next)
    }
}
