internal import RedisPOSIX
public import RedisRESP

/// A channel whose messages are kept for subscribers that are away.
///
/// ```swift
/// let orders = try DurableChannel("orders", on: client, keeping: .last(100_000))
/// try await orders.publish("…")
///
/// let reader = try orders.subscription(from: .now)
/// for try await event in reader.events {
///     switch event {
///     case .message(let message), .replayed(let message): handle(message)
///     case .gap(let gap): resynchronize(gap)
///     case .rewound, .foreign, .link, .refused, .failed: break
///     }
/// }
/// ```
///
/// A message is appended to a stream and published in one step at the server. Subscribers get it pushed at once, as
/// with `PubSub`; whatever they miss they read from the stream. `DurableSubscription` tells what it promises.
///
/// **The names.** The stream's key is the channel's name, so that both have one slot in a cluster, and so that any tool
/// may look at the stream. Messages are published on the channel of that name; in a cluster of Redis 7.0 or newer, on
/// the shard channel. A published message has a header before the payload: the ids of its entry and of the entry
/// before, and its number.
///
/// **Exactly once.** Each message has a token. If the link is lost and nobody knows whether a message was published,
/// `publish` tries again, and the server looks for the token first. It does so as well for an attempt that arrives
/// after the one that was to replace it. So a message is there once, if the server still has the entry of the first
/// attempt.
///
/// A user needs the rights for EVALSHA, EVAL, XADD, XREVRANGE, XTRIM, XLEN, EXISTS, SET, TIME and MEMORY USAGE on the
/// key, and to publish on the channel.
public struct DurableChannel: Sendable {
    /// The channel's name, which is the stream's key too.
    public let name: RedisBytes
    /// How much the stream keeps.
    public let retention: DurableRetention
    let client: RedisClient
    let usesShardChannels: Bool
    private let publisher: Publisher

    /// What the tokens of one object consist of.
    private final class Publisher: Sendable {
        private let name = String(UInt64.random(in: 1 ... .max), radix: 36)
        private let count = Locked(0)

        func tokens(_ number: Int) -> [String] {
            let first = count.withLock { count in
                count += number
                return count - number
            }
            return (first..<first + number).map { "\(name).\(String($0, radix: 36))" }
        }
    }

    /// A channel. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - name: The channel's name, and the key of its stream.
    ///   - client: Reaches the server.
    ///   - retention: How much is kept. All that publish should agree: each trims when it publishes.
    ///   - usesShardChannels: Whether messages are published on shard channels where the server has them, in a cluster.
    ///     Without them a cluster sends each message to all of its nodes, and a subscriber may want all channels with a
    ///     prefix. All that publish and all that subscribe have to agree.
    /// - Throws: `.invalidConfiguration` for an empty name and a retention that cannot work.
    public init(
        _ name: some RedisBytesConvertible,
        on client: RedisClient,
        keeping retention: DurableRetention = .last(10_000),
        usesShardChannels: Bool = true
    ) throws(RedisError) {
        self.name = name.redisBytes.compacted()
        if self.name.isEmpty { throw RedisError(.invalidConfiguration, "a durable channel needs a name") }
        try retention.check()
        self.client = client
        self.retention = retention
        self.usesShardChannels = usesShardChannels && client.configuration.cluster != nil
        publisher = Publisher()
    }

    /// Publishes a message.
    ///
    /// - Parameters:
    ///   - payload: The message.
    ///   - timeout: How long to wait for the server, with all attempts; by default the client's `commands.timeout`.
    /// - Returns: The id of the message's entry.
    /// - Throws: What `publish(contentsOf:timeout:)` throws.
    @discardableResult
    public func publish(_ payload: some RedisBytesConvertible, timeout: Duration? = nil) async throws(RedisError)
        -> RedisStreamID
    {
        try await publish(contentsOf: [payload.redisBytes], timeout: timeout)[0]
    }

