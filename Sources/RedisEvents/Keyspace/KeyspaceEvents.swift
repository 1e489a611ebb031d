/// Reports what happens to keys: set, deleted, expired, evicted and all other events of a server or a cluster, over
/// links that are opened again when they are lost
/// (https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/).
///
/// ```swift
/// let keys = try KeyspaceEvents("redis://localhost:6379", keys: ["user:*"], events: [.expired, .del])
/// for try await event in keys.events {
///     if let event = event.key { print(event.name, event.key) }
/// }
/// ```
///
/// **The setting.** A server reports nothing until its `notify-keyspace-events` is set. The setting is checked at the
/// start, after each reconnect and every two seconds (`KeyspaceEvents.NotificationPolicy.checkInterval`). If flags are
/// missing at the start, the start fails with an error that names them. If they are missing later, the stream reports
/// it, with a gap from the last moment at which the flags were verified until they are on again. The setting is only
/// changed, and set again when others change it, if the policy says so.
///
/// **Other watchers.** The setting belongs to the whole server. Watchers of this library, in any process, know of each
/// other, and the last one of those that restore the setting does so. The server does not report anybody else. Whoever
/// sets flags by hand or with another client should not rely on flags that a watcher has set.
///
/// **Which events come.** One event for each change, however many patterns match it. One command may cause several
/// events: `SET` with a time to live causes a `set` and an `expire`. FLUSHALL, FLUSHDB and SWAPDB cause none. Events
/// are the node's own: a cluster does not pass them on, and a replica reports an expiry as `del`.
///
/// **A cluster.** With `RedisConfiguration.cluster` all shards are watched, each by its primary, or by a replica where
/// `RedisClusterConfiguration.nodes` asks for replicas. The setting is checked on each of these nodes, and on each node
/// that is promoted or joins later. A changed setting is restored on all of them. Events contain their `node`, and come
/// in the order of their arrival, because the server sends no time. A failover is one gap of its shard. Shards that
/// join or leave are reported with a gap, as `Monitor` documents.
///
/// The watch starts with the first read, or with `start`. Each event goes to one reader, in order. Any number of tasks
/// and threads may read.
public final class KeyspaceEvents: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration

    package let mailbox: Mailbox<KeyspaceEvents.Event>
    let startState = StreamStart()
    private let watcher: any EventWatcher
    private let setting: NotificationSetting

    /// Prepares a watch; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
    ///   - keys: Glob-style patterns of keys; none means all keys.
    ///   - events: Names of events; none means all events of the server's class A. `keymiss`, `new`, `overwritten` and
    ///     `type_changed` are not among them, but come when the server is set to report them.
    ///   - database: The only database to watch; `nil` means all. The database of the URL does not matter.
    ///   - notifications: Whether the server's setting may be changed.
    ///   - buffer: How much may wait for a reader.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ url: String,
        keys: [RedisBytes] = [],
        events: [KeyspaceEvents.KeyEvent.Name] = [],
        database: Int? = nil,
        notifications: KeyspaceEvents.NotificationPolicy = .verify,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        try self.init(
            try RedisConfiguration(url: url),
            keys: keys,
            events: events,
            database: database,
            notifications: notifications,
            buffer: buffer,
            loop: loop
        )
    }

    /// Prepares a watch; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - keys: Glob-style patterns of keys; none means all keys.
    ///   - events: Names of events; none means all events of the server's class A.
    ///   - database: The only database to watch; `nil` means all. The database of the configuration does not matter.
    ///   - notifications: Whether the server's setting may be changed.
    ///   - buffer: How much may wait for a reader.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ configuration: RedisConfiguration,
        keys: [RedisBytes] = [],
        events: [KeyspaceEvents.KeyEvent.Name] = [],
        database: Int? = nil,
        notifications: KeyspaceEvents.NotificationPolicy = .verify,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        let mailbox = Mailbox<KeyspaceEvents.Event>(limit: buffer, watch: configuration.watch(.keyspace))
        let plan = KeyspacePlan(keys: keys, events: events, database: database)
        try self.init(configuration, plan, notifications, mailbox, loop, MailboxSink(mailbox))
    }

    /// A watch whose events go to a sink on the loop instead of waiting for readers.
    package convenience init(
        _ configuration: RedisConfiguration,
        plan: KeyspacePlan,
        notifications: KeyspaceEvents.NotificationPolicy,
        loop: RedisEventLoop? = nil,
        sink: sending any KeyspaceSink
    ) throws(RedisError) {
        try self.init(configuration, plan, notifications, Mailbox(limit: RedisBufferLimit()), loop, sink)
    }

    private init(
        _ configuration: RedisConfiguration,
        _ plan: KeyspacePlan,
        _ policy: KeyspaceEvents.NotificationPolicy,
        _ mailbox: Mailbox<KeyspaceEvents.Event>,
        _ loop: RedisEventLoop?,
        _ sink: sending any KeyspaceSink
    ) throws(RedisError) {
        try configuration.validate()
        try policy.validate()
        self.configuration = configuration
        self.mailbox = mailbox
        let configuration = configuration.sharingConnects
        let eventLoop = try RedisEventLoop.chosen(loop)
        mailbox.beginReports(on: eventLoop)
        setting = NotificationSetting(configuration, loop: eventLoop, needed: plan.flags, policy: policy)
        if let cluster = configuration.cluster {
            watcher = ClusterWatcher.keyspace(
                configuration,
                cluster,
                plan: plan,
                setting: setting,
                loop: eventLoop,
                sink: sink
            )
        } else {
            watcher = try KeyspaceWatcher(configuration, plan: plan, setting: setting, loop: eventLoop, sink: sink)
        }
    }

    deinit {
        setting.close()
        watcher.closeNow()
    }

    /// Subscribes, checks the server's setting, and returns when events come. Later calls return at once.
    ///
    /// The start does not fail when the setting was changed or cannot be read: a `.notifications` event says so. Nor
    /// does it fail when some patterns are refused and others are not: a `.refused` event names each. In a cluster, the
    /// setting has to be right on all nodes that can be reached, as with `Monitor.start`.
    ///
    /// - Throws: `.notificationsOff` when flags are missing (`underlyingError` is a
    ///   `KeyspaceEvents.MissingNotifications`); why the first connect failed; `.notPermitted` when every pattern is
    ///   refused; why the server gave no answer about its setting; `.cancelled`; `.closed`. It may be called again.
    public func start() async throws(RedisError) { try await begin() }

    /// Restores the server's setting if this object changed it and the policy says so, then ends the link and every
    /// reader. Discards queued events. Idempotent.
    ///
    /// - Returns: What became of the setting.
    @discardableResult
    public func close() async -> KeyspaceEvents.NotificationRestoration {
        mailbox.close()
        setting.close()
        await watcher.close()
        return await setting.restore()
    }

    /// Cuts the links as if the network had failed. They are opened again by the policy, with a gap record. For tests
    /// of a program's behaviour in that case.
    public func cut() async { await watcher.cut() }

    /// Closes the links until `resume`, with a gap record whose cause is `.suspended`. For a process that is going to
    /// be stopped and would be disconnected by the server because it does not read. Returns when the links are closed.
    package func suspend() async { await watcher.hold(.suspension) }

    /// Opens the links again after `suspend`.
    package func resume() async { await watcher.release() }
}

extension KeyspaceEvents: RedisEventSource {
    /// The events, in order. The first read starts the watch.
    public var events: RedisEventStream<KeyspaceEvents.Event> { RedisEventStream(self) }
}

extension RedisBlocking<KeyspaceEvents> {
    /// Starts the watch and returns when events come. Later calls return at once.
    ///
    /// - Throws: What `KeyspaceEvents.start` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    public func start() throws(RedisError) { try source.beginBlocking() }
}

extension KeyspaceEvents: EventSource {
    package var loop: RedisEventLoop { watcher.loop }

    package var start: StreamStart? { startState }

    package func requestStart(_ promise: Promise<Void>) { watcher.start(promise) }

    package func closeNow() {
        mailbox.close()
        Task { await self.close() }
    }
}
