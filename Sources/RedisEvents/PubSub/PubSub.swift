/// Subscriptions to channels, patterns and shard channels of one server or of a cluster. A link that is lost is opened
/// again.
///
/// ```swift
/// let pubsub = try PubSub("redis://localhost:6379")
/// try await pubsub.subscribe("orders") { message in print(message.text ?? "") }
/// try await pubsub.run()
/// ```
///
/// **Reading.** Events wait in a bounded buffer until they are read, in one of the ways of a `RedisEventSource` or by
/// `getMessage`. Any number of tasks and threads may read; each event goes to one reader, in order. The reader calls
/// handlers, and the event loop calls `inline` handlers.
///
/// **Loss.** A message arrives once and in order, or a record takes its place: `.gap` where messages may have been
/// missed, mostly because the link was down, `.drop` where the reader was too slow and the overflow policy drops
/// events. `subscription` gives names a buffer and a policy of their own.
///
/// **Life.** The first subscribe opens the link. A lost link is opened again, for ever by default, and the wanted names
/// are subscribed again. `close` ends everything, and so does releasing the object.
public final class PubSub: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration
    /// Whether readers leave out confirmations.
    public var ignoreSubscribeMessages: Bool { ignored.contains(.confirmations) }
    /// Whether readers leave out link events and gaps. Then they get no record of missed messages, but the log has one.
    public var ignoreLinkEvents: Bool { ignored.contains(.linkEvents) }

    /// What all readers leave out.
    let ignored: IgnoredEvents

    let backend: any PubSubBackend
    package let mailbox: Mailbox<PubSubControl>
    let handlers: HandlerTable
    let subscribedNames: SubscribedNames

    /// Prepares a subscription; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
    ///   - buffer: How much may wait for a reader.
    ///   - overflow: What happens when more comes.
    ///   - ignoreSubscribeMessages: Whether readers leave out confirmations.
    ///   - ignoreLinkEvents: Whether readers leave out link events and gaps.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ url: String,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: OverflowPolicy = .dropOldest,
        ignoreSubscribeMessages: Bool = false,
        ignoreLinkEvents: Bool = false,
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        try self.init(
            try RedisConfiguration(url: url),
            buffer: buffer,
            overflow: overflow,
            ignoreSubscribeMessages: ignoreSubscribeMessages,
            ignoreLinkEvents: ignoreLinkEvents,
            loop: loop
        )
    }

    /// Prepares a subscription; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - buffer: How much may wait for a reader.
    ///   - overflow: What happens when more comes.
    ///   - ignoreSubscribeMessages: Whether readers leave out confirmations.
    ///   - ignoreLinkEvents: Whether readers leave out link events and gaps.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ configuration: RedisConfiguration,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: OverflowPolicy = .dropOldest,
        ignoreSubscribeMessages: Bool = false,
        ignoreLinkEvents: Bool = false,
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        let reference = WeakBackend()
        let mailbox = Mailbox<PubSubControl>(limit: buffer, rule: overflow.rule, watch: configuration.watch(.pubsub)) {
            reference.backend?.enqueue(.adjustReading)
        }
        let ignored = IgnoredEvents(confirmations: ignoreSubscribeMessages, linkEvents: ignoreLinkEvents)
        try self.init(configuration, mailbox, ignored, loop, MailboxSink(mailbox))
        reference.backend = backend
    }

    /// A `PubSub` whose events go to a sink on the loop instead of waiting for readers. `discovery` finds the server if
    /// the configuration does not say where it is.
    package convenience init(
        _ configuration: RedisConfiguration,
        discovery: (any ServerDiscovery)? = nil,
        loop: RedisEventLoop? = nil,
        sink: sending any PubSubSink
    ) throws(RedisError) {
        try self.init(configuration, Mailbox(limit: RedisBufferLimit()), [], loop, sink, discovery)
    }

    private init(
        _ configuration: RedisConfiguration,
        _ mailbox: Mailbox<PubSubControl>,
        _ ignored: IgnoredEvents,
        _ loop: RedisEventLoop?,
        _ sink: sending any PubSubSink,
        _ discovery: (any ServerDiscovery)? = nil
    ) throws(RedisError) {
        try configuration.validate()
        self.configuration = configuration
        self.ignored = ignored
        self.mailbox = mailbox
        handlers = HandlerTable()
        subscribedNames = SubscribedNames()
        let context = PubSubContext(handlers: handlers, subscribedNames: subscribedNames, sink: sink)
        context.watch = mailbox.watch
        let configuration = configuration.sharingConnects
        let eventLoop = try RedisEventLoop.chosen(loop)
        mailbox.beginReports(on: eventLoop)
        if configuration.cluster != nil && discovery == nil {
            backend = PubSubCluster(configuration, context, loop: eventLoop)
        } else {
            backend = Session(pubSub: configuration, context, discovery: discovery, loop: eventLoop)
        }
    }

    deinit { backend.enqueue(.abandon) }

    /// Whether the server has confirmed a subscription and has not confirmed its end. A lost link changes nothing here,
    /// because the names are subscribed again.
    public var isSubscribed: Bool { subscribedNames.count > 0 }

    /// The state of every name: whether it is wanted, and whether the server has confirmed it on the current link.
    public func states() async -> [PubSub.SubscriptionState] { await backend.onLoop { $0.states } }

    /// Sends a PING and awaits its reply.
    ///
    /// - Parameters:
    ///   - message: The text that the server repeats.
    ///   - timeout: How long to wait. The link stays up when the time is over.
    /// - Returns: The time until the reply came.
    /// - Throws: `.connectionLost` when there is no link now or it ends, `.timedOut`, `.cancelled`, `.closed`, or the
    ///   error with which the server replied, which shows as well that the server is alive. In a cluster, each link
    ///   that is up must reply.
    @discardableResult
    public func ping(_ message: (any RedisBytesConvertible)? = nil, timeout: Duration = .seconds(5))
        async throws(RedisError) -> Duration
    {
        let start = ContinuousClock.now
        let promise = startPing(message?.redisBytes)
        let timer = ScheduledCall(after: timeout, on: backend.loop) {
            promise.complete(.failure(RedisError(.timedOut, "no answer to PING in time")))
        }
        defer { timer.cancel() }
        try await promise.value()
        return start.duration(to: .now)
    }

    func startPing(_ message: RedisBytes?) -> Promise<Void> {
        let promise = Promise<Void>()
        backend.enqueue(.ping(message, promise))
        return promise
    }

    /// Ends the link and every reader. Discards queued events, which count as dropped; `drain` delivers them first.
    /// Idempotent, from any task or handler.
    public func close() async {
        mailbox.close()
        await backend.close(discarding: true)
    }

    /// Ends the link, lets the readers take what is queued, then closes.
    ///
    /// - Parameter deadline: How long the readers may take.
    /// - Returns: Whether everything was taken. The rest is discarded.
    @discardableResult
    public func drain(deadline: Duration = .seconds(10)) async -> Bool {
        let limit = ContinuousClock.now.advanced(by: deadline)
        let mailboxes = await [mailbox] + backend.onLoop { $0.dedicatedMailboxes }
        await backend.close(discarding: false)
        var isDrained = true
        for mailbox in mailboxes {
            if await !mailbox.waitUntilDrained(until: limit, on: backend.loop) { isDrained = false }
            mailbox.close()
        }
        // Nothing is left for them.
        handlers.removeAll()
        return isDrained
    }

    /// Cuts the link as if the network had failed. The link is opened again by the policy, with a gap record. For tests
    /// of a program's behaviour in that case.
    public func cut() async { await backend.onLoop { $0.handle(.cut) } }

    /// Closes the link until `resume`, with a gap record whose cause is `.suspended`. For a process that is going to be
    /// stopped and would be disconnected by the server because it does not read. Returns when the link is closed.
    package func suspend() async { await backend.onLoop { $0.handle(.suspend) } }
    /// Opens the link again after `suspend`.
    package func resume() async { await backend.onLoop { $0.handle(.resume) } }
}

extension PubSub: CustomReflectable {
    /// Only the configuration. The rest belongs to the loop, may change during the call, and may contain what passes
    /// over the link.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": configuration], displayStyle: .class)
    }
}
