/// A link that is lent to one caller alone, for the time of one `RedisClient.withLink`.
///
/// Commands on it run in the order of the calls, with nobody else's between them. It may carry WATCH, MULTI, SELECT and
/// blocking commands. When it is lost, it is not opened again: what the connection knew is gone, and every further
/// command fails with `.connectionLost`.
public final class RedisLink: RedisCommandSender {
    private struct State: Sendable {
        /// Whether the link may not be used by others any more.
        var isAltered = false
        var isWatching = false
        var isQueueing = false
        var isEnded = false
        /// How many commands have no reply yet that may still come.
        var unanswered = 0
    }

    let lease: LinkPool.Lease
    /// The configuration's `commands.timeout`.
    public let commandTimeout: Duration?
    let configuration: RedisConfiguration
    private let state = Locked(State())

    init(_ lease: LinkPool.Lease, _ configuration: RedisConfiguration) {
        self.lease = lease
        commandTimeout = configuration.commands.timeout
        self.configuration = configuration
    }

    /// The node of a cluster to which the link leads; `nil` for the one server.
    public var node: RedisEndpoint? { lease.node }

    /// Sends a command and returns its reply.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments. Subscriptions, MONITOR, CLIENT REPLY, HELLO, AUTH, RESET and QUIT are
    ///     refused.
    ///   - timeout: How long to wait; `nil` means for ever. If a blocking command is given up, the link is closed at
    ///     the end, because its reply may still come.
    /// - Returns: The reply, which is never an error.
    /// - Throws: What `RedisClient.send` throws. Nothing is tried again.
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration?) async throws(RedisError) -> RESPValue {
        try begin(command)
        let result = await self.result(of: command, timeout: timeout)
        ended(command, result)
        return try result.get()
    }

    /// Sends a command and returns its reply, within the configuration's `commands.timeout`; a blocking one without an
    /// end, because it has its own.
    ///
    /// - Throws: What `send(_:timeout:)` throws.
    @discardableResult
    public func send(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
        if case .exclusive = LinkRule.need(of: command) { return try await send(command, timeout: nil) }
        return try await send(command, timeout: commandTimeout)
    }

    /// Sends a request and returns its reply in its type.
    ///
    /// - Throws: What `send(_: RedisCommand, timeout:)` throws; `.unexpectedReply`.
    @discardableResult
    public func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) async throws(RedisError) -> Reply {
        let reply = try await send(request.command, timeout: timeout)
        return try request.value(of: .success(reply))
    }

    /// Sends the commands of a batch together and returns the outcome of each. Nothing is tried again.
    ///
    /// - Throws: `.invalidCommand` for a command that the link may not carry, with its position.
    public func send(_ batch: RedisBatch) async throws(RedisError) -> RedisBatchResults {
        try await configuration.observing(batch, as: .batch, at: node, \.summary) { () async throws(RedisError) in
            try await execute(batch)
        }
    }

    private func execute(_ batch: RedisBatch) async throws(RedisError) -> RedisBatchResults {
        try batch.check(over: .exclusive)
        // A reply is missing for each that is counted here, also if a later one is refused.
        for index in 0..<batch.count { try begin(batch.command(at: index)) }
        let deadline = commandTimeout.map { ContinuousClock.now.advanced(by: $0) }
        let limit = configuration.commands.inFlight
        let (results, chunkCount) = await lease.link.attempt(batch, until: deadline, within: limit)
        for (index, result) in results.enumerated() { ended(batch.command(at: index), result) }
        return RedisBatchResults(results, chunkCount: chunkCount)
    }

    /// Sends a block of commands in one piece and returns all replies.
    func attempt(block: RedisBatch, until deadline: ContinuousClock.Instant?) async -> Result<RESPValue, RedisError> {
        do throws(RedisError) { try count(1) } catch { return .failure(error) }
        let link = lease.link
        let result = await CommandRecipient.result {
            link.cancel([$0])
        } _: { id, recipient in
            link.handOver(block: block, id: id, deadline: deadline, recipient)
        }
        if result.isSettled { settle() }
        return result
    }

    // MARK: What the connection knows

    private func begin(_ command: RedisCommand) throws(RedisError) {
        try LinkRule.check(command, over: .exclusive)
        let need = LinkRule.need(of: command)
        try count(1)
        state.withLock { state in
            switch need {
            case .altered: state.isAltered = true
            case .transaction:
                switch command.name.commandName {
                case "WATCH": state.isWatching = true
                case "MULTI": state.isQueueing = true
                default: break
                }
            case .any, .exclusive, .none: break
            }
        }
    }

    /// Counts a command that is sent.
    private func count(_ count: Int) throws(RedisError) {
        let isEnded = state.withLock { state in
            if !state.isEnded { state.unanswered += count }
            return state.isEnded
        }
        if isEnded {
            let text = "the link was lent for the time of withLink, which has returned"
            throw RedisError(.closed, text, phase: .command).with(.notExecuted)
        }
    }

    private func ended(_ command: RedisCommand, _ result: Result<RESPValue, RedisError>) {
        if result.isSettled { settle() }
        guard case .transaction = LinkRule.need(of: command), result.isAnswer else { return }
        var isRefused = false
        if case .failure = result { isRefused = true }
        state.withLock { state in
            switch command.name.commandName {
            // After a refused MULTI it is not known what the connection is in.
            case "MULTI" where isRefused: state.isAltered = true
            // Whatever EXEC replies, the server has forgotten the transaction and its keys. Without MULTI it forgets
            // nothing.
            case "EXEC" where state.isQueueing, "DISCARD" where state.isQueueing && !isRefused:
                state.isWatching = false
                state.isQueueing = false
            case "UNWATCH" where !state.isQueueing && !isRefused: state.isWatching = false
            default: break
            }
        }
    }

    private func settle() { state.withLock { $0.unanswered -= 1 } }

    /// Whether the connection watches keys.
    var isWatching: Bool { state.withLock { $0.isWatching } }

    /// Notes that the connection watches keys, or does not any more.
    func watches(_ isWatching: Bool) { state.withLock { $0.isWatching = isWatching } }

    /// Ends the use. Returns whether others may use the link: nothing is on its way, and the connection knows nothing
    /// that it did not know at the beginning.
    ///
    /// The link's own count is of no use here: a caller may have a reply before the loop has counted it.
    func end() -> Bool {
        state.withLock { state in
            state.isEnded = true
            return !state.isAltered && !state.isWatching && !state.isQueueing && state.unanswered == 0
        }
    }
}

extension Result<RESPValue, RedisError> {
    /// Whether the server has replied, perhaps with an error.
    fileprivate var isAnswer: Bool {
        switch self {
        case .success: true
        case .failure(let error): error.isAnswer
        }
    }

    /// Whether no reply can come any more.
    var isSettled: Bool {
        switch self {
        case .success: true
        case .failure(let error): error.isAnswer || error.execution == .notExecuted
        }
    }
}
