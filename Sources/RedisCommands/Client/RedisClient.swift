/// Commands over one connection that many tasks share. Commands of one loop turn leave in one write, and replies come
/// back in order, so that concurrent callers pipeline without knowing of each other.
///
/// The first command opens the connection, which is opened again when it is lost. A command that was on the wire then
/// fails with `.connectionLost` and `.unknown` as its `execution`, unless the retry policy lets it run twice. Commands
/// that were not written in full wait for the next connection (`RedisCommandConfiguration.whileDisconnected`).
///
/// **On a cluster** (`RedisConfiguration.cluster`) there is such a connection to each node that is used. A command goes
/// to the primary that serves the slot of its keys; `RedisClusterConfiguration.nodes` only matters for subscribers. All
/// keys of a command must have the same slot, but for MGET, MSET, DEL, UNLINK, EXISTS and TOUCH, which are split.
/// Commands without keys go to one primary, the same one while it is healthy: FLUSHALL, SCAN, KEYS or SCRIPT LOAD reach
/// only that node.
///
/// A command was not executed if a node refused it because the slot is elsewhere, is moving or is not served at the
/// moment, or if it could not be written. Such a command is sent again, to the node that is right by then, while the
/// caller waits. A command that was on the wire when the link was lost fails, as on one server, and is never sent
/// again. An error that a script itself returns is taken for such a refusal only if it has the server's words.
///
/// Commands of one caller to one slot are executed in the order of the calls while no slot moves and no link is lost. A
/// command that is sent again may be overtaken by those behind it. So may a command that the library does not know,
/// because it has to ask a node for the keys of that command (COMMAND INFO, COMMAND GETKEYS). A caller that needs the
/// order has to await each reply.
///
/// Commands go to primaries. `replicas` reads from replicas.
public final class RedisClient: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration
    let backend: any CommandBackend
    let pool: LinkPool
    /// Whether there is an observer. Every command asks, and this is less than to look at the observer.
    let isObserved: Bool
    let capabilities = ServerCapabilities()
    let attachments = ClientAttachments()
    /// Sends the reads of `replicas`; `nil` if this client does.
    let reader: RedisClient?

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
        isObserved = configuration.commandObserver != nil
        let configuration = configuration.sharingConnects
        let eventLoop = try RedisEventLoop.chosen(loop)
        if configuration.cluster != nil {
            let cluster = CommandCluster(configuration, loop: eventLoop, linger: linger)
            backend = cluster
            reader = RedisClient(
                reading: configuration,
                over: CommandCluster(
                    configuration,
                    loop: eventLoop,
                    linger: linger,
                    readingReplicasOf: cluster.topology
                )
            )
        } else {
            backend = try CommandServer(configuration, loop: eventLoop)
            if let reading = configuration.readingReplicas {
                reader = RedisClient(reading: reading, over: try CommandServer(reading, loop: eventLoop))
            } else {
                reader = nil
            }
        }
        pool = Self.pool(configuration, over: backend)
    }

    /// A client that sends the reads of another one's `replicas`. To read twice changes nothing, so a read that is lost
    /// with its link is sent again.
    private init(reading configuration: RedisConfiguration, over backend: any CommandBackend) {
        var configuration = configuration
        let defaults = RedisRetryPolicy(upTo: .readOnly)
        configuration.commands.retry.limit = max(configuration.commands.retry.limit, defaults.limit)
        configuration.commands.retry.attempts = max(configuration.commands.retry.attempts, defaults.attempts)
        self.configuration = configuration
        isObserved = configuration.commandObserver != nil
        self.backend = backend
        reader = nil
        pool = Self.pool(configuration, over: backend)
    }

    private static func pool(_ configuration: RedisConfiguration, over backend: any CommandBackend) -> LinkPool {
        let (observer, loop) = (configuration.commandObserver, backend.loop)
        return LinkPool(configuration.commands.pool, loop: loop, observer) { [backend] node throws(RedisError) in
            try CommandLink(
                backend.configuration(of: node),
                limits: configuration.replyLimits.set(by: .replyLimits),
                outage: .end,
                loop: loop,
                observer: observer
            )
        }
    }

    deinit {
        _ = pool.close()
        backend.closeNow()
    }

    /// Sends a command and returns its reply.
    ///
    /// Commands that change the shared connection, or belong to one task, are refused before they are sent: MULTI,
    /// WATCH and similar ones, SELECT, SUBSCRIBE and similar ones, MONITOR, CLIENT REPLY and TRACKING, HELLO, AUTH,
    /// QUIT and RESET. The error names what to use instead. A blocking command, such as BLPOP or XREAD with BLOCK, goes
    /// over a link of its own. If its caller gives up, it is ended at the server, and an element that it took all the
    /// same is the reply.
    ///
    /// A command that surely did not run is tried again within its deadline; what may have run is, as far as
    /// `RedisRetryPolicy` allows.
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
    public func send(_ command: RedisCommand, timeout: Duration?) async throws(RedisError) -> RESPValue {
        try await result(of: command, timeout: timeout).get()
    }

    /// Sends a command and returns its reply, as `send(_:timeout:)` does, within the configuration's
    /// `commands.timeout`; a blocking command without an end, because it has its own among its arguments.
    ///
    /// - Throws: What `send(_:timeout:)` throws.
    @discardableResult
    public func send(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
        try await send(command, timeout: timeout(of: command))
    }

    /// Enqueues a command and returns the promise of its reply. Commands leave in the order of these calls. Nothing is
    /// tried again.
    package func enqueue(_ command: RedisCommand, timeout: Duration? = .seconds(30)) throws(RedisError) -> Promise<
        RESPValue
    > {
        if case .exclusive = LinkRule.need(of: command) {
            let name = command.name.commandName ?? ""
            throw RedisError(.invalidCommand, "\(name) blocks: await RedisClient.send for it", phase: .command)
        }
        try LinkRule.check(command, over: .shared)
        return backend.enqueue(command, timeout: timeout)
    }

    /// How much is on its way over the links of the client, and how much it was at most.
    public var statistics: RedisLinkStatistics {
        get async {
            var statistics = await backend.statistics
            if let reader { statistics += await reader.statistics }
            return statistics
        }
    }

    /// Ends all connections. Commands without a reply fail with `.closed`. Idempotent.
    public func close() async {
        for link in pool.close() { await link.close() }
        await reader?.close()
        await backend.close()
        attachments.clientClosed()
    }

    func closeNow() {
        _ = pool.close()
        reader?.closeNow()
        backend.closeNow()
        attachments.clientClosed()
    }

    /// Cuts all connections as if the network had failed. For tests of a program's behaviour in that case.
    public func cut() async {
        await backend.cut()
        await reader?.cut()
        for link in pool.links { await link.cut() }
    }
}

extension RedisClient: CustomReflectable {
    /// Only the configuration. The rest belongs to the loop, may change during the call, and may contain what passes
    /// over the link.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": configuration], displayStyle: .class)
    }
}
