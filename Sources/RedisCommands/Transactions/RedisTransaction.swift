/// A transaction that watches keys: reads run at once, over a link of its own, and `commit` runs its commands only if
/// no watched key has changed since it began.
public final class RedisTransaction: RedisCommandSender {
    private enum Phase: Sendable {
        case open
        /// EXEC was sent, and it is not known what became of it.
        case committing
        /// Nothing was executed.
        case refused
        case committed
    }

    let link: RedisLink
    /// The configuration's `commands.timeout`.
    public let commandTimeout: Duration?
    private let phase = Locked(Phase.open)

    init(_ link: RedisLink, timeout: Duration?) {
        self.link = link
        commandTimeout = timeout
    }

    /// Sends a command at once, and returns its reply. A read is part of the transaction's view if its key is watched.
    ///
    /// - Throws: What `RedisLink.send` throws; `.invalidCommand` for MULTI, EXEC, DISCARD and UNWATCH, which the
    ///   transaction sends by itself, and after `commit`.
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration?) async throws(RedisError) -> RESPValue {
        if case .transaction = LinkRule.need(of: command), command.name.commandName != "WATCH" {
            let name = command.name.commandName ?? ""
            throw RedisError(.invalidCommand, "\(name): commit sends it by itself", phase: .command)
        }
        try checkOpen()
        return try await link.send(command, timeout: timeout)
    }

    /// Sends a command at once, within the configuration's `commands.timeout`, and returns its reply.
    ///
    /// - Throws: What `send(_:timeout:)` throws.
    @discardableResult
    public func send(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
        try await send(command, timeout: commandTimeout)
    }

    /// Sends a request at once, and returns its reply in its type.
    ///
    /// - Throws: What `send(_: RedisCommand)` throws; `.unexpectedReply`.
    @discardableResult
    public func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) async throws(RedisError) -> Reply {
        let reply = try await send(request.command, timeout: timeout)
        return try request.value(of: .success(reply))
    }

    /// Watches more keys.
    ///
    /// - Throws: What `send` throws.
    public func watch(_ keys: any RedisBytesConvertible...) async throws(RedisError) {
        try await send(RedisCommand(["WATCH"] + keys.map(\.redisBytes)))
    }

    /// Runs the commands of a batch if no watched key has changed, and ends the transaction.
    ///
    /// - Returns: The outcome of each command.
    /// - Throws: `.conflict` when a watched key has changed: let it pass, and the transaction is tried again from its
    ///   beginning. `.transactionAborted` when the server refused a command in advance. `.connectionLost` or
    ///   `.timedOut` with `.unknown` as its execution, when the reply of EXEC did not come. `.invalidCommand` at a
    ///   second commit.
    public func commit(_ batch: RedisBatch) async throws(RedisError) -> RedisBatchResults {
        try await link.configuration.observing(batch, as: .transaction, at: link.node, \.summary) {
            () async throws(RedisError) in try await execute(batch)
        }
    }

    private func execute(_ batch: RedisBatch) async throws(RedisError) -> RedisBatchResults {
        try batch.check(over: .shared)
        try beginCommit()
        let transaction = TransactionBlock(batch)
        let deadline = commandTimeout.map { ContinuousClock.now.advanced(by: $0) }
        let result = await link.attempt(block: transaction.block, until: deadline)
        // Without MULTI, EXEC does not end what is watched.
        if case .success(let value) = result, let first = value.elements?.first, !first.isError { link.watches(false) }
        do throws(RedisError) {
            switch try transaction.outcome(of: result) {
            case .conflict: throw .conflict
            case .executed(let results):
                phase.withLock { $0 = .committed }
                return RedisBatchResults(results, chunkCount: 1)
            }
        } catch {
            if error.execution == .notExecuted { phase.withLock { $0 = .refused } }
            throw error
        }
    }

    /// Fills a batch, runs it if no watched key has changed, and ends the transaction.
    ///
    /// - Throws: What `commit(_: RedisBatch)` throws.
    public func commit(_ fill: (inout RedisBatch) -> Void) async throws(RedisError) -> RedisBatchResults {
        var batch = RedisBatch()
        fill(&batch)
        return try await commit(batch)
    }

    /// Runs requests if no watched key has changed, and ends the transaction.
    ///
    /// - Throws: What `commit(_: RedisBatch)` throws.
    public func commit<First, each Reply>(
        _ first: RedisRequest<First>,
        _ others: repeat RedisRequest<each Reply>
    ) async throws(RedisError) -> (Result<First, RedisError>, repeat Result<each Reply, RedisError>) {
        var batch = RedisBatch()
        batch.append(first)
        for request in repeat each others { batch.append(request) }
        var results = try await commit(batch).makeIterator()
        return (first.next(of: &results), repeat (each others).next(of: &results))
    }

    private func checkOpen() throws(RedisError) {
        guard phase.withLock({ $0 == .open }) else { throw .committedAlready }
    }

    private func beginCommit() throws(RedisError) {
        let isFirst = phase.withLock { phase in
            guard phase == .open else { return false }
            phase = .committing
            return true
        }
        if !isFirst { throw .committedAlready }
    }

    /// Whether nothing was executed, so that the whole may be tried again.
    var isUnexecuted: Bool { phase.withLock { $0 == .open || $0 == .refused } }
}

