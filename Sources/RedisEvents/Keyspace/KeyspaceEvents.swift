/// What happens to keys: set, deleted, expired, evicted and all else that a server, or a cluster, tells of, over links
/// that come back by themselves (https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/).
///
/// ```swift
/// let keys = try KeyspaceEvents("redis://localhost:6379", keys: ["user:*"], events: [.expired, .del])
/// for try await event in keys.events {
///     if let event = event.key { print(event.name, event.key) }
/// }
/// ```
///
/// **The setting.** A server tells nothing until its `notify-keyspace-events` is set. It is looked at in the start,
/// after each reconnect and every two seconds (`KeyspaceEvents.NotificationPolicy.checkInterval`): what is missing
/// makes the start fail, by name, and is told in the stream later, with a gap from the last moment at which the flags
/// are known to have been on until they are on again. Only a policy that says so changes the setting, and sets again
/// what others take away.
///
/// **Other watchers.** The setting is the whole server's. Watchers of this library, in any process, know of each other,
/// and the last of those that restore the setting does so. Of others the server tells nothing: who sets flags by hand,
/// or with another client, does better not to rely on those that a watcher has set.
///
/// **What comes.** One event for each change, however many patterns match it. A command may make several: `SET` with a
/// time to live is a `set` and an `expire`. FLUSHALL, FLUSHDB and SWAPDB make none. Events are the node's own: a
/// cluster does not pass them on, and a replica tells of an expiry as `del`.
///
/// **A cluster.** With `RedisConfiguration.cluster` it watches all shards, each by its primary, or by a replica where
/// `RedisClusterConfiguration.nodes` asks for those. The setting is looked at on each of these nodes, and on each that
/// is promoted or joins later; what was changed is set back everywhere. Events tell their `node`, and come in the order
/// of their arrival: the server tells no time. A failover is one gap of its shard; shards that join or leave are told
/// with a gap, as `Monitor` says.
///
/// It starts with the first read, or with `start`. Events go to one reader each, in order, from tasks and threads at
/// will.
public final class KeyspaceEvents: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration

    let mailbox: Mailbox<KeyspaceEvents.Event>
    let startState = StreamStart()
    private let engine: any EventWatcher
    private let setting: NotificationSetting

    /// Prepares a watch; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
    ///   - keys: Glob-style patterns of keys; none means all keys.
    ///   - events: Names of events; none means all that the server's classes of A hold. `keymiss`, `new`, `overwritten`
    ///     and `type_changed` are not among them, but come when the server is set to tell of them.
    ///   - database: The only database to look at; `nil` means all. The one that the URL names does not matter.
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
    ///   - events: Names of events; none means all that the server's classes of A hold.
    ///   - database: The only database to look at; `nil` means all. The one that the configuration names does not
    ///     matter.
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
        let mailbox = Mailbox<KeyspaceEvents.Event>(limit: buffer)
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
        setting = NotificationSetting(configuration, loop: eventLoop, needed: plan.flags, policy: policy)
        if let cluster = configuration.cluster {
            engine = ClusterWatcher.keyspace(
                configuration,
                cluster,
                plan: plan,
                setting: setting,
                loop: eventLoop,
                sink: sink
            )
        } else {
            engine = try KeyspaceWatcher(configuration, plan: plan, setting: setting, loop: eventLoop, sink: sink)
        }
    }

    deinit {
        setting.close()
        engine.closeNow()
    }

    /// Subscribes, looks at the server's setting, and returns when events come. Later calls return at once.
    ///
    /// A setting that was changed, or that the server does not let be read, does not stop it: a `.notifications` event
    /// says so. Nor does a pattern that is refused where another is not: a `.refused` event names it. In a cluster all
    /// that can be reached have to be set right, as with `Monitor.start`.
    ///
    /// - Throws: `.notificationsOff` when flags are missing (`underlyingError` is a
    ///   `KeyspaceEvents.MissingNotifications`); why the first connect failed; `.notPermitted` when every pattern is
    ///   refused; why the server gave no answer about its setting; `.cancelled`; `.closed`. It may be called again.
    public func start() async throws(RedisError) { try await begin() }

    /// Sets the server's setting back if it was changed here and the policy asks for it, then ends the link and every
    /// reader. What is queued is discarded. Idempotent.
    ///
    /// - Returns: What became of the setting.
    @discardableResult
    public func close() async -> KeyspaceEvents.NotificationRestoration {
        mailbox.close()
        setting.close()
        await engine.close()
        return await setting.restore()
    }

    /// Cuts the links as if the network had; they come back by the policy, with a gap record. For tests of what a
    /// program does then.
    public func cut() async { await engine.cut() }

    /// Lets go of the links until `resume`, with a gap record whose cause is `.suspended`; for a process that is going
    /// to be stopped and would be thrown out by the server for not reading. Returns when the links are closed.
    package func suspend() async { await engine.hold(.suspension) }

    /// Opens the links again after `suspend`.
    package func resume() async { await engine.release() }
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
    var loop: RedisEventLoop { engine.loop }

    var start: StreamStart? { startState }

    func requestStart(_ answer: Promise<Void>) { engine.start(answer) }

    func closeNow() {
        mailbox.close()
        Task { await self.close() }
    }
}
