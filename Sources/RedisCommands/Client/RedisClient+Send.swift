extension RedisClient {
    /// Sends a command, and again where that is safe, and returns the outcome. `kind` is the command's class, if it is
    /// not that of its name. `observation` notes the attempts.
    func result(
        of command: RedisCommand,
        timeout: Duration?,
        as kind: RedisCommandClass? = nil,
        for observation: CommandObservation? = nil
    ) async -> Result<RESPValue, RedisError> {
        if isObserved, observation == nil { return await observedResult(of: command, timeout: timeout, as: kind) }
        switch LinkRule.need(of: command) {
        case .any: break
        case .exclusive: return await BlockingCommand(client: self, command: command, timeout: timeout).result()
        case .transaction, .none, .altered:
            do throws(RedisError) { try LinkRule.check(command, over: .shared) } catch { return .failure(error) }
        }
        let began = ContinuousClock.now
        // Without an observation this is the call that it would be if there were no observers.
        let result =
            if let observation {
                await backend.attempt(command, timeout: timeout, for: observation)
            } else {
                await backend.attempt(command, timeout: timeout)
            }
        guard case .failure(let error) = result, error.mayBeTriedAgain else { return result }
        let deadline = timeout.map { began.advanced(by: $0) }
        return await retry(command, as: kind ?? .of(command), until: deadline, after: error, for: observation)
    }

    /// Sends a command again, until there is a result or the ladder ends.
    func retry(
        _ command: RedisCommand,
        as kind: RedisCommandClass,
        until deadline: ContinuousClock.Instant?,
        after error: RedisError,
        for observation: CommandObservation? = nil
    ) async -> Result<RESPValue, RedisError> {
        var ladder = RetryLadder(configuration, deadline: deadline)
        var error = error
        while let pause = ladder.pause(after: error, of: kind, at: .now, random: .random(in: 0...1)) {
            // The attempts before decide what is known of the command.
            guard (try? await Task.sleep(for: pause)) != nil else {
                return .failure(.taskCancelled.with(error.execution))
            }
            let rest = deadline.map { ContinuousClock.now.duration(to: $0) }
            let result =
                if let observation {
                    await backend.attempt(command, timeout: rest, for: observation)
                } else {
                    await backend.attempt(command, timeout: rest)
                }
            guard case .failure(let next) = result else { return result }
            error = next.after(error)
            if error.code == .timedOut || error.code == .cancelled { break }
        }
        return .failure(error)
    }

    /// Sends a request and returns its reply in its type.
    ///
    /// - Parameters:
    ///   - request: The command and the type of its reply.
    ///   - timeout: How long to wait for the reply; `nil` means for ever.
    /// - Returns: The reply in its type.
    /// - Throws: What `send(_: RedisCommand, timeout:)` throws; `.unexpectedReply` for a reply of another form than the
    ///   command's page promises.
    @discardableResult
    public func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) async throws(RedisError) -> Reply {
        try request.value(of: await result(of: request.command, timeout: timeout))
    }

    /// Sends a request within the configuration's `commands.timeout`, a blocking one without an end, and returns its
    /// reply in its type.
    ///
    /// - Throws: What `send(_:timeout:)` throws.
    @discardableResult
    public func send<Reply>(_ request: RedisRequest<Reply>) async throws(RedisError) -> Reply {
        try await send(request, timeout: timeout(of: request.command))
    }

    /// The configuration's `commands.timeout`.
    public var commandTimeout: Duration? { configuration.commands.timeout }

    /// The timeout of a call that names none: a blocking command has its own among its arguments.
    func timeout(of command: RedisCommand) -> Duration? {
        if case .exclusive = LinkRule.need(of: command) { return nil }
        return configuration.commands.timeout
    }
}

extension RedisClient: RedisCommandSender {
    /// On a cluster, a sender to each primary.
    ///
    /// - Throws: `.noServer` and what `send` throws when the cluster cannot be asked.
    public func keyHolders() async throws(RedisError) -> [any RedisCommandSender] {
        let nodes = try await backend.keyHolders()
        return nodes.isEmpty ? [self] : nodes.map { NodeSender(client: self, node: $0) }
    }
}

/// Sends commands to one node of a cluster.
private struct NodeSender: RedisCommandSender {
    let client: RedisClient
    let node: RedisEndpoint

    var commandTimeout: Duration? { client.commandTimeout }

    func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) async throws(RedisError) -> Reply {
        try LinkRule.check(request.command, over: .shared)
        return try request.value(of: await client.result(of: request.command, at: node, timeout: timeout))
    }
}

extension RedisError {
    /// Whether an attempt that ended with this error may be followed by another.
    var mayBeTriedAgain: Bool { code == .connectionLost || code == .serverError }
}
