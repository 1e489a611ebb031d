extension RedisClient.Blocking {
    /// Sends the commands of a batch as one transaction.
    ///
    /// - Throws: What `RedisClient.atomically(_:timeout:)` throws; `.invalidCommand` on the event loop.
    public func atomically(_ batch: RedisBatch, timeout: Duration?) throws(RedisError) -> RedisBatchResults {
        try wait { client async throws(RedisError) in try await client.atomically(batch, timeout: timeout) }
    }

    /// Sends the commands of a batch as one transaction, within the configuration's `commands.timeout`.
    ///
    /// - Throws: What `RedisClient.atomically(_:timeout:)` throws; `.invalidCommand` on the event loop.
    public func atomically(_ batch: RedisBatch) throws(RedisError) -> RedisBatchResults {
        try atomically(batch, timeout: client.commandTimeout)
    }

    /// Fills a batch and sends it as one transaction.
    ///
    /// - Throws: What `RedisClient.atomically(_:timeout:)` throws; `.invalidCommand` on the event loop.
    public func atomically(_ fill: (inout RedisBatch) -> Void) throws(RedisError) -> RedisBatchResults {
        var batch = RedisBatch()
        fill(&batch)
        return try atomically(batch)
    }

    /// Runs a transaction that watches keys, and runs it again from its beginning when one of them changes meanwhile.
    ///
    /// ```swift
    /// let left = try client.blocking.transaction(watching: ["stock"]) { tx in
    ///     let stock = try tx.send(.get("stock", as: Int.self)) ?? 0
    ///     _ = try tx.commit { $0.append(.set("stock", stock - 1)) }
    ///     return stock - 1
    /// }
    /// ```
    ///
    /// `body` runs on the calling thread, and may be called several times, as `RedisClient.transaction` says.
    ///
    /// - Parameters:
    ///   - keys: The keys to watch. On a cluster they have to belong to one slot.
    ///   - attempts: How often `body` is called at most.
    ///   - body: Reads, and commits.
    /// - Returns: What `body` returns.
    /// - Throws: What `RedisClient.transaction` throws; `.invalidCommand` on the event loop.
    @discardableResult
    public func transaction<Value: Sendable>(
        watching keys: [any RedisBytesConvertible],
        attempts: Int = 16,
        _ body: (RedisTransaction.Blocking) throws -> Value
    ) throws -> Value {
        try client.backend.loop.refuseBlocking()
        let first = Promise<TransactionStep<Value>>()
        let client = client
        let keys = keys.map(\.redisBytes)
        // The transaction runs in a task, which asks this thread to run each attempt's body.
        Task {
            var step = first
            let result: Result<Value, any Error>
            do {
                result = .success(
                    try await client.transaction(watching: keys, attempts: attempts) { transaction in
                        let outcome = Promise<Result<Value, any Error>>()
                        let next = Promise<TransactionStep<Value>>()
                        step.complete(.success(.attempt(transaction, outcome, next: next)))
                        step = next
                        return try await outcome.value().get()
                    }
                )
            } catch {
                result = .failure(error)
            }
            step.complete(.success(.ended(result)))
        }
        var step = first
        while true {
            switch try step.waitBlocking() {
            case .ended(let result): return try result.get()
            case .attempt(let transaction, let outcome, let next):
                let blocking = RedisTransaction.Blocking(client: self, transaction: transaction)
                outcome.complete(.success(Result { try body(blocking) }))
                step = next
            }
        }
    }
}

/// What the thread of a blocking transaction does next.
private enum TransactionStep<Value: Sendable>: Sendable {
    /// Runs the body, completes the outcome, and waits for the next step.
    case attempt(RedisTransaction, Promise<Result<Value, any Error>>, next: Promise<TransactionStep<Value>>)
    /// Returns or throws.
    case ended(Result<Value, any Error>)
}

extension RedisTransaction {
    /// The blocking calls of a `RedisTransaction`, for plain threads: the body of `RedisClient.Blocking.transaction`
    /// gets them. Each call is documented at the call of the same name of `RedisTransaction`, and throws
    /// `.invalidCommand` on the event loop.
    public struct Blocking: Sendable {
        let client: RedisClient.Blocking
        let transaction: RedisTransaction

        /// Sends a command at once, and returns its reply.
        ///
        /// - Throws: What `RedisTransaction.send` throws.
        @discardableResult
        public func send(_ command: RedisCommand, timeout: Duration?) throws(RedisError) -> RESPValue {
            try client.wait { [transaction] _ async throws(RedisError) in
                try await transaction.send(command, timeout: timeout)
            }
        }

        /// Sends a command at once, within the configuration's `commands.timeout`, and returns its reply.
        ///
        /// - Throws: What `RedisTransaction.send` throws.
        @discardableResult
        public func send(_ command: RedisCommand) throws(RedisError) -> RESPValue {
            try send(command, timeout: transaction.commandTimeout)
        }

        /// Sends a request at once, and returns its reply in its type.
        ///
        /// - Throws: What `RedisTransaction.send` throws.
        @discardableResult
        public func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) throws(RedisError) -> Reply {
            try client.wait { [transaction] _ async throws(RedisError) in
                try await transaction.send(request, timeout: timeout)
            }
        }

        /// Sends a request at once, within the configuration's `commands.timeout`, a blocking one without an end, and
        /// returns its reply in its type.
        ///
        /// - Throws: What `RedisTransaction.send` throws.
        @discardableResult
        public func send<Reply>(_ request: RedisRequest<Reply>) throws(RedisError) -> Reply {
            try client.wait { [transaction] _ async throws(RedisError) in try await transaction.send(request) }
        }

        /// Watches more keys.
        ///
        /// - Throws: What `RedisTransaction.send` throws.
        public func watch(_ keys: any RedisBytesConvertible...) throws(RedisError) {
            try send(RedisCommand(["WATCH"] + keys.map(\.redisBytes)))
        }

        /// Runs the commands of a batch if no watched key has changed, and ends the transaction.
        ///
        /// - Returns: The outcome of each command.
        /// - Throws: What `RedisTransaction.commit` throws. Let `.conflict` pass, so that the transaction is tried
        ///   again.
        public func commit(_ batch: RedisBatch) throws(RedisError) -> RedisBatchResults {
            try client.wait { [transaction] _ async throws(RedisError) in try await transaction.commit(batch) }
        }

        /// Fills a batch, runs it if no watched key has changed, and ends the transaction.
        ///
        /// - Throws: What `commit(_: RedisBatch)` throws.
        public func commit(_ fill: (inout RedisBatch) -> Void) throws(RedisError) -> RedisBatchResults {
            var batch = RedisBatch()
            fill(&batch)
            return try commit(batch)
        }
    }
}
