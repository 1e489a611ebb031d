/// Every command that a server, or a cluster, executes, typed and with its exact bytes, over a link that comes back by
/// itself.
///
/// ```swift
/// let monitor = try Monitor("redis://localhost:6379")
/// for try await event in monitor.events {
///     if let command = event.command { print(command.name, command.arguments.dropFirst()) }
/// }
/// ```
///
/// MONITOR costs the server a good part of its throughput (https://redis.io/docs/latest/commands/monitor/). This
/// monitor never makes that worse by reading slowly: the socket is always drained, and what its reader does not take in
/// time is dropped here and counted. When the server has to keep too much for it all the same, it leaves
/// (`Monitor.Guard`).
///
/// **A cluster.** With `RedisConfiguration.cluster` it watches all shards: each by its primary, or by a replica where
/// `RedisClusterConfiguration.nodes` asks for those. Their commands come as one stream in the order of the servers' own
/// times, each with its `node`; for that a command is held for at most `RedisClusterConfiguration.reorderWindow` until
/// the others have shown a later one. Servers whose clocks differ by more than that, or lines that take longer, come
/// out of order, and never anything of one server. A failover is one gap of its shard. A demoted primary does not hang
/// up, and only the topology shows it (`refreshInterval`): the gap then begins when it was last known to be the
/// primary. Shards that join are watched with a gap from when they were last known not to be there, and those that
/// leave end with one. Each node has a guard of its own.
///
/// What its own links send (the handshake of a guard, questions for the topology, PINGs, new credentials) does not come
/// out: the server shows it, and it is known by the address that the link has. Commands of other links of this process
/// do.
///
/// It starts with the first read, or with `start`. Events go to one reader each, in order, from tasks and threads at
/// will.
public final class Monitor: Sendable {
    /// In which form commands come out.
    public enum Form: Sendable, Hashable {
        /// `.command`, parsed by the reader.
        case commands
        /// `.line`, as the server wrote it.
        case lines
    }

    /// How the server is reached.
    public let configuration: RedisConfiguration
    /// In which form commands come out.
    public let form: Form

    let watcher: any EventWatcher
    package let mailbox: Mailbox<Monitor.Event>
    let startState = StreamStart()

