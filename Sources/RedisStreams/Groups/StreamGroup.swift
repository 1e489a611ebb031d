public import RedisCommands
public import RedisCore
public import RedisEvents
internal import RedisPOSIX
public import RedisRESP
internal import RedisReactor

/// A consumer of a group of streams: each entry goes to one consumer of the group, and to another one when that one
/// does not acknowledge it.
///
/// ```swift
/// let group = try StreamGroup("orders", group: "billing", on: client)
/// try await group.run(concurrency: 8) { delivery in
///     try await bill(delivery["item"])
/// }
/// ```
///
/// **What it promises.** Each entry is handled at least once, as long as the stream keeps it. An entry whose consumer
/// dies, is cut off or stalls for longer than the `visibility` goes to another one; an entry whose handler throws comes
/// again after the `retryDelay`. So an entry may be handled twice, and what must not happen twice needs a mark of its
/// own: `Delivery.id` is the same each time. The order is that of the stream at the first delivery.
///
/// **While a handler runs,** the time of its entry is extended in the background. If that cannot be done, or another
/// consumer has the entry, the handler's task is cancelled and `.leaseLost` is told.
///
/// **Nothing waits in memory** that has no handler: no more is asked for than free handlers can have, or than there are
/// free places of the `prefetch`.
///
/// **The links.** One exclusive link waits for all streams at once; in a cluster, one for the streams of each slot, and
/// the handlers are shared out among the slots. A group that waits sends one command in ten seconds; before Redis 8.4
/// one more for each stream in half the visibility.
///
/// The group is made when the object starts, and so are the streams. A user needs the rights for XGROUP, XREADGROUP,
/// XACK, XCLAIM, XAUTOCLAIM, XPENDING, XINFO, XRANGE, EVALSHA and EVAL on the keys; for XADD on the stream of the dead
/// letters; for XDEL, XTRIM and XNACK where these are wanted; and for CLIENT UNBLOCK.
public final class StreamGroup: Sendable {
    /// The streams' keys.
    public let keys: [RedisBytes]
    /// The group's name.
    public let group: RedisBytes
    /// This consumer's name.
    public let consumer: RedisBytes
    /// How it works.
    public let options: StreamGroupOptions

    let shared: GroupShared
    let readers: [GroupReader]
    package let mailbox: Mailbox<StreamGroup.Event>
    let startState = StreamStart()
    private let client: RedisClient

    /// A consumer of a group of one stream. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - stream: The stream's key.
    ///   - group: The group's name.
    ///   - consumer: This consumer's name, which nobody else must have at the same time; `nil` means a random one. A
    ///     consumer of the same name as an earlier one gets first what that one had not ended.
    ///   - client: Reaches the server. It has to stay open.
    ///   - options: How it works.
    /// - Throws: `.invalidConfiguration` for an empty name, and for options that cannot work.
    public convenience init(
        _ stream: some RedisBytesConvertible,
        group: some RedisBytesConvertible,
        consumer: (any RedisBytesConvertible)? = nil,
        on client: RedisClient,
        options: StreamGroupOptions = StreamGroupOptions()
    ) throws(RedisError) {
        try self.init([stream.redisBytes], group: group, consumer: consumer, on: client, options: options)
    }

    /// A consumer of groups of the same name of several streams. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - streams: The streams' keys, each once.
    ///   - group: The name of each stream's group.
    ///   - consumer: This consumer's name, which nobody else must have at the same time; `nil` means a random one.
    ///   - client: Reaches the server. It has to stay open.
    ///   - options: How it works.
    ///   - inOrder: Whether an entry of a stream is taken only when there is none of those before it in `streams`: the
    ///     first one has the highest priority. In a cluster, among the streams of one slot.
    /// - Throws: `.invalidConfiguration` without a stream, for an empty name, for a stream twice, and for options that
    ///   cannot work.
    public convenience init(
        _ streams: [some RedisBytesConvertible],
        group: some RedisBytesConvertible,
        consumer: (any RedisBytesConvertible)? = nil,
        on client: RedisClient,
        options: StreamGroupOptions = StreamGroupOptions(),
        inOrder: Bool = false
    ) throws(RedisError) {
        try self.init(
            streams,
            group: group,
            consumer: consumer,
            on: client,
            options: options,
            inOrder: inOrder,
            announcing: nil
        )
    }

