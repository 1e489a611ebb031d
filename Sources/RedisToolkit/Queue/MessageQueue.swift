internal import RedisReactor

/// Messages that wait in a list of the server until somebody takes them, the oldest first: baseplate's `MessageQueue`,
/// with its key and its commands, so that both may use one queue.
///
/// ```swift
/// let queue = MessageQueue("mail", on: client)
/// try await queue.put("hello")
/// let message = try await queue.get(timeout: .seconds(5))
/// ```
///
/// **At most once.** Whoever gets a message has it alone, and the server has it no more: a process that dies loses what
/// it has in its hands, and so does a link that is cut while a reply is on its way. A `Consumer` takes messages so that
/// each is handled at least once.
///
/// **Waiting** sends nothing. All that wait for one queue over one client share one exclusive link, on which the server
/// says when there is a message; those that have waited longest get it. A wait may be cancelled, or end with its time,
/// and no message is lost with it: one that comes in that moment is returned all the same, or put back to the front. So
/// a cancelled `get` may take a round trip to end, and as long as a few seconds if the server does not answer.
///
/// **The key** is the name itself. A queue with a capacity also uses the channel `{name}:room`, and consumers use keys
/// beside it; in a cluster all of them have the slot of the name.
public struct MessageQueue: Sendable {
    /// Reaches the server.
    public let client: RedisClient
    /// The key of the list.
    public let name: RedisBytes
    /// How many messages may wait; `nil` means any number.
    public let capacity: Int?
    let pump: MessagePump

    /// A queue of that name. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - name: The key at the server.
    ///   - client: Reaches the server.
    ///   - capacity: How many messages may wait, 1 at least; `nil` means any number. All processes have to agree on it.
    ///     Messages that others put with RPUSH count, and are never refused.
    public init(_ name: some RedisBytesConvertible, on client: RedisClient, capacity: Int? = nil) {
        let name = name.redisBytes
        self.name = name
        self.client = client
        self.capacity = capacity.map { max($0, 1) }
        let keys = QueueKeys(name, client, capacity: self.capacity)
        pump = client.attachment(MessagePumps.self).pump(of: keys.pumpName) {
            MessagePump(client, .forGood(client, keys))
        }
    }

    var keys: QueueKeys { QueueKeys(name, client, capacity: capacity) }

    /// For messages: `the queue "mail"`.
    var words: String { keys.words }

    // MARK: Taking

    /// Takes the oldest message, and waits for one if there is none.
    ///
    /// - Parameter timeout: How long to wait; `nil` means for ever. With zero or less it only looks.
    /// - Returns: The message, which may be empty.
    /// - Throws: `.timedOut` when none came; `.cancelled`; `.closed` after `close`; what `RedisClient.send` throws.
    public func get(timeout: Duration? = nil) async throws(RedisError) -> RedisBytes {
        // There is at least one.
        try await get(upTo: 1, timeout: timeout)[0]
    }

    /// Takes the oldest messages, as many as there are, and waits for one if there is none.
    ///
    /// - Parameters:
    ///   - limit: How many at most: from 1 to 1,000.
    ///   - timeout: How long to wait; `nil` means for ever. With zero or less it only looks.
    /// - Returns: At least one message, the oldest first.
    /// - Throws: What `get` throws.
    public func get(upTo limit: Int, timeout: Duration? = nil) async throws(RedisError) -> [RedisBytes] {
        try await client.observing("get", of: "queue", name) { () async throws(RedisError) in
            try await pump.take(min(max(limit, 1), TakerLine.largestRequest), timeout: timeout)
        }
    }

    /// How many messages wait.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func count() async throws(RedisError) -> Int { try await client.send(.llen(name)) }

    // MARK: Deleting

