/// What happens to keys: set, deleted, expired, evicted and all else that the server tells of, over a link that comes back
/// by itself (https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/).
///
/// ```swift
/// let keys = try KeyspaceEvents("redis://localhost:6379", keys: ["user:*"], events: [.expired, .del])
/// for try await event in keys.events {
///     if let event = event.key { print(event.name, event.key) }
/// }
/// ```
///
/// **The setting.** A server tells nothing until its `notify-keyspace-events` is set. It is looked at in the start and after
/// each reconnect: what is missing makes the start fail, by name, and is told in the stream later. Only a policy that says
/// so changes it. Whoever changes it while the link is up is not noticed.
///
/// **What comes.** One event for each change, however many patterns match it. A command may make several: `SET` with a time
/// to live is a `set` and an `expire`. FLUSHALL, FLUSHDB and SWAPDB make none. Events are the node's own: a cluster does not
/// pass them on, and a replica tells of an expiry as `del`.
///
/// It starts with the first read, or with `start`. Events go to one reader each, in order, from tasks and threads at will.
public final class KeyspaceEvents: Sendable {
    private enum StartState {
        case idle
        case starting([Answer<Void>])
        case started
    }

    /// How the server is reached.
    public let configuration: RedisConfiguration

    let mailbox: Mailbox<KeyspaceEvent>
    private let plan: KeyspacePlan
    private let pubsub: PubSub
    private let watch: NotificationWatch
    private let startState = Locked(StartState.idle)

    /// Prepares a watch; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
    ///   - keys: Glob-style patterns of keys; none means all keys.
    ///   - events: Names of events; none means all that the server's classes of A hold. `keymiss`, `new`, `overwritten` and
    ///     `type_changed` are not among them, but come when the server is set to tell of them.
    ///   - database: The only database to look at; `nil` means all. The one that the URL names does not matter.
    ///   - notifications: Whether the server's setting may be changed.
    ///   - buffer: How much may wait for a reader.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ url: String,
        keys: [RedisBytes] = [],
        events: [KeyEvent.Name] = [],
        database: Int? = nil,
        notifications: NotificationPolicy = .verify,
        buffer: BufferLimit = BufferLimit(),
        loop: EventLoop? = nil
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

    /// Prepares a watch; nothing is sent yet. The parameters are those of
    /// `init(_:keys:events:database:notifications:buffer:loop:)`.
    public convenience init(
        _ configuration: RedisConfiguration,
        keys: [RedisBytes] = [],
        events: [KeyEvent.Name] = [],
        database: Int? = nil,
        notifications: NotificationPolicy = .verify,
        buffer: BufferLimit = BufferLimit(),
        loop: EventLoop? = nil
    ) throws(RedisError) {
        let mailbox = Mailbox<KeyspaceEvent>(limit: buffer)
        let plan = KeyspacePlan(keys: keys, events: events, database: database)
        try self.init(configuration, plan, notifications, mailbox, loop, KeyspaceMailboxSink(mailbox))
    }

    /// A watch whose events go to a sink on the loop instead of waiting for readers.
    package convenience init(
        _ configuration: RedisConfiguration,
        plan: KeyspacePlan,
        notifications: NotificationPolicy,
        loop: EventLoop? = nil,
        sink: sending any KeyspaceSink
    ) throws(RedisError) {
        try self.init(configuration, plan, notifications, Mailbox(limit: BufferLimit()), loop, sink)
    }

    private init(
        _ configuration: RedisConfiguration,
        _ plan: KeyspacePlan,
        _ policy: NotificationPolicy,
        _ mailbox: Mailbox<KeyspaceEvent>,
        _ loop: EventLoop?,
        _ sink: sending any KeyspaceSink
    ) throws(RedisError) {
        try configuration.validate()
        try policy.validate()
        self.configuration = configuration
        self.mailbox = mailbox
        self.plan = plan
        let eventLoop: EventLoop
        do throws(SystemError) {
            eventLoop = if let loop { loop } else { try EventLoop.shared }
        } catch { throw .system(error) }
        let watch = NotificationWatch(
            NotificationSetting(configuration, loop: eventLoop, needed: plan.flags, policy: policy)
        )
        self.watch = watch
        let translator = KeyspaceTranslator(plan, sink, check: { [watch] in watch.check(link: $0, at: $1) })
        // Keyspace events are no publishes: their count bounds nothing here.
        var link = configuration
        link.lossBoundInterval = nil
        pubsub = try PubSub(link, loop: eventLoop, sink: translator)
        watch.attach(pubsub.session)
    }

