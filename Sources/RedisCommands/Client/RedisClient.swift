/// Commands over one connection that many tasks share. Commands of one loop turn leave in one write, and replies come
/// back in order, so that concurrent callers pipeline without knowing of each other.
///
/// The connection is opened by the first command and opened again when it is lost. A command that was on the wire then
/// fails with `.connectionLost`: whether the server executed it is not known, and sending it again is the caller's
/// choice.
///
/// **On a cluster** (`RedisConfiguration.cluster`) there is such a connection to each node that has something to do,
/// and a command goes to the primary that serves the slot of its keys; `RedisClusterConfiguration.nodes` is for those
/// who listen, and changes nothing here. All keys of a command must be of one slot. Commands without keys go to one
/// primary, the same one for as long as it is healthy: FLUSHALL, SCAN, KEYS or SCRIPT LOAD reach that node alone.
///
/// A command that a node refused because the slot is elsewhere, on its way, or not served at the moment, or that could
/// not be written, was not executed; it is sent again, to where it belongs by then, for as long as the caller waits.
/// One that was on the wire when the link was lost fails, as on one server, and is never sent again. What a script
/// itself returns as such a refusal is taken for one.
///
/// Commands of one caller to one slot are executed in the order of the calls as long as nothing moves and no link is
/// lost: one that is sent again may be overtaken by those behind it. So may a command that the library does not know,
/// whose keys it has to ask a node for (COMMAND INFO, COMMAND GETKEYS). Who needs the order awaits each reply.
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

    /// `linger` is how long the link to a node of a cluster is kept without being used, at least.
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
    /// What belongs to one task, or changes or holds up the connection that all share, is refused before it is sent:
    /// MULTI, WATCH and their kin, SELECT, SUBSCRIBE and its kin, MONITOR, CLIENT REPLY and TRACKING, HELLO, AUTH,
    /// QUIT, RESET, and commands that block, such as BLPOP or XREAD with BLOCK. The error says what does what they are
    /// for.
    ///
    /// - Parameters:
    ///   - command: The name and the arguments.
    ///   - timeout: How long to wait for the reply; `nil` for ever. The connection survives: a late reply is discarded.
    /// - Returns: The reply, which is never an error.
    /// - Throws: `.serverError`, `.notPermitted` and kin for an error reply; `.connectionLost`; `.connectFailed` and
    ///   kin;
    ///   `.timedOut`; `.cancelled`; `.closed`; `.invalidCommand` when the command has no name or is refused. On a
    ///   cluster also
    ///   `.invalidCommand` for keys of several slots, before anything is sent; `.noServer` when no seed knows the
    ///   cluster, or nodes have sent the command from one to another more than five times in a row; and `.timedOut`,
    ///   with what is wrong as the
    ///   `underlyingError`, where one server would be a `.connectFailed`: another node may take over while the caller
    ///   waits.
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration? = .seconds(30)) async throws(RedisError) -> RESPValue {
        try await backend.send(command, timeout: timeout)
    }

    /// Puts a command on its way and returns where its reply will be. Commands leave in the order of these calls.
    package func enqueue(_ command: RedisCommand) throws(RedisError) -> Promise<RESPValue> {
        try backend.enqueue(command)
    }

    /// Ends all connections. Commands without a reply fail with `.closed`. Idempotent.
    public func close() async { await backend.close() }

    /// Cuts all connections as if the network had. For tests of what a program does then.
    public func cut() async { await backend.cut() }
}

extension RedisClient: CustomReflectable {
    /// The configuration. The rest is the loop's, changes while it is looked at, and may hold what passes over the
    /// link.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": configuration], displayStyle: .class)
    }
}
