public import RedisCore
internal import RedisPOSIX
public import RedisRESP
internal import RedisReactor

/// The messages of durable channels, with every gap repaired from the streams.
///
/// ```swift
/// let reader = try DurableSubscription(to: ["orders": .after(position), "payments": .now], on: client)
/// for try await event in reader.events {
///     guard let message = event.message else { continue }
///     try await handle(message)
///     position = message.position
/// }
/// ```
///
/// **What it promises.** Messages of a channel come in the order in which they were published, each once. A message
/// that the server had accepted and that did not come over the link, because the link was down, this reader was slow or
/// away, or another server took over, is read from the stream and comes as `.replayed`. What the stream had trimmed by
/// then is told by a `.gap`, with the exact number of messages. What a failover has lost although it was delivered
/// before is told by `.rewound`.
///
/// **A slow reader.** When the buffer is full, messages are left in the stream and read from there later. So nothing is
/// dropped, and the reader has as much time as the channel's retention gives it.
///
/// **Across restarts.** Keep the `position` of the last message that was dealt with, and begin behind it the next time:
/// at least once. `DurableCursor` does it.
///
/// **Cost.** While all goes well, nothing is asked; each message costs what one of `PubSub` costs, and the header. The
/// client reads the streams; its links and a link for the messages are all there is.
///
/// The subscription starts with the first read, or with `start`. Any number of tasks and threads may read; each event
/// goes to one of them.
public final class DurableSubscription: Sendable {
    package let mailbox: Mailbox<DurableSubscription.Event>
    let reader: DurableReader
    let startState = StreamStart()

    /// A subscription to channels. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - channels: The names, each with the place where to begin.
    ///   - client: Reaches the server. It has to stay open.
    ///   - buffer: How much may wait for the reader. What does not fit is read from the stream when there is room.
    ///   - usesShardChannels: What all that publish use (`DurableChannel`).
    /// - Throws: `.invalidConfiguration` without a channel or for an empty name; `.systemFailure` when the loop cannot
    ///   be started.
    public convenience init(
        to channels: [RedisBytes: DurableStart],
        on client: RedisClient,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        usesShardChannels: Bool = true
    ) throws(RedisError) {
        if channels.isEmpty || channels.keys.contains(where: \.isEmpty) {
            throw RedisError(.invalidConfiguration, "a durable subscription needs channels, each with a name")
        }
        try self.init(.channels(channels), client, buffer, usesShardChannels)
    }

    /// A subscription to all channels whose names begin with a prefix, also those that do not exist yet. Nothing is
    /// sent yet.
    ///
    /// After each gap of the link the keys of the server are searched (SCAN) for streams of this prefix that are not
    /// known yet; at most 65,536 are read.
    ///
    /// - Parameters:
    ///   - prefix: What the names begin with. It must not be empty.
    ///   - start: Where to begin in the channels that exist when the subscription starts. Those that come later are
    ///     read from their beginning.
    ///   - client: Reaches the server. It has to stay open.
    ///   - buffer: How much may wait for the reader.
    ///   - usesShardChannels: What all that publish use. A cluster has to do without, because shard channels have no
    ///     patterns.
    /// - Throws: `.invalidConfiguration` for an empty prefix, and for shard channels in a cluster; `.systemFailure`.
    public convenience init(
        toPrefix prefix: some RedisBytesConvertible,
        from start: DurableStart = .now,
        on client: RedisClient,
        buffer: RedisBufferLimit = RedisBufferLimit(),
        usesShardChannels: Bool = true
    ) throws(RedisError) {
        let prefix = prefix.redisBytes
        if prefix.isEmpty {
            throw RedisError(.invalidConfiguration, "a durable subscription to a prefix needs one that is not empty")
        }
        if usesShardChannels && client.configuration.cluster != nil {
            let text =
                "a cluster has no patterns of shard channels: publish and subscribe with usesShardChannels: false"
            throw RedisError(.invalidConfiguration, text)
        }
        try self.init(.prefix(prefix, start), client, buffer, usesShardChannels)
    }

    private init(
        _ names: DurableNames,
        _ client: RedisClient,
        _ buffer: RedisBufferLimit,
        _ usesShardChannels: Bool
    ) throws(RedisError) {
        let hasShardChannels = usesShardChannels && client.configuration.cluster != nil
        let reference = WeakReader()
        let mailbox = Mailbox<DurableSubscription.Event>(limit: buffer, rule: .pauseReading) {
            reference.reader?.readerHasRoom()
        }
        self.mailbox = mailbox
        reader = try DurableReader(names, client, mailbox, hasShardChannels: hasShardChannels)
        reference.set(reader)
    }

    deinit { reader.closeNow() }

    /// Subscribes, and returns when all that is published from then on will come. Later calls return at once.
    ///
    /// - Throws: Why the first connect failed; `.notPermitted` when the user may not subscribe; `.cancelled`;
    ///   `.closed`. It may be called again.
    public func start() async throws(RedisError) { try await begin() }

    /// Behind which message of each channel this subscription is, whether or not a reader has taken it yet. A position
    /// that is not known yet is left out.
    public func positions() async -> [RedisBytes: DurablePosition] { await reader.positions() }

    /// Behind which message of each channel this subscription has begun, once it has started. One that is not known,
    /// and one that begins at a time, is left out.
    package func starts() async -> [RedisBytes: DurablePosition] { await reader.starts() }

    /// Ends the link and every reader. Queued events are discarded; the streams have them. Idempotent.
    public func close() async {
        mailbox.close()
        await reader.close()
    }

    /// Cuts the link as if the network had failed. For tests of a program's behaviour in that case.
    public func cut() async { await reader.cut() }
}

extension DurableSubscription: RedisEventSource {
    /// The events. The first read starts the subscription.
    public var events: RedisEventStream<DurableSubscription.Event> { RedisEventStream(self) }
}

extension RedisBlocking<DurableSubscription> {
    /// Subscribes, and returns when all that is published from then on will come. Later calls return at once.
    ///
    /// - Throws: What `DurableSubscription.start` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    public func start() throws(RedisError) { try source.beginBlocking() }
}

extension DurableSubscription: EventSource {
    package var loop: RedisEventLoop { reader.loop }

    package var start: StreamStart? { startState }

    package func requestStart(_ promise: Promise<Void>) { reader.start(promise) }

    package func closeNow() {
        mailbox.close()
        reader.closeNow()
    }
}

/// What a subscription is to.
enum DurableNames: Sendable {
    case channels([RedisBytes: DurableStart])
    case prefix(RedisBytes, DurableStart)
}