    /// A consumer that tells on a channel that entries were deleted.
    init(
        _ streams: [some RedisBytesConvertible],
        group: some RedisBytesConvertible,
        consumer: (any RedisBytesConvertible)? = nil,
        on client: RedisClient,
        options: StreamGroupOptions,
        inOrder: Bool,
        announcing channel: RedisBytes?
    ) throws(RedisError) {
        let keys = streams.map(\.redisBytes)
        let group = group.redisBytes
        let name = consumer?.redisBytes
        if keys.isEmpty || keys.contains(where: \.isEmpty) || group.isEmpty || name?.isEmpty == true {
            let text = "a stream group needs streams, and each of them, the group and the consumer a name"
            throw RedisError(.invalidConfiguration, text)
        }
        if Set(keys).count < keys.count {
            throw RedisError(.invalidConfiguration, "a stream group cannot read a stream twice")
        }
        try options.check("the stream group \(group.debugDescription)")
        self.keys = keys
        self.group = group
        self.options = options
        self.client = client
        let own = name ?? RedisBytes("consumer.\(String(UInt64.random(in: 0 ... .max), radix: 36))")
        self.consumer = own
        let shared = GroupShared(prefetch: options.prefetch)
        self.shared = shared
        mailbox = shared.mailbox
        let isCluster = client.configuration.cluster != nil
        var slots: [[RedisBytes]] = []
        var places: [Int: Int] = [:]
        for key in keys {
            let slot = isCluster ? HashSlot.slot(of: key) : 0
            if let place = places[slot] {
                slots[place].append(key)
            } else {
                places[slot] = slots.count
                slots.append([key])
            }
        }
        readers = slots.map { keys in
            let server = GroupServer(client, keys, group, own, options, announcing: channel)
            return GroupReader(server, shared, hasPriorities: inOrder, recovers: name != nil)
        }
        let readers = readers.map(ReaderReference.init)
        shared.whenLimitChanges {
            for (index, reader) in readers.enumerated() { reader.reader?.takeShare(index, of: readers.count) }
        }
    }

    deinit { closeNow() }

    /// The stream that has the entries of a stream that were delivered too often. Each has the fields `source` (the id
    /// of the entry), `group`, `attempts` and `reason`, and behind them those of the entry.
    public static func deadLetters(of key: RedisBytes) -> RedisBytes { key.helper("dead") }

    /// Makes the groups that do not exist, and begins to take entries for those that read `events`. Later calls return
    /// at once.
    ///
    /// - Throws: Why the groups could not be made, for example `.serverError` (WRONGTYPE) for a key that is no stream;
    ///   `.notPermitted`; `.cancelled`; `.closed`. It may be called again.
    public func start() async throws(RedisError) {
        noteReader()
        try await begin()
    }

    /// Takes nothing more, waits until all deliveries that readers have were ended, and closes.
    ///
    /// - Parameter time: How long to wait. Then the tasks of handlers that `run` has called are cancelled, and what is
    ///   in hand is given back.
    /// - Returns: Whether all was ended in time.
    @discardableResult
    public func drain(within time: Duration) async -> Bool {
        let deadline = ContinuousClock.now.advanced(by: time)
        let isDrained = await withTaskGroup(of: Bool.self) { group in
            for reader in readers { group.addTask { await reader.drain(until: deadline) } }
            return await group.reduce(true) { $0 && $1 }
        }
        await close()
        return isDrained
    }

    /// Takes nothing more, cancels the tasks of handlers that `run` has called, gives back what was not ended, and
    /// removes the consumer if it has nothing any more. Waits a few seconds at most for a server that does not answer:
    /// then others get the entries after the visibility. Idempotent.
    public func close() async {
        mailbox.close()
        shared.closed()
        await withTaskGroup(of: Void.self) { group in
            for reader in readers { group.addTask { await reader.close() } }
        }
    }

    /// What happens beside deliveries, for those that only watch. Each sequence gets what happens from now on, and ends
    /// with the group; of what nobody reads the latest 1,000 events are kept.
    public var lifecycle: AsyncStream<Event> { shared.watch() }

    /// Somebody reads the events otherwise than by a run.
    private func noteReader() {
        if shared.isRead() { limitChanged() }
    }

    /// Shares out the room for entries among the readers.
    func limitChanged() { shared.limitChanged() }
}

extension StreamGroup: RedisEventSource {
    /// The events. The first read starts the group.
    public var events: RedisEventStream<StreamGroup.Event> {
        noteReader()
        return RedisEventStream(self)
    }
}

extension RedisBlocking<StreamGroup> {
    /// Makes the groups that do not exist, and begins to take entries. Later calls return at once.
    ///
    /// - Throws: What `StreamGroup.start` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    public func start() throws(RedisError) {
        _ = source.events
        try source.beginBlocking()
    }
}

extension StreamGroup: EventSource {
    package var loop: RedisEventLoop { client.loop }

    package var start: StreamStart? { startState }

    package func requestStart(_ promise: Promise<Void>) {
        if readers.count == 1 { return readers[0].start(promise) }
        let left = Locked((count: readers.count, error: RedisError?.none))
        for reader in readers {
            reader.start(
                Promise { result in
                    let (isLast, error) = left.withLock { left in
                        left.count -= 1
                        if case .failure(let error) = result { left.error = left.error ?? error }
                        return (left.count == 0, left.error)
                    }
                    if isLast { promise.complete(error.map { .failure($0) } ?? .success(())) }
                }
            )
        }
    }

    package func event(_ control: Event, leavingOut ignored: IgnoredEvents) -> Event? {
        // What was given back while it waited is nobody's.
        if case .delivery(let delivery) = control, !delivery.held.take() {
            shared.cameUponReturned()
            return nil
        }
        return control
    }

    package func closeNow() {
        mailbox.close()
        shared.closed()
        for reader in readers { reader.closeNow() }
    }
}

/// A reader of streams, which refers to what all of them share.
private struct ReaderReference: Sendable {
    weak let reader: GroupReader?

    init(_ reader: GroupReader) { self.reader = reader }
}
