internal import RedisCommands
public import RedisCore
internal import RedisRESP

/// How many messages a queue has.
public struct RedisQueueStatistics: Sendable, Hashable {
    /// Messages that nobody has: new ones, and those that were given back.
    public let waiting: Int
    /// Messages that consumers have.
    public let inFlight: Int
    /// How many of these were delivered before; of the first 1,000 of each priority.
    public let redelivered: Int
    /// Messages that are not due yet, and periodic ones.
    public let delayed: Int
    /// Dead letters.
    public let dead: Int
    /// How long ago the oldest message was put that is not handled; `nil` if there is none. A delayed one counts from
    /// when it was due.
    public let oldestAge: Duration?

    /// All that are not handled: `waiting` and `inFlight`.
    public var depth: Int { waiting + inFlight }

    package init(
        waiting: Int,
        inFlight: Int,
        redelivered: Int,
        delayed: Int,
        dead: Int,
        oldestAge: Duration?
    ) {
        self.waiting = waiting
        self.inFlight = inFlight
        self.redelivered = redelivered
        self.delayed = delayed
        self.dead = dead
        self.oldestAge = oldestAge
    }
}

extension RedisQueue {
    /// Counts the messages, in one step.
    ///
    /// - Throws: What `RedisClient.run` throws.
    public func statistics() async throws(RedisError) -> RedisQueueStatistics {
        let dead = names.streams.map { StreamGroup.deadLetters(of: $0) }
        let reply = try await client.observing("count", of: "queue", name) { () async throws(RedisError) in
            try await client.run(
                .queueFigures,
                keys: [names.delayed] + names.streams + dead,
                arguments: [QueueNames.group]
            )
        }
        let numbers = reply.elements?.compactMap(\.integer) ?? []
        guard numbers.count == 6 else { throw .unexpectedReply("EVALSHA") }
        return RedisQueueStatistics(
            waiting: max(numbers[0].nearestCount - numbers[1].nearestCount, 0),
            inFlight: numbers[1],
            redelivered: numbers[2],
            delayed: numbers[4],
            dead: numbers[5],
            oldestAge: numbers[3] < 0 ? nil : .milliseconds(numbers[3])
        )
    }
}

extension RedisBlocking<RedisQueue> {
    /// Puts a message, and blocks the thread while there is no room.
    ///
    /// - Throws: What `RedisQueue.put` throws; `.invalidCommand` on the event loop.
    @discardableResult
    public func put(
        _ message: some RedisBytesConvertible,
        priority: Int = 0,
        timeout: Duration? = nil
    ) throws(RedisError) -> RedisStreamID {
        let message = message.redisBytes
        return try source.client.blocking.wait { [source] _ async throws(RedisError) in
            try await source.put(message, priority: priority, timeout: timeout)
        }
    }

    /// Puts messages in one step, and blocks the thread while there is no room.
    ///
    /// - Throws: What `RedisQueue.put(contentsOf:)` throws; `.invalidCommand` on the event loop.
    @discardableResult
    public func put(
        contentsOf messages: [some RedisBytesConvertible],
        priority: Int = 0,
        timeout: Duration? = nil
    ) throws(RedisError) -> [RedisStreamID] {
        let messages = messages.map(\.redisBytes)
        return try source.client.blocking.wait { [source] _ async throws(RedisError) in
            try await source.put(contentsOf: messages, priority: priority, timeout: timeout)
        }
    }

    /// Counts the messages.
    ///
    /// - Throws: What `RedisQueue.statistics()` throws; `.invalidCommand` on the event loop.
    public func statistics() throws(RedisError) -> RedisQueueStatistics {
        try source.client.blocking.wait { [source] _ async throws(RedisError) in try await source.statistics() }
    }
}