    /// Publishes messages one behind the other, with nobody else's between them, in one step.
    ///
    /// The outcome is known unless this throws an error whose `execution` is `.unknown`. Then the server could not be
    /// asked again within the time.
    ///
    /// - Parameters:
    ///   - payloads: The messages: at most 1,000, because the server does nothing else meanwhile.
    ///   - timeout: How long to wait for the server, with all attempts; by default the client's `commands.timeout`.
    /// - Returns: The ids of the messages' entries, in order.
    /// - Throws: `.invalidCommand` for more than 1,000 messages; `.serverError` when the key is no stream (WRONGTYPE);
    ///   what `RedisClient.run` throws.
    @discardableResult
    public func publish(
        contentsOf payloads: [some RedisBytesConvertible],
        timeout: Duration? = nil
    ) async throws(RedisError) -> [RedisStreamID] {
        guard payloads.count <= 1000 else {
            let text = "\(payloads.count) messages in one step: 1,000 are the most"
            throw RedisError(.invalidCommand, text, phase: .command).with(.notExecuted)
        }
        if payloads.isEmpty { return [] }
        var attempt = Attempt(self, payloads.map(\.redisBytes), publisher.tokens(payloads.count))
        let timeout = timeout ?? client.configuration.commands.timeout
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        while true {
            let rest = deadline.map { max(ContinuousClock.now.duration(to: $0), .zero) }
            do throws(RedisError) {
                return try await attempt.run(within: rest)
            } catch {
                // An attempt before this one may have run, whatever became of this one.
                let error = attempt.isRepeated && error.execution == .notExecuted ? error.with(.unknown) : error
                guard error.execution == .unknown, error.code == .connectionLost else { throw error }
                let pause = attempt.pause
                if let rest, rest <= pause { throw error }
                guard (try? await Task.sleep(for: pause)) != nil else {
                    throw RedisError(.cancelled, "the task was cancelled").with(.unknown)
                }
                attempt.isRepeated = true
            }
        }
    }

    /// Subscribes to this channel alone.
    ///
    /// - Parameters:
    ///   - start: Where to begin.
    ///   - buffer: How much may wait for the reader. What does not fit is read from the stream when there is room.
    /// - Returns: The subscription. The first read starts it, or `start`.
    /// - Throws: What `DurableSubscription.init` throws.
    public func subscription(
        from start: DurableStart = .now,
        buffer: RedisBufferLimit = RedisBufferLimit()
    ) throws(RedisError) -> DurableSubscription {
        try DurableSubscription(to: [name: start], on: client, buffer: buffer, usesShardChannels: usesShardChannels)
    }
}

/// One publish, which may be tried several times.
private struct Attempt {
    private let channel: DurableChannel
    private let payloads: [RedisBytes]
    private let tokens: [String]
    private let began = ContinuousClock.now
    /// Whether an attempt before this one may have run.
    var isRepeated = false
    private var count = 0

    /// How long an attempt may still come that was given up.
    private static var patience: Duration { .seconds(600) }
    /// How far the clocks of two servers may be apart.
    private static var skew: Duration { .seconds(10) }

    init(_ channel: DurableChannel, _ payloads: [RedisBytes], _ tokens: [String]) {
        self.channel = channel
        self.payloads = payloads
        self.tokens = tokens
    }

    /// How long to wait before the next one.
    var pause: Duration { min(.milliseconds(10 << min(count, 8)), .seconds(1)) }

    mutating func run(within timeout: Duration?) async throws(RedisError) -> [RedisStreamID] {
        count += 1
        let (rule, value) = channel.retention.words
        // What the first attempt has appended is no older than it is.
        let window = isRepeated ? began.duration(to: .now) + Self.skew : Self.patience
        var arguments: [any RedisBytesConvertible] = [
            channel.usesShardChannels ? 1 : 0, rule, value, isRepeated ? 1 : 0, window.wholeMilliseconds,
        ]
        for (token, payload) in zip(tokens, payloads) {
            arguments.append(token)
            arguments.append(payload)
        }
        let reply = try await channel.client.run(
            .publishDurable,
            keys: [channel.name, channel.name.helper("repeated.\(tokens[0])")],
            arguments: arguments,
            timeout: timeout
        )
        guard let ids = [RedisStreamID](reply: reply), ids.count == payloads.count else {
            throw .unexpectedReply("EVALSHA")
        }
        return ids
    }
}
