public import RedisCore
public import RedisEvents
internal import RedisPOSIX
public import RedisRESP
internal import RedisReactor

/// The entries of streams, for readers that each get all of them (XREAD).
///
/// ```swift
/// let reader = try StreamReader(of: ["orders": .after(position), "payments": .now], on: client)
/// for try await event in reader.events {
///     guard let entry = event.entry else { continue }
///     try await handle(entry)
///     position = entry.position
/// }
/// ```
///
/// **What it promises.** Entries of a stream come in the order of their ids, each once. What was trimmed or deleted
/// before it could be read is told by a `.gap` in its place, from Redis 7.0 on with the exact number of entries. What a
/// failover has lost although it was delivered is told by `.rewound`; a stream that is gone, by `.deleted`.
///
/// **A slow reader.** When the buffer is full, entries are left in the stream and read later. Nothing is dropped.
///
/// **Across restarts.** Keep the `position` of the last entry that was dealt with, and begin behind it the next time:
/// at least once. `run(saving:)` does it with the cursors of durable channels.
///
/// **Links.** All streams of a reader are waited for over one exclusive link of the client; in a cluster, over one for
/// each slot that has some of them, because a command cannot name keys of two slots. Streams whose keys have the same
/// `{tag}` share a slot. While nothing happens, a link carries one command in five seconds, and up to eight streams are
/// looked at, in turn, so that a stream that was deleted or rewound is noticed without a new entry.
///
/// The user needs the rights for XREAD, XRANGE, XREVRANGE, XINFO, MULTI and EXEC.
///
/// The reader starts with the first read, or with `start`. Any number of tasks and threads may read; each event goes to
/// one of them.
public final class StreamReader: Sendable {
    package let mailbox: Mailbox<StreamReader.Event>
    let driver: StreamDriver
    let startState = StreamStart()

    /// A reader. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - streams: The keys, each with the place where to begin. There may be none; `add` adds some.
    ///   - client: Reaches the server. It has to stay open.
    ///   - buffer: How much may wait for whoever reads. What does not fit is read when there is room.
    /// - Throws: `.invalidConfiguration` for an empty key.
    public init(
        of streams: [RedisBytes: DurableStart],
        on client: RedisClient,
        buffer: RedisBufferLimit = RedisBufferLimit()
    ) throws(RedisError) {
        for name in streams.keys { try Self.check(name) }
        let reference = WeakStreamDriver()
        let mailbox = Mailbox<StreamReader.Event>(limit: buffer, rule: .pauseReading) {
            reference.driver?.readerHasRoom()
        }
        self.mailbox = mailbox
        driver = StreamDriver(streams, client, mailbox)
        reference.set(driver)
    }

    /// A reader of one stream. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - stream: The key.
    ///   - start: Where to begin.
    ///   - client: Reaches the server. It has to stay open.
    ///   - buffer: How much may wait for whoever reads.
    /// - Throws: `.invalidConfiguration` for an empty key.
    public convenience init(
        of stream: some RedisBytesConvertible,
        from start: DurableStart = .now,
        on client: RedisClient,
        buffer: RedisBufferLimit = RedisBufferLimit()
    ) throws(RedisError) {
        try self.init(of: [stream.redisBytes: start], on: client, buffer: buffer)
    }

    deinit { driver.closeNow() }

    private static func check(_ name: RedisBytes) throws(RedisError) {
        if name.isEmpty { throw RedisError(.invalidConfiguration, "a stream needs a key that is not empty") }
    }

    /// Asks for the streams, and returns when all that is appended from then on will come. Later calls return at once.
    ///
    /// - Throws: Why the server cannot be reached or asked; what it says when it refuses a stream (`.notPermitted`,
    ///   WRONGTYPE); `.cancelled`; `.closed`. It may be called again.
    public func start() async throws(RedisError) { try await begin() }

    /// Reads another stream as well. Before the reader has started, this only notes it. While the server is away, it
    /// waits.
    ///
    /// - Parameters:
    ///   - stream: The key. A stream that is read already stays as it is.
    ///   - start: Where to begin. With `.now`, all comes that is appended after this has returned.
    /// - Throws: `.invalidConfiguration` for an empty key; what the server says when it refuses the stream, and why a
    ///   start fails that is under way; `.cancelled`; `.closed`. The stream is not added then.
    public func add(_ stream: some RedisBytesConvertible, from start: DurableStart = .now) async throws(RedisError) {
        let name = stream.redisBytes.compacted()
        try Self.check(name)
        try await driver.add(name, start)
    }

    /// Reads a stream no longer. Events of it that are in the buffer still come.
    ///
    /// - Parameter stream: The key.
    /// - Returns: Behind which entry the reader was; `nil` if it did not read this stream or did not know it yet.
    @discardableResult
    public func remove(_ stream: some RedisBytesConvertible) async -> DurablePosition? {
        await driver.remove(stream.redisBytes)
    }

    /// Behind which entry of each stream this reader is, whether or not anybody has taken it yet. A position that is
    /// not known yet is left out.
    public func positions() async -> [RedisBytes: DurablePosition] { await driver.positions() }

    /// Behind which entry of each stream this reader has begun, once it has started.
    package func starts() async -> [RedisBytes: DurablePosition] { await driver.starts() }

    /// Ends the reader and all who read. Queued events are discarded; the streams have them. Idempotent.
    public func close() async {
        mailbox.close()
        await driver.close()
    }
}

extension StreamReader: RedisEventSource {
    /// The events. The first read starts the reader.
    public var events: RedisEventStream<StreamReader.Event> { RedisEventStream(self) }
}

extension RedisBlocking<StreamReader> {
    /// Asks for the streams, and returns when all that is appended from then on will come. Later calls return at once.
    ///
    /// - Throws: What `StreamReader.start` throws, `.cancelled` excepted; `.invalidCommand` on the event loop.
    public func start() throws(RedisError) { try source.beginBlocking() }
}

extension StreamReader: EventSource {
    package var loop: RedisEventLoop { driver.loop }

    package var start: StreamStart? { startState }

    package func requestStart(_ promise: Promise<Void>) { driver.start(promise) }

    package func closeNow() {
        mailbox.close()
        driver.closeNow()
    }
}

/// A reference to the driver that does not keep it alive: the mailbox has it.
final class WeakStreamDriver: Sendable {
    private struct Reference {
        weak var driver: StreamDriver?
    }

    private let reference = Locked(Reference())

    var driver: StreamDriver? { reference.withLock { $0.driver } }

    func set(_ driver: StreamDriver) { reference.withLock { $0.driver = driver } }
}