extension RESPValue {
    fileprivate var isError: Bool { if case .error = self { true } else { false } }
}

extension RedisError {
    fileprivate static var committedAlready: RedisError {
        RedisError(.invalidCommand, "the transaction was committed already", phase: .command)
    }

    static var conflict: RedisError {
        RedisError(.conflict, "a watched key has changed, so that nothing ran", phase: .command).with(.notExecuted)
    }

    fileprivate func inEvery(_ attempts: Int) -> RedisError {
        let text = "a watched key has changed in each of \(attempts) attempts, so that nothing ran"
        return RedisError(.conflict, text, phase: .command, underlyingError: self).with(.notExecuted)
    }
}

extension RedisClient {
    /// Runs a transaction that watches keys, and runs it again from its beginning when one of them changes meanwhile.
    ///
    /// ```swift
    /// let total = try await client.transaction(watching: ["stock"]) { tx in
    ///     let stock = try await tx.send(.get("stock", as: Int.self)) ?? 0
    ///     let (result, _) = try await tx.commit(.set("stock", stock - 1), .incr("sold"))
    ///     return stock - 1
    /// }
    /// ```
    ///
    /// `body` may be called several times, so it must have no effects but those that it commits. If it returns without
    /// a commit, nothing is executed. A link that is lost before EXEC was sent counts as a conflict. After that the
    /// outcome is `.unknown`, and nothing is sent again.
    ///
    /// - Parameters:
    ///   - keys: The keys to watch. On a cluster they have to belong to one slot.
    ///   - attempts: How often `body` is called at most.
    ///   - body: Reads, and commits.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; `.conflict` after the last attempt; what `withLink` throws.
    @discardableResult
    public func transaction<Value>(
        watching keys: [any RedisBytesConvertible],
        attempts: Int = 16,
        _ body: (RedisTransaction) async throws -> Value
    ) async throws -> Value {
        let keys = keys.map(\.redisBytes)
        let timeout = configuration.commands.timeout
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var ladder = RetryLadder(configuration, deadline: deadline)
        var count = 0
        while true {
            count += 1
            let link = try await lend(for: keys, until: deadline)
            let transaction = RedisTransaction(link, timeout: timeout)
            do {
                if !keys.isEmpty { try await transaction.send(RedisCommand(["WATCH"] + keys)) }
                let value = try await body(transaction)
                await end(transaction)
                return value
            } catch let error as RedisError {
                await end(transaction)
                // What is thrown after a commit, or with an unknown outcome of it, ends the whole.
                guard transaction.isUnexecuted else { throw error }
                if error.isAnswer, await backend.refused(error, by: link.node),
                    let pause = ladder.pauseBeforeRedirection(at: .now, random: .random(in: 0...1))
                {
                    try await Task.sleep(for: pause)
                    count -= 1
                    continue
                }
                guard error.code == .conflict || error.code == .connectionLost else { throw error }
                guard count < max(attempts, 1) else { throw error.code == .conflict ? error.inEvery(count) : error }
                // The first attempt after a conflict is made at once.
                if count > 1 { try await Task.sleep(for: .milliseconds(50) * .random(in: 0.02...1)) }
            } catch {
                await end(transaction)
                throw error
            }
        }
    }

    /// Has the server forget what the link watches, and gives the link back. A link on which that is not confirmed is
    /// closed.
    private func end(_ transaction: RedisTransaction) async {
        let link = transaction.link
        // A cancelled task must not leave a link behind that watches.
        let isWatching = link.isWatching
        guard isWatching else { return giveBack(link) }
        let forgotten = Promise<RESPValue>()
        link.lease.link.handOver(
            CommandSlot(
                RedisCommand("UNWATCH"),
                id: CommandLink.nextID(),
                timeout: .seconds(1),
                .call { forgotten.complete($0) }
            )
        )
        if case .success = await forgotten.result() { link.watches(false) }
        giveBack(link)
    }
}