    /// Prepares a monitor; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
    ///   - form: In which form commands come out.
    ///   - buffer: How much may wait for a reader.
    ///   - overflow: What happens when more comes.
    ///   - protection: When to leave MONITOR to protect the server; `nil` never leaves.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ url: String,
        form: Form = .commands,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: OverflowPolicy = .dropOldest,
        guard protection: Monitor.Guard? = Monitor.Guard(),
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        try self.init(
            try RedisConfiguration(url: url),
            form: form,
            buffer: buffer,
            overflow: overflow,
            guard: protection,
            loop: loop
        )
    }

    /// Prepares a monitor; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - form: In which form commands come out.
    ///   - buffer: How much may wait for a reader.
    ///   - overflow: What happens when more comes.
    ///   - protection: When to leave MONITOR to protect the server; `nil` never leaves.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ configuration: RedisConfiguration,
        form: Form = .commands,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: OverflowPolicy = .dropOldest,
        guard protection: Monitor.Guard? = Monitor.Guard(),
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        let mailbox = Mailbox<Monitor.Event>(limit: buffer, rule: overflow.rule, watch: configuration.watch(.monitor))
        try self.init(configuration, form, mailbox, protection, loop, MailboxSink(mailbox))
    }

    /// Prepares a monitor that gives each command to `inline` as soon as it came: on the event loop, with nothing
    /// copied and no queue in between. It must not block and must be quick: every link of the loop waits for it. What
    /// is no command, gaps, link events and lines of another form, waits for readers.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - buffer: How much may wait for a reader.
    ///   - overflow: What happens when more comes.
    ///   - protection: When to leave MONITOR to protect the server; `nil` never leaves.
    ///   - loop: The loop to run on; by default the shared one.
    ///   - inline: Gets each command, on the event loop.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ configuration: RedisConfiguration,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        overflow: OverflowPolicy = .dropOldest,
        guard protection: Monitor.Guard? = Monitor.Guard(),
        loop: RedisEventLoop? = nil,
        inline: @escaping @Sendable (borrowing Monitor.CommandView) -> Void
    ) throws(RedisError) {
        let mailbox = Mailbox<Monitor.Event>(limit: buffer, rule: overflow.rule, watch: configuration.watch(.monitor))
        let sink = MonitorInlineSink(MailboxSink(mailbox), inline)
        try self.init(configuration, .commands, mailbox, protection, loop, sink)
    }

    /// A monitor whose lines go to a sink on the loop instead of waiting for readers.
    package convenience init(
        _ configuration: RedisConfiguration,
        guard protection: Monitor.Guard? = Monitor.Guard(),
        loop: RedisEventLoop? = nil,
        sink: sending any MonitorSink
    ) throws(RedisError) {
        try self.init(configuration, .lines, Mailbox(limit: RedisBufferLimit()), protection, loop, sink)
    }

    private init(
        _ configuration: RedisConfiguration,
        _ form: Form,
        _ mailbox: Mailbox<Monitor.Event>,
        _ protection: Monitor.Guard?,
        _ loop: RedisEventLoop?,
        _ sink: sending any MonitorSink
    ) throws(RedisError) {
        var configuration = configuration
        configuration.ownLinks = configuration.ownLinks ?? OwnLinks()
        try configuration.validate()
        try protection?.validate()
        self.configuration = configuration
        self.form = form
        self.mailbox = mailbox
        configuration = configuration.sharingConnects
        let loop = try RedisEventLoop.chosen(loop)
        mailbox.beginReports(on: loop)
        if let cluster = configuration.cluster {
            watcher = ClusterWatcher.monitor(configuration, cluster, guard: protection, loop: loop, sink: sink)
        } else {
            watcher = MonitorWatcher(configuration, guard: protection, loop: loop, sink: sink)
        }
    }

    deinit { watcher.closeNow() }

    /// Connects and returns when the server has consented to MONITOR. Later calls return at once.
    ///
    /// In a cluster all that can be reached have to consent, and the stream begins then. One that refuses makes it
    /// fail, by name. A primary that is away or not ready does not, as long as another is there and lost links are
    /// opened again: a `.link(.lost)` says so, and a gap when it comes. When one cannot be watched any more, that ends
    /// the stream.
    ///
    /// - Throws: Why the first connect failed; `.notPermitted` when the user may not monitor (`+monitor`);
    ///   `.cancelled`; `.closed`. It may be called again.
    public func start() async throws(RedisError) { try await begin() }

    /// Ends the link and every reader. What is queued is discarded, and counts as dropped; `drain` delivers it first.
    /// Idempotent.
    public func close() async {
        mailbox.close()
        await watcher.close()
    }

    /// Ends the link, lets the readers take what is queued, then closes.
    ///
    /// - Parameter deadline: How long the readers may take.
    /// - Returns: Whether everything was taken. What was not is discarded, and counts as dropped.
    @discardableResult
    public func drain(deadline: Duration = .seconds(10)) async -> Bool {
        let limit = ContinuousClock.now.advanced(by: deadline)
        await watcher.close()
        let isDrained = await mailbox.waitUntilDrained(until: limit, on: watcher.loop)
        mailbox.close()
        return isDrained
    }

    /// Cuts the links as if the network had; they come back by the policy, with a gap record. For tests of what a
    /// program does then.
    public func cut() async { await watcher.cut() }

    /// Lets go of the link until `resume`, with a gap record whose cause is that of `error`: by default `.suspended`,
    /// for a process that is going to be stopped and must not leave a monitor behind that nobody reads. Returns when
    /// the link is closed.
    package func suspend(because error: RedisError = .suspension) async { await watcher.hold(error) }

    /// Opens the link again after `suspend`.
    package func resume() async { await watcher.release() }

    /// Tells the sink that a turn has ended, though nothing came, so that it goes on with what it held back. Any thread
    /// may call.
    package func endTurn() { watcher.endTurn() }
}

extension Monitor: RedisEventSource {
    /// The events, in order. The first read starts the monitor.
    public var events: RedisEventStream<Monitor.Event> { RedisEventStream(self) }
}

extension RedisBlocking<Monitor> {
    /// Connects and returns when the server has consented to MONITOR. Later calls return at once.
    ///
    /// - Throws: What `Monitor.start` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    public func start() throws(RedisError) { try source.beginBlocking() }

    /// Ends the link, lets the readers take what is queued, then closes.
    ///
    /// - Parameter deadline: How long the readers may take.
    /// - Returns: Whether everything was taken. What was not is discarded, and counts as dropped.
    /// - Throws: `.invalidCommand` on the event loop.
    @discardableResult
    public func drain(deadline: Duration = .seconds(10)) throws(RedisError) -> Bool {
        try wait { await $0.drain(deadline: deadline) }
    }
}

extension Monitor: EventSource {
    package var loop: RedisEventLoop { watcher.loop }

    package var isRaw: Bool { form == .lines }

    package var start: StreamStart? { startState }

    package func requestStart(_ answer: Promise<Void>) { watcher.start(answer) }

    package func closeNow() {
        mailbox.close()
        watcher.closeNow()
    }
}

extension Monitor: CustomReflectable {
    /// The configuration. The rest is the loop's, changes while it is looked at, and may hold what passes over the
    /// link.
    public var customMirror: Mirror {
        Mirror(self, children: ["configuration": configuration], displayStyle: .class)
    }
}
