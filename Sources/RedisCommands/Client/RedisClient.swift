/// Commands over one connection that many tasks share. Commands of one loop turn leave in one write, and replies come back
/// in order, so that concurrent callers pipeline without knowing of each other.
///
/// The connection is opened by the first command and opened again when it is lost. A command that was on the wire then
/// fails with `.connectionLost`: whether the server executed it is not known, and sending it again is the caller's choice.
public final class RedisClient: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration
    private let link: ControlLink

    /// Prepares a client; nothing is sent yet.
    ///
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(_ url: String, loop: EventLoop? = nil) throws(RedisError) {
        try self.init(try RedisConfiguration(url: url), loop: loop)
    }

    /// Prepares a client; nothing is sent yet. Throws like `init(_:loop:)`.
    public init(_ configuration: RedisConfiguration, loop: EventLoop? = nil) throws(RedisError) {
        self.configuration = configuration
        link = try ControlLink(configuration, loop: loop)
    }

    /// Sends a command and returns its reply.
    ///
    /// Do not send what changes the meaning of the connection: SUBSCRIBE and its kin, MONITOR, CLIENT REPLY. Blocking
    /// commands such as BLPOP hold up everyone who shares the connection.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments.
    ///   - timeout: How long to wait for the reply; `nil` for ever. The connection survives: a late reply is discarded.
    /// - Throws: `.serverError`, `.notPermitted` and kin for an error reply; `.connectionLost`; `.connectFailed` and kin;
    ///   `.timedOut`; `.cancelled`; `.closed`; `.invalidCommand` when the command has no name.
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) async throws(RedisError) -> RESPValue {
        try await link.send(command, timeout: timeout)
    }

    /// The same for a plain thread.
    @available(*, noasync, message: "await the other form")
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) throws(RedisError) -> RESPValue {
        try link.send(command, timeout: timeout)
    }

    /// Puts a command on its way and returns where its reply will be. Commands leave in the order of these calls.
    package func enqueue(_ command: RedisCommand) throws(RedisError) -> Answer<RESPValue> {
        try link.enqueue(command)
    }

    /// Ends the connection. Commands without a reply fail with `.closed`. Idempotent.
    public func close() async { await link.close() }

    /// Cuts the connection as if the network had.
    package func cut() async { await link.cut() }
}