    deinit { watch.close() }

    /// The loop that it runs on.
    var loop: EventLoop { pubsub.session.loop }

    /// Throws on the loop's thread.
    func refuseOnLoop() throws(RedisError) { try pubsub.session.refuseOnLoop() }

    /// What passed between the link and the readers so far.
    public var statistics: DeliveryStatistics { mailbox.statistics }

    /// Subscribes, looks at the server's setting, and returns when events come. Later calls return at once.
    ///
    /// A setting that was changed, or cannot be read, does not stop it: a `.notifications` event says so.
    ///
    /// - Throws: `.notificationsOff` when flags are missing (`underlyingError` is a `MissingNotifications`); why the first
    ///   connect failed; `.notPermitted` when the user may not subscribe; `.cancelled`; `.closed`. It may be called again.
    public func start() async throws(RedisError) { try await requestStart().value() }

    /// The same for a plain thread.
    @available(*, noasync, message: "await the other form")
    public func start() throws(RedisError) {
        try refuseOnLoop()
        try requestStart().waitBlocking()
    }

    func requestStart() -> Answer<Void> {
        let answer = Answer<Void>()
        enum Next { case begin, wait, done }
        let next: Next = startState.withLock { state in
            switch state {
            case .idle:
                state = .starting([answer])
                return .begin
            case .starting(let waiting):
                state = .starting(waiting + [answer])
                return .wait
            case .started: return .done
            }
        }
        switch next {
        case .begin: Task { await begin() }
        case .wait: break
        case .done: answer.give(.success(()))
        }
        return answer
    }

    private func begin() async {
        var result: Result<Void, RedisError> = .success(())
        do throws(RedisError) {
            try await subscribe()
            let server = await pubsub.session.endpoint
            let state = try await watch.setting.check(at: server)
            if case .missing(let missing) = state { throw .notificationsOff(missing, at: server) }
            if case .verified = state {} else { await pubsub.session.tellNotifications(state) }
        } catch {
            result = .failure(error)
            // Nothing comes until the next start.
            for kind in SubscriptionKind.allCases { _ = pubsub.startUnsubscribe(kind, []) }
        }
        let waiting = startState.withLock { state -> [Answer<Void>] in
            guard case .starting(let waiting) = state else { return [] }
            if case .success = result { state = .started } else { state = .idle }
            return waiting
        }
        for answer in waiting { answer.give(result) }
    }

    private func subscribe() async throws(RedisError) {
        for kind in [SubscriptionKind.channel, .pattern] {
            let names = plan.subscriptions.filter { $0.kind == kind }.map(\.name)
            let results = try await pubsub.subscribe(kind, names)
            if let error = results.lazy.compactMap(\.error).first { throw error }
        }
    }

    /// Sets the server's setting back if it was changed here and the policy asks for it, then ends the link and every
    /// reader. What is queued is discarded. Idempotent.
    ///
    /// - Returns: What became of the setting.
    @discardableResult
    public func close() async -> NotificationRestoration {
        mailbox.close()
        watch.close()
        await pubsub.close()
        return await watch.setting.restore()
    }

    /// The same for a plain thread, without waiting for the end.
    @available(*, noasync, message: "await the other form")
    public func close() {
        mailbox.close()
        Task { await close() }
    }

    /// Cuts the link as if the network had; it comes back by the policy, with a gap record.
    package func cut() async { await pubsub.cut() }
}

extension RedisError {
    fileprivate static func notificationsOff(_ missing: MissingNotifications, at endpoint: Endpoint) -> RedisError {
        RedisError(
            .notificationsOff,
            missing.description,
            endpoint: endpoint,
            phase: .subscribe,
            underlyingError: missing
        )
    }
}
