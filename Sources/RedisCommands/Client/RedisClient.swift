/// Commands over one connection that many tasks share. Commands of one loop turn leave in one write, and replies come
/// back in order, so that concurrent callers pipeline without knowing of each other.
///
/// The first command opens the connection, which is opened again when it is lost. A command that was on the wire then
/// fails with `.connectionLost`: it is not known whether the server executed it, and the caller decides whether to send
/// it again.
///
/// **On a cluster** (`RedisConfiguration.cluster`) there is such a connection to each node that is used. A command goes
/// to the primary that serves the slot of its keys; `RedisClusterConfiguration.nodes` only matters for subscribers. All
/// keys of a command must have the same slot. Commands without keys go to one primary, the same one while it is
/// healthy: FLUSHALL, SCAN, KEYS or SCRIPT LOAD reach only that node.
///
/// A command was not executed if a node refused it because the slot is elsewhere, is moving or is not served at the
/// moment, or if it could not be written. Such a command is sent again, to the node that is right by then, while the
/// caller waits. A command that was on the wire when the link was lost fails, as on one server, and is never sent
/// again. If a script itself returns such a refusal, it is taken for one.
///
/// Commands of one caller to one slot are executed in the order of the calls while no slot moves and no link is lost. A
/// command that is sent again may be overtaken by those behind it. So may a command that the library does not know,
/// because it has to ask a node for the keys of that command (COMMAND INFO, COMMAND GETKEYS). A caller that needs the
/// order has to await each reply.
public final class RedisClient: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration
    let backend: any CommandBackend

    /// Prepares a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: How the server is reached; `RedisConfiguration.init(url:)` says in which form.
    ///   - loop: The loop of the connections; `nil` means the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(_ url: String, loop: RedisEventLoop? = nil) throws(RedisError) {
        try self.init(try RedisConfiguration(url: url), loop: loop)
    }

    /// Prepares a client; nothing is sent yet.
    ///
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(_ configuration: RedisConfiguration, loop: RedisEventLoop? = nil) throws(RedisError) {
        try self.init(configuration, loop: loop, linger: .seconds(60))
    }

    /// `linger` is the shortest time for which an unused link to a node of a cluster is kept.
    package init(_ configuration: RedisConfiguration, loop: RedisEventLoop?, linger: Duration) throws(RedisError) {
        try configuration.validate()
        self.configuration = configuration
        let configuration = configuration.sharingConnects
        let eventLoop = try RedisEventLoop.chosen(loop)
        if configuration.cluster != nil {
            backend = CommandCluster(configuration, loop: eventLoop, linger: linger)
        } else {
            backend = try CommandServer(configuration, loop: eventLoop)
        }
    }

    deinit { backend.closeNow() }

    /// Sends a command and returns its reply.
    ///
    /// Commands that belong to one task, or that change or block the shared connection, are refused before they are
    /// sent: MULTI, WATCH and similar ones, SELECT, SUBSCRIBE and similar ones, MONITOR, CLIENT REPLY and TRACKING,
    /// HELLO, AUTH, QUIT, RESET, and blocking commands such as BLPOP or XREAD with BLOCK. The error names what to use
    /// instead.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments.
    ///   - timeout: How long to wait for the reply; `nil` means for ever. The connection stays up: a late reply is
    ///     discarded.
    /// - Returns: The reply, which is never an error.
    /// - Throws: `.serverError`, `.notPermitted` and similar errors for an error reply; `.connectionLost`;
    ///   `.connectFailed` and similar errors; `.timedOut`; `.cancelled`; `.closed`; `.invalidCommand` when the command
    ///   has no name or is refused. On a cluster also `.invalidCommand` for keys of several slots, before anything is
    ///   sent; `.noServer` when no seed knows the cluster, or nodes have redirected the command more than five times in
    ///   a row; and `.timedOut`, with the reason as the `underlyingError`, where one server would cause
    ///   `.connectFailed`, because another node may take over while the caller waits.
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) async throws(RedisError) -> RESPValue {
        try await backend.send(command, timeout: timeout)
    }

    /// Enqueues a command and returns the promise of its reply. Commands leave in the order of these calls.
    package func enqueue(_ command: RedisCommand) throws(RedisError) -> Promise<RESPValue> {
        try backend.enqueue(command)
    }

    /// Ends all connections. Commands without a reply fail with `.closed`. Idempotent.
    public func close() async { await backend.close() }

    /// Cuts all connections as if the network had failed. For tests of a program's behaviour in that case.
    public func cut() async { await backend.cut() }
}

extension RedisClient: CustomReflectable {
    /// Only the configuration. The rest belongs to the loop, may change during the call, and may contain what passes
    /// over the link.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": configuration], displayStyle: .class)
    }
}
