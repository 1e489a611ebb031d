/// What commands can be sent over: a client, an exclusive link, a transaction.
///
/// The typed commands are methods of this protocol, and static functions of `RedisRequest`:
///
/// ```swift
/// let visits = try await client.incr("visits")
/// let name = try await client.get("name", as: String.self)
/// let (count, ttl) = try await client.send(.incr("visits"), .ttl("visits"))
/// ```
///
/// A method waits for its reply as long as `commandTimeout` allows, or, where it blocks, as long as it was told to. A
/// call that needs another limit sends the request: `client.send(.get("name"), timeout: .seconds(1))`. A method throws
/// what `send` throws; `.unexpectedReply` when the server's reply does not have the form that the command's page
/// promises, or has a number that does not fit.
public protocol RedisCommandSender: Sendable {
    /// How long a command may take whose call names no timeout; `nil` means for ever.
    var commandTimeout: Duration? { get }

    /// Sends a command and returns its reply.
    ///
    /// - Parameters:
    ///   - request: The command and the type of its reply.
    ///   - timeout: How long to wait for the reply; `nil` means for ever.
    /// - Returns: The reply in its type.
    /// - Throws: What the sender documents; `.unexpectedReply` for a reply of another form.
    func send<Reply>(_ request: RedisRequest<Reply>, timeout: Duration?) async throws(RedisError) -> Reply

    /// Who has to be asked so that every key is seen: this sender alone, or, for a client of a cluster, a sender to
    /// each primary. `scan` asks one after the other.
    ///
    /// - Throws: What `send` throws when the nodes cannot be found.
    func keyHolders() async throws(RedisError) -> [any RedisCommandSender]
}

extension RedisCommandSender {
    /// Sends a command and returns its reply. Waits as long as `commandTimeout` allows; for a blocking command without
    /// an end, because it has its own time among its arguments.
    ///
    /// - Throws: What `send(_:timeout:)` throws.
    public func send<Reply>(_ request: RedisRequest<Reply>) async throws(RedisError) -> Reply {
        if case .exclusive = LinkRule.need(of: request.command) { return try await send(request, timeout: nil) }
        return try await send(request, timeout: commandTimeout)
    }

    /// This sender alone.
    ///
    /// - Throws: Nothing.
    public func keyHolders() async throws(RedisError) -> [any RedisCommandSender] { [self] }
}
