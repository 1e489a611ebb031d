/// A batch between MULTI and EXEC, and the meaning of the replies. A plain value.
package struct TransactionBlock {
    let batch: RedisBatch
    /// The batch as it is sent.
    package let block: RedisBatch

    package init(_ batch: RedisBatch) {
        self.batch = batch
        var block = RedisBatch()
        block.append(RedisCommand("MULTI"))
        block.append(contentsOf: batch)
        block.append(RedisCommand("EXEC"))
        self.block = block
    }

    /// What EXEC did.
    package enum Outcome: Sendable {
        /// All commands ran, and each has its own result.
        case executed([Result<RESPValue, RedisError>])
        /// A watched key has changed; nothing ran.
        case conflict
    }

    /// The outcome that the replies of the block mean.
    ///
    /// - Throws: `.transactionAborted` when the server refused a command before EXEC: the error names it, and nothing
    ///   ran. The error of MULTI or EXEC itself. What the link reports when replies are missing. A server that refuses
    ///   MULTI, because the user may not send it or a proxy does not know it, takes the commands one by one: then the
    ///   execution of the error is `.executed`.
    package func outcome(of result: Result<RESPValue, RedisError>) throws(RedisError) -> Outcome {
        guard let replies = try result.get().elements, replies.count == batch.count + 2 else {
            throw .unexpectedReply("EXEC").with(.unknown)
        }
        let queued = replies.dropFirst().dropLast()
        if case .error(let line) = replies[0] {
            let hasRun = queued.enumerated().contains { self.result($1, at: $0).mayHaveRun }
            throw .server(line.description, to: "MULTI", at: nil).with(hasRun ? .executed : .notExecuted)
        }
        for (index, reply) in queued.enumerated() {
            guard case .error(let line) = reply else { continue }
            let error = RedisError.aborted(by: line, at: index, of: batch)
            if case .error = replies[batch.count + 1] { throw error }
            throw error.with(.executed)
        }
        switch replies[batch.count + 1] {
        case .error(let line):
            throw .server(line.description, to: "EXEC", at: nil)
        case .null:
            return .conflict
        case let reply:
            guard let values = reply.elements, values.count == batch.count else {
                throw .unexpectedReply("EXEC").with(.executed)
            }
            return .executed(values.enumerated().map { index, value in self.result(value, at: index) })
        }
    }

    /// A command may fail when the transaction runs; the others are executed all the same.
    private func result(_ value: RESPValue, at index: Int) -> Result<RESPValue, RedisError> {
        guard case .error(let line) = value else { return .success(value) }
        return .failure(.server(line.description, to: batch.command(at: index).name, at: nil))
    }
}

extension Result<RESPValue, RedisError> {
    fileprivate var mayHaveRun: Bool {
        switch self {
        case .success: true
        case .failure(let error): error.execution != .notExecuted
        }
    }
}

extension RedisBatch {
    /// Appends the commands of another batch.
    mutating func append(contentsOf other: RedisBatch) {
        for index in 0..<other.count { append(other.command(at: index)) }
    }
}

extension RedisError {
    fileprivate static func aborted(by line: RedisBytes, at index: Int, of batch: RedisBatch) -> RedisError {
        let name = batch.command(at: index).name
        let cause = RedisError.server(line.description, to: name, at: nil)
        let text = "command \(index) of the transaction, \(name), was refused, so that nothing ran: \(cause.message)"
        var error = RedisError(.transactionAborted, text, phase: .command, underlyingError: cause).with(.notExecuted)
        error.serverMessage = cause.serverMessage
        return error
    }
}
