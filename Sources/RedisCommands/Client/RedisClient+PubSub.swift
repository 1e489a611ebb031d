// Publishing, and what the server knows of subscriptions (https://redis.io/docs/latest/commands/?group=pubsub). All throw
// what `send` throws, and `.unexpectedReply` for a reply of another form than the command's page promises.
extension RedisClient {
    /// The server's answer to PING, `PONG` or the message that was given.
    @discardableResult
    public func ping(_ message: RedisBytes? = nil) async throws(RedisError) -> RedisBytes {
        let reply = try await send(RedisCommand(message.map { ["PING", $0] } ?? ["PING"]))
        guard let bytes = reply.bytes else { throw .unexpectedReply("PING") }
        return bytes
    }

    /// Publishes a message. Returns how many subscriptions of *this server* got it: a client counts once for its channel and
    /// once for each matching pattern, and subscribers on other nodes of a cluster are not counted.
    @discardableResult
    public func publish(_ channel: RedisBytes, _ payload: RedisBytes) async throws(RedisError) -> Int {
        try await count("PUBLISH", [channel, payload])
    }

    /// Publishes to a shard channel (Redis 7.0). Returns how many subscriptions of this server got it.
    @discardableResult
    public func spublish(_ shardChannel: RedisBytes, _ payload: RedisBytes) async throws(RedisError) -> Int {
        try await count("SPUBLISH", [shardChannel, payload])
    }

    /// The channels that have subscribers on this server, those that match `pattern` if one is given. The order is the
    /// server's.
    public func pubsubChannels(_ pattern: RedisBytes? = nil) async throws(RedisError) -> [RedisBytes] {
        try await names("CHANNELS", pattern)
    }

    /// The shard channels that have subscribers on this server (Redis 7.0).
    public func pubsubShardChannels(_ pattern: RedisBytes? = nil) async throws(RedisError) -> [RedisBytes] {
        try await names("SHARDCHANNELS", pattern)
    }

    /// How many subscribers each channel has on this server, patterns not counted, in the order of the names.
    public func pubsubNumSub(_ channels: RedisBytes...) async throws(RedisError) -> [ChannelCount] {
        try await pubsubNumSub(channels)
    }

    /// How many subscribers each channel has on this server, patterns not counted, in the order of the names.
    public func pubsubNumSub(_ channels: [RedisBytes]) async throws(RedisError) -> [ChannelCount] {
        try await counts("NUMSUB", channels)
    }

    /// How many subscribers each shard channel has on this server (Redis 7.0), in the order of the names.
    public func pubsubShardNumSub(_ shardChannels: RedisBytes...) async throws(RedisError) -> [ChannelCount] {
        try await pubsubShardNumSub(shardChannels)
    }

    /// How many subscribers each shard channel has on this server (Redis 7.0), in the order of the names.
    public func pubsubShardNumSub(_ shardChannels: [RedisBytes]) async throws(RedisError) -> [ChannelCount] {
        try await counts("SHARDNUMSUB", shardChannels)
    }

    /// How many different patterns are subscribed to on this server.
    public func pubsubNumPat() async throws(RedisError) -> Int {
        try await count("PUBSUB", ["NUMPAT"])
    }

    private func count(_ name: RedisBytes, _ arguments: [RedisBytes]) async throws(RedisError) -> Int {
        guard case .integer(let count) = try await send(RedisCommand([name] + arguments)) else {
            throw .unexpectedReply(name.description)
        }
        return count
    }

    private func names(_ subcommand: RedisBytes, _ pattern: RedisBytes?) async throws(RedisError) -> [RedisBytes] {
        let reply = try await send(RedisCommand(["PUBSUB", subcommand] + (pattern.map { [$0] } ?? [])))
        guard let elements = reply.elements else { throw .unexpectedReply("PUBSUB \(subcommand)") }
        return elements.compactMap(\.bytes)
    }

    private func counts(_ subcommand: RedisBytes, _ names: [RedisBytes]) async throws(RedisError) -> [ChannelCount] {
        let reply = try await send(RedisCommand(["PUBSUB", subcommand] + names))
        guard let pairs = reply.pairs else { throw .unexpectedReply("PUBSUB \(subcommand)") }
        return pairs.compactMap { pair in
            guard let name = pair.key.bytes, let count = pair.value.integer else { return nil }
            return ChannelCount(name: name, subscribers: count)
        }
    }
}

/// A channel and its subscribers on one server.
public struct ChannelCount: Sendable, Hashable {
    /// The channel or shard channel.
    public let name: RedisBytes
    /// How many connections are subscribed to it by name.
    public let subscribers: Int

    /// Creates a pair.
    public init(name: RedisBytes, subscribers: Int) {
        self.name = name
        self.subscribers = subscribers
    }
}

extension RedisError {
    fileprivate static func unexpectedReply(_ command: String) -> RedisError {
        RedisError(.unexpectedReply, "the reply to \(command) has no known form", phase: .command)
    }
}
