/// Whatever brings events: `PubSub`, `PubSub.Subscription`, `Monitor`, `KeyspaceEvents` and `Invalidations`, what each
/// of them returns as `events`, and the readers, groups, queues and durable subscriptions of `RedisStreams`.
///
/// All of them are read in the same ways: as an asynchronous sequence (`events`), several events at a time (`batches`),
/// one with a timeout (`next(timeout:)`), to the end (`run`), on a background thread (`runInThread`), or by a thread
/// that blocks (`listen()` and `blocking`). The ways mix, from tasks and threads at will: each event goes to one
/// reader, in order, and what ends a reader loses nothing. Only the types of this library conform.
public protocol RedisEventSource<Event>: Sendable {
    /// What it brings.
    associatedtype Event: RedisStreamEvent

    /// The events as an asynchronous sequence.
    var events: RedisEventStream<Event> { get }
}

/// An event of a `RedisEventStream`. Only the types of this library conform.
public protocol RedisStreamEvent: Sendable {
    /// The event that tells which error has ended a sequence that cannot throw. It is the last one.
    ///
    /// - Parameter error: What has ended the stream, or why it could not begin.
    /// - Returns: The event.
    static func failed(_ error: RedisError) -> Self

    /// The event that came as that record.
    ///
    /// - Parameter record: The bytes of the event.
    init(_ record: RedisStreamRecord)

    /// The next event, if it came as a record, is for no handler and lies at hand. A type that has to read its records
    /// says it itself, so that nothing is moved in between.
    ///
    /// - Parameter place: Where the reader is.
    /// - Returns: The event.
    static func next(at place: inout RedisReadingPlace) -> Self?
}

extension RedisStreamEvent {
    /// The next event, if it came as a record, is for no handler and lies at hand.
    ///
    /// - Parameter place: Where the reader is.
    /// - Returns: The event.
    @inlinable @inline(__always)
    public static func next(at place: inout RedisReadingPlace) -> Self? { place.takeRecord().map { Self($0) } }
}

/// The bytes of an event, which lie among those that came in the same read. What they mean, the event's type knows.
public struct RedisStreamRecord: Sendable {
    @usableFromInline package let slab: [UInt8]
    @usableFromInline package let record: Record
    /// Whether the reader wants it as the server wrote it.
    @usableFromInline let isRaw: Bool

    @inlinable
    init(slab: [UInt8], record: Record, isRaw: Bool) {
        self.slab = slab
        self.record = record
        self.isRaw = isRaw
    }
}

/// What one read of a `RedisEventSource` came to.
public enum RedisReadOutcome<Event: RedisStreamEvent>: Sendable {
    /// An event that no handler took.
    case event(Event)
    /// A message came and its handler took it. Only a `PubSub` has handlers.
    case handled
    /// Nothing came before the timeout.
    case nothing
    /// The source is closed and nothing is left.
    case closed

    /// The event, if there is one.
    public var event: Event? {
        if case .event(let event) = self { return event }
        return nil
    }
}

extension RedisReadOutcome where Event == PubSub.Event {
    /// The message, if it is one.
    public var message: PubSub.Message? { event?.message }
}

extension RedisEventSource {
    /// The events as an asynchronous sequence of batches: what came in one read is taken together, so that a loop that
    /// can do something with many at once pays for the sequence once for all of them.
    ///
    /// What `events` leaves out or gives to handlers, this does as well.
    public var batches: RedisEventStream<Event>.Batches { RedisEventStream<Event>.Batches(source: events.source) }

    /// Reads one event, or lets the handler of one message take it. If the read starts the source, the
    /// start does not count towards the timeout.
    ///
    /// - Parameter timeout: How long to wait, all together; zero only looks, `nil` waits for ever.
    /// - Returns: What the read came to. A timeout costs no event.
    /// - Throws: What `start` throws, where there is one, `.closed` excepted, which is an outcome; `.cancelled`, which
    ///   costs no event either; `.handlerFailed` with what the handler threw (its message is consumed, the next read
    ///   goes on behind it); `.consumerTooSlow` by an overflow policy that fails; or the error that ended the source
    ///   for good, each time again.
    public func next(timeout: Duration? = nil) async throws(RedisError) -> RedisReadOutcome<Event> {
        try await events.source.read(within: timeout)
    }

    /// The error that ended the source for good, or made its last start fail. After `close` it
    /// is `nil`, because closing is not an error.
    public var failure: RedisError? { events.source.failure }

    /// What passed between the link and the readers so far.
    public var statistics: RedisDeliveryStatistics { events.source.mailboxStatistics }
}
