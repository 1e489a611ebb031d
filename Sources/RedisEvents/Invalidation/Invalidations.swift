/// Reports which keys have changed, for programs that keep copies of values (CLIENT TRACKING in broadcasting mode,
/// Redis 6.0, https://redis.io/docs/latest/develop/reference/client-side-caching/).
///
/// ```swift
/// let invalidations = try Invalidations("redis://localhost:6379", prefixes: ["user:"])
/// for try await event in invalidations.events {
///     switch event {
///     case .invalidated(let keys): print("changed", keys)
///     case .flushAll(let cause): print("anything may have changed", cause)
///     case .link, .push, .failed: break
///     }
/// }
/// ```
///
/// A cache has to handle values that arrive after their invalidation, as `Invalidations.Cache` does.
///
/// **No stale values.** Wherever an invalidation may have been missed, there is a `.flushAll`: when the link is lost,
/// when the server tracks again, when it flushes, when the reader is too slow. None of these is ever dropped.
///
/// **Broadcasting only.** The server reports every change of keys with the prefixes, including changes by this program.
/// It keeps no state about reads. The other mode reports only keys that were read on the link that tracks, so it
/// belongs into a client that reads on that link. For the same reason there is no NOLOOP: this link never writes.
///
/// **A cluster.** With `RedisConfiguration.cluster` all shards are watched, each by its primary, or by a replica where
/// `RedisClusterConfiguration.nodes` asks for replicas. A shard whose link is lost, or that joins, makes a flush, and
/// `.flushAll(.trackingResumed)` comes when all shards track again. Keys of a slot that moves are invalidated by both
/// servers.
///
/// The watch starts with the first read, or with `start`. Each event goes to one reader, in order. Any number of tasks
/// and threads may read.
public final class Invalidations: Sendable {
    /// How the server is reached.
    public let configuration: RedisConfiguration

    package let mailbox: Mailbox<Invalidations.Event>
    let watcher: any EventWatcher
    let startState = StreamStart()

    /// Prepares a watch; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Where the server is; `RedisConfiguration.init(url:)` tells the form.
    ///   - prefixes: What the keys begin with; none means all keys. None may begin with another.
    ///   - buffer: How much may wait for a reader.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ url: String,
        prefixes: [RedisBytes] = [],
        buffer: RedisBufferLimit = RedisBufferLimit(),
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        try self.init(try RedisConfiguration(url: url), prefixes: prefixes, buffer: buffer, loop: loop)
    }

    /// Prepares a watch; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - configuration: How the server is reached.
    ///   - prefixes: What the keys begin with; none means all keys. None may begin with another.
    ///   - buffer: How much may wait for a reader.
    ///   - loop: The loop to run on; by default the shared one.
    /// - Throws: `.invalidConfiguration`, or `.systemFailure` when the loop cannot be started.
    public convenience init(
        _ configuration: RedisConfiguration,
        prefixes: [RedisBytes] = [],
        buffer: RedisBufferLimit = RedisBufferLimit(),
        loop: RedisEventLoop? = nil
    ) throws(RedisError) {
        let mailbox = Mailbox<Invalidations.Event>(limit: buffer, watch: configuration.watch(.invalidations))
        try self.init(configuration, prefixes, mailbox, loop, lease: nil, MailboxSink(mailbox))
    }

    /// A watch whose events go to a sink on the loop instead of waiting for readers. `lease` is told when its links
    /// were heard.
    package convenience init(
        _ configuration: RedisConfiguration,
        prefixes: [RedisBytes],
        loop: RedisEventLoop? = nil,
        lease: TrackingLease,
        sink: sending any InvalidationSink
    ) throws(RedisError) {
        try self.init(configuration, prefixes, Mailbox(limit: RedisBufferLimit()), loop, lease: lease, sink)
    }

    private init(
        _ configuration: RedisConfiguration,
        _ prefixes: [RedisBytes],
        _ mailbox: Mailbox<Invalidations.Event>,
        _ loop: RedisEventLoop?,
        lease: TrackingLease?,
        _ sink: sending any InvalidationSink
    ) throws(RedisError) {
        try configuration.validate()
        try Self.validate(prefixes)
        self.configuration = configuration
        self.mailbox = mailbox
        let configuration = configuration.sharingConnects
        let loop = try RedisEventLoop.chosen(loop)
        mailbox.beginReports(on: loop)
        if let cluster = configuration.cluster {
            watcher = ClusterWatcher.invalidations(
                configuration,
                cluster,
                prefixes: prefixes,
                loop: loop,
                lease: lease,
                sink: sink
            )
        } else {
            watcher = InvalidationWatcher(configuration, prefixes: prefixes, loop: loop, lease: lease, sink: sink)
        }
    }

    deinit { watcher.closeNow() }

    /// Throws if prefixes overlap. The server refuses them too, but this error can name them.
    private static func validate(_ prefixes: [RedisBytes]) throws(RedisError) {
        // In sorted order, a prefix is directly before the prefixes that begin with it.
        let sorted = prefixes.sorted { $0.lexicographicallyPrecedes($1) }
        for (shorter, longer) in zip(sorted, sorted.dropFirst()) where longer.starts(with: shorter) {
            let text = "the prefixes \"\(shorter.shown())\" and \"\(longer.shown())\" overlap"
            throw RedisError(.invalidConfiguration, text)
        }
    }

    /// Connects and returns when the server tracks. Later calls return at once.
    ///
    /// - Throws: Why the first connect failed; `.notPermitted` when the user may not track (`+client|tracking`, and in
    ///   RESP2 `+client|id`, `+subscribe` and the channel `__redis__:invalidate`); `.unsupported` before Redis 6.0;
    ///   `.serverError`; `.cancelled`; `.closed`. It may be called again.
    public func start() async throws(RedisError) { try await begin() }

    /// Ends the links and every reader. Discards queued events. Idempotent.
    public func close() async {
        mailbox.close()
        await watcher.close()
    }

    /// Cuts the links as if the network had failed. They are opened again by the policy, with flushes. For tests of a
    /// program's behaviour in that case.
    public func cut() async { await watcher.cut() }
}

extension Invalidations: RedisEventSource {
    /// The events, in order. The first read starts the watch.
    public var events: RedisEventStream<Invalidations.Event> { RedisEventStream(self) }
}

extension RedisBlocking<Invalidations> {
    /// Starts the watch and returns when events come. Later calls return at once.
    ///
    /// - Throws: What `Invalidations.start` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    public func start() throws(RedisError) { try source.beginBlocking() }
}

extension Invalidations: EventSource {
    package var loop: RedisEventLoop { watcher.loop }

    package var start: StreamStart? { startState }

    package func requestStart(_ promise: Promise<Void>) { watcher.start(promise) }

    package func closeNow() {
        mailbox.close()
        watcher.closeNow()
    }
}