    /// Deletes the messages that wait, in one step. What consumers have taken stays theirs.
    ///
    /// - Returns: How many messages were deleted.
    /// - Throws: What `RedisClient.run` throws.
    @discardableResult
    public func unlink() async throws(RedisError) -> Int {
        let arguments: [any RedisBytesConvertible] = [0] + keys.roomArguments
        let reply = try await client.run(.unlinkQueue, keys: [name], arguments: arguments)
        guard let count = reply.count else { throw .unexpectedReply("EVALSHA") }
        return count
    }

    /// Ends every wait for a message of this queue over this client with `.closed`, and then deletes the messages that
    /// wait at the server, as baseplate's `close` does. Whoever puts or gets a message afterwards has an empty queue.
    ///
    /// To end without deleting anything, let go of the queue.
    ///
    /// - Returns: How many messages were deleted.
    /// - Throws: What `RedisClient.run` throws.
    @discardableResult
    public func close() async throws(RedisError) -> Int {
        await pump.close()
        defer { pump.reopen() }
        return try await unlink()
    }
}

/// The keys of a queue, and what its scripts get.
struct QueueKeys: Sendable {
    let name: RedisBytes
    let capacity: Int?
    private let isCluster: Bool

    init(_ name: RedisBytes, _ client: RedisClient, capacity: Int?) {
        self.name = name
        self.capacity = capacity
        isCluster = client.configuration.cluster != nil
    }

    var words: String { "the queue \(name.debugDescription)" }

    /// The channel on which room is told.
    var room: RedisBytes { name.helper("room") }

    /// What distinguishes the pumps of a client.
    var pumpName: RedisBytes { RedisBytes(Array("\(capacity ?? 0) ".utf8) + name) }

    /// The second, third and fourth argument of scripts that make room.
    var roomArguments: [any RedisBytesConvertible] { [capacity ?? 0, room, isCluster ? 1 : 0] }

    // MARK: Consumers

    /// The names of the consumers, by the time at which they were last heard.
    var consumers: RedisBytes { name.helper("consumers") }
    /// Whose turn it is to look after consumers that have died.
    var turn: RedisBytes { name.helper("reaper") }

    /// What a consumer has taken and not acknowledged.
    func list(of consumer: RedisBytes) -> RedisBytes { RedisBytes(name.helper("consumer:").bytes + consumer) }

    /// The key that is there while a consumer is alive.
    func heartbeat(of consumer: RedisBytes) -> RedisBytes { RedisBytes(name.helper("alive:").bytes + consumer) }
}

extension MessageSource {
    /// Takes messages for good, with the commands of baseplate.
    static func forGood(_ client: RedisClient, _ keys: QueueKeys) -> MessageSource {
        // The client lives as long as the pump.
        MessageSource(
            ask: { [client] limit throws(RedisError) in
                if limit == 1, keys.capacity == nil {
                    return try await client.send(.lpop(keys.name), timeout: nil).map { [$0] } ?? []
                }
                let arguments: [any RedisBytesConvertible] = [limit] + keys.roomArguments
                let reply = try await client.run(.takeMessages, keys: [keys.name], arguments: arguments, timeout: nil)
                return try reply.messages()
            },
            block: { [client] () throws(RedisError) in
                let reply = try await client.block(["BLPOP", keys.name, blockingSeconds])
                if case .null = reply { return [] }
                guard let message = reply.elements?.last?.bytes else { throw .unexpectedReply("BLPOP") }
                return [message]
            },
            giveBack: { [client] messages throws(RedisError) in
                try await client.send(.lpush(keys.name, messages.reversed()))
            },
            mayGiveBackTwice: false,
            words: keys.words
        )
    }
}

extension RESPValue {
    /// The messages of a script's reply.
    func messages() throws(RedisError) -> [RedisBytes] {
        guard let elements else { throw .unexpectedReply("EVALSHA") }
        let messages = elements.compactMap(\.bytes)
        guard messages.count == elements.count else { throw .unexpectedReply("EVALSHA") }
        return messages
    }
}
