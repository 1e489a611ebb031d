/// Subscriptions to channels, patterns and shard channels of one server, over one link that comes back by itself.
///
/// ```swift
/// let pubsub = try PubSub("redis://localhost:6379")
/// try await pubsub.subscribe("orders") { message in print(message.text ?? "") }
/// try await pubsub.run()
/// ```
///
/// **Reading.** Events wait in a bounded buffer until someone reads them, in one of the ways of a `RedisEventSource` or
/// by `getMessage`, from tasks and threads at will; each event goes to one reader, in order. Handlers are called by the
/// reader, `inline` handlers by the event loop.
///
/// **Loss.** A message arrives once and in order, or a record stands in its place: `.gap` where the link was down,
/// `.drop` where the reader was too slow and the overflow policy is to drop. `subscription` gives names a buffer and a
/// policy of their own.
///
/// **Life.** The link is opened by the first subscribe, and opened again, for ever by default, when it is lost; what is
/// wanted is then subscribed again. `close` ends everything; so does letting go of the object.
public final class PubSub: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration
    /// Whether readers leave out confirmations.
    public var ignoreSubscribeMessages: Bool { ignored.contains(.confirmations) }
    /// Whether readers leave out link events and gaps. What was missed they do not hear of then; log lines still tell.
    public var ignoreLinkEvents: Bool { ignored.contains(.linkEvents) }

    /// What all readers leave out.
    let ignored: IgnoredEvents

    let engine: any PubSubBackend
    let mailbox: Mailbox<PubSubControl>
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
        let mailbox = Mailbox<PubSubControl>(limit: buffer, rule: overflow.rule) {
            reference.backend?.enqueue(.adjustReading)
        }
        let ignored = IgnoredEvents(confirmations: ignoreSubscribeMessages, linkEvents: ignoreLinkEvents)
        try self.init(configuration, mailbox, ignored, loop, MailboxSink(mailbox))
        reference.backend = engine
    }

    /// A subscription whose events go to a sink on the loop instead of waiting for readers. `discovery` finds the
    /// server where the configuration does not tell it.
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
        let configuration = configuration.sharingConnects
        let eventLoop = try RedisEventLoop.chosen(loop)
        if configuration.cluster != nil && discovery == nil {
            engine = PubSubCluster(configuration, context, loop: eventLoop)
        } else {
            engine = Session(pubSub: configuration, context, discovery: discovery, loop: eventLoop)
        }
    }

    deinit { engine.enqueue(.abandon) }

    /// Whether the server has confirmed a subscription and not confirmed it away. A lost link changes nothing here:
    /// what was subscribed is subscribed again.
    public var isSubscribed: Bool { subscribedNames.count > 0 }

    /// Every name, with what is wanted and what the server has confirmed on the current link.
    public func states() async -> [PubSub.SubscriptionState] { await engine.onLoop { $0.states } }

    /// Sends a PING and awaits its reply.
    ///
    /// - Parameters:
    ///   - message: What the server repeats.
    ///   - timeout: How long to wait. The link stays up when the time is over.
    /// - Returns: The time until the reply came.
    /// - Throws: `.connectionLost` when there is no link now or it ends, `.timedOut`, `.cancelled`, or the server's
    ///   error, which shows as well that the server is alive.
    @discardableResult
    public func ping(_ message: (any RedisBytesConvertible)? = nil, timeout: Duration = .seconds(5))
        async throws(RedisError) -> Duration
    {
        let start = ContinuousClock.now
        let answer = startPing(message?.redisBytes)
        let timer = ScheduledCall(after: timeout, on: engine.loop) {
            answer.complete(.failure(RedisError(.timedOut, "no answer to PING in time")))
        }
        defer { timer.cancel() }
        try await answer.value()
        return start.duration(to: .now)
    }

    func startPing(_ message: RedisBytes?) -> Promise<Void> {
        let answer = Promise<Void>()
        engine.enqueue(.ping(message, answer))
        return answer
    }

    /// Ends the link and every reader. What is queued is discarded, and counts as dropped; `drain` delivers it first.
    /// Idempotent, from any task or handler.
    public func close() async {
        mailbox.close()
        await engine.close(discarding: true)
    }

    /// Ends the link, lets the readers take what is queued, then closes.
    ///
    /// - Parameter deadline: How long the readers may take.
    /// - Returns: Whether everything was taken. What was not is discarded.
    @discardableResult
    public func drain(deadline: Duration = .seconds(10)) async -> Bool {
        let limit = ContinuousClock.now.advanced(by: deadline)
        let mailboxes = await [mailbox] + engine.onLoop { $0.dedicatedMailboxes }
        await engine.close(discarding: false)
        var isDrained = true
        for mailbox in mailboxes {
            if await !mailbox.waitUntilDrained(until: limit, on: engine.loop) { isDrained = false }
            mailbox.close()
        }
        // Nothing is left for them.
        handlers.removeAll()
        return isDrained
    }

    /// Cuts the link as if the network had; it comes back by the policy, with a gap record. For tests of what a program does
    /// then.
    public func cut() async { await engine.onLoop { $0.handle(.cut) } }

    /// Lets go of the link until `resume`, with a gap record whose cause is `.suspended`; for a process that is going to be
    /// stopped and would be thrown out by the server for not reading. Returns when the link is closed.
    package func suspend() async { await engine.onLoop { $0.handle(.suspend) } }
    /// Opens the link again after `suspend`.
    package func resume() async { await engine.onLoop { $0.handle(.resume) } }
}

extension PubSub: CustomReflectable {
    /// The configuration. The rest is the loop's, changes while it is looked at, and may hold what passes over the
    /// link.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": configuration], displayStyle: .class)
    }
}
