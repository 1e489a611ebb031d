public import RedisCommands
public import RedisCore
public import RedisEvents
public import RedisRESP
internal import RedisReactor

/// Messages that are handled at least once each, by any number of processes.
///
/// ```swift
/// let queue = try RedisQueue("mail", on: client)
/// try await queue.put("hello")
/// try await queue.put("later", delayedBy: .seconds(60))
///
/// try await queue.run(concurrency: 8) { message in
///     try await send(message.payload)
/// }
/// ```
///
/// **What it promises.** A message that was put is there once, also if the link was lost and the put was repeated. It
/// is delivered until a handler has returned: to another consumer when that of its handler dies or stalls for longer
/// than the `visibility`, again after the `retryDelay` when the handler throws, and to the dead letters after
/// `maxAttempts`. So it may be handled twice, and what must not happen twice needs a mark of its own: `Message.id` is
/// the same each time. The order is that of the puts at the first delivery, within a priority.
///
/// **Waiting** sends next to nothing: consumers as a `StreamGroup` does; delayed messages are moved by a timer; a put
/// that waits for room is told of it.
///
/// **The keys.** The stream with the messages has the name of the queue; what is handled is deleted from it. Beside it
/// there are `{name}:priority.1` and so on, `{name}:delayed`, `{name}:periodic`, `{name}:dead`, the channel
/// `{name}:news`, and `{name}:put.…` for ten minutes after a put. In a cluster all of them have the slot of the name.
public final class RedisQueue: Sendable {
    /// The events of a queue are those of its consumer.
    public typealias Event = StreamGroup.Event

    /// The queue's name, which is the key of its stream.
    public let name: RedisBytes
    /// How it works.
    public let options: RedisQueueOptions

    let client: RedisClient
    let names: QueueNames
    let group: StreamGroup
    let news: QueueNews
    let room: QueueRoom
    let lanes = PutLanes()
    private let mover: DelayedMover

    /// A queue of that name. Nothing is sent yet, and no message is taken before somebody reads.
    ///
    /// - Parameters:
    ///   - name: The queue's name.
    ///   - client: Reaches the server. It has to stay open.
    ///   - options: How it works.
    /// - Throws: `.invalidConfiguration` for an empty name, and for options that cannot work.
    public init(
        _ name: some RedisBytesConvertible,
        on client: RedisClient,
        options: RedisQueueOptions = RedisQueueOptions()
    ) throws(RedisError) {
        self.name = name.redisBytes.compacted()
        if self.name.isEmpty { throw RedisError(.invalidConfiguration, "a queue needs a name") }
        self.options = options
        self.client = client
        try options.check("the queue \(self.name.debugDescription)")
        names = QueueNames(self.name, priorities: options.priorities)
        news = QueueNews(client, names.news)
        room = QueueRoom(news, client.loop)
        mover = DelayedMover(client, names, news)
        group = try StreamGroup(
            names.streams.reversed(),
            group: QueueNames.group,
            on: client,
            options: options.ofGroup,
            inOrder: true,
            announcing: options.capacity == nil ? nil : names.news
        )
        group.shared.whenClosed { [mover, news] in
            mover.close()
            news.close()
        }
    }

    deinit {
        mover.close()
        news.close()
    }

    /// Lets the delayed messages of the queue be moved by this process.
    func startMover() { mover.start() }

    // MARK: The end

    /// Takes nothing more, and waits until all messages that handlers and readers have were ended. Then it closes.
    ///
    /// - Parameter time: How long to wait. Then the handlers' tasks are cancelled, and what is in hand is given back.
    /// - Returns: Whether all was ended in time.
    @discardableResult
    public func drain(within time: Duration) async -> Bool { await group.drain(within: time) }

    /// Takes nothing more, cancels the tasks of handlers, and gives back what was not ended. Idempotent. Messages can
    /// still be put.
    public func close() async { await group.close() }

    /// What happens to messages beside their delivery, for those that only watch: leases that are lost, dead letters, a
    /// stream that was deleted. Each sequence gets what happens from now on in this process, and ends with the queue;
    /// of what nobody reads the latest 1,000 are kept.
    public var lifecycle: AsyncStream<StreamGroup.Event> { group.lifecycle }
}

extension RedisQueue: RedisEventSource {
    /// The events, messages among them (`StreamGroup.Delivery.payload`), each of which has to be ended. The first read
    /// starts the consumer.
    public var events: RedisEventStream<StreamGroup.Event> {
        mover.start()
        return group.events
    }
}

extension StreamGroup.Delivery {
    /// The message, if the stream is one of a `RedisQueue`: the field `p`. Otherwise it is empty.
    public var payload: RedisBytes { self["p"] ?? RedisBytes() }
}
