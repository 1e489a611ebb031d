// The questions about subscriptions, which all nodes of a cluster are asked.
// https://redis.io/docs/latest/commands/?group=pubsub
extension RedisClient {
    /// The channels that have subscribers on this server, or on any node of the cluster. With `pattern`, only the
    /// channels that match it. Each channel is listed once, in no order.
    ///
    /// In a cluster every node, replicas included, knows only its own subscribers, so all nodes are asked. A node that
    /// does not reply causes an error that names it, because the result would be incomplete without it. There is no
    /// error if the cluster considers the node failed, at once or within a second.
    ///
    /// - Throws: What `send` throws; `.unexpectedReply` for a reply of another form than the command's page promises.
    public func pubsubChannels(_ pattern: (any RedisBytesConvertible)? = nil) async throws(RedisError) -> [RedisBytes] {
        try await names("CHANNELS", pattern?.redisBytes)
    }

    /// The shard channels that have subscribers on this server, or on any node of the cluster (Redis 7.0). Each is
    /// listed once, in no order.
    ///
    /// In a cluster every node, replicas included, knows only its own subscribers, so all nodes are asked. A node that
    /// does not reply causes an error that names it, because the result would be incomplete without it. There is no
    /// error if the cluster considers the node failed, at once or within a second.
    ///
    /// - Throws: What `send` throws; `.unexpectedReply` for a reply of another form than the command's page promises.
    public func pubsubShardChannels(_ pattern: (any RedisBytesConvertible)? = nil) async throws(RedisError)
        -> [RedisBytes]
    {
        try await names("SHARDCHANNELS", pattern?.redisBytes)
    }

    /// How many subscribers each channel has on this server, or on all nodes of the cluster together, in the order of
    /// the names. Subscribers of patterns are not counted.
    ///
    /// In a cluster every node, replicas included, knows only its own subscribers, so all nodes are asked. A node that
    /// does not reply causes an error that names it, because the result would be incomplete without it. There is no
    /// error if the cluster considers the node failed, at once or within a second.
    ///
    /// - Throws: What `send` throws; `.unexpectedReply` for a reply of another form than the command's page promises.
    public func pubsubNumSub(_ channels: any RedisBytesConvertible...) async throws(RedisError) -> [RedisClient
        .ChannelCount]
    {
        try await pubsubNumSub(channels.map(\.redisBytes))
    }

    /// How many subscribers each channel has on this server, or on all nodes of the cluster together, in the order of
    /// the names. Subscribers of patterns are not counted.
    ///
    /// In a cluster every node, replicas included, knows only its own subscribers, so all nodes are asked. A node that
    /// does not reply causes an error that names it, because the result would be incomplete without it. There is no
    /// error if the cluster considers the node failed, at once or within a second.
    ///
    /// - Throws: What `send` throws; `.unexpectedReply` for a reply of another form than the command's page promises.
    public func pubsubNumSub(_ channels: [RedisBytes]) async throws(RedisError) -> [RedisClient.ChannelCount] {
        try await counts("NUMSUB", channels)
    }

    /// How many subscribers each shard channel has on this server, or on all nodes of the cluster together (Redis 7.0),
    /// in the order of the names.
    ///
    /// In a cluster every node, replicas included, knows only its own subscribers, so all nodes are asked. A node that
    /// does not reply causes an error that names it, because the result would be incomplete without it. There is no
    /// error if the cluster considers the node failed, at once or within a second.
    ///
    /// - Throws: What `send` throws; `.unexpectedReply` for a reply of another form than the command's page promises.
    public func pubsubShardNumSub(_ shardChannels: any RedisBytesConvertible...) async throws(RedisError)
        -> [RedisClient.ChannelCount]
    {
        try await pubsubShardNumSub(shardChannels.map(\.redisBytes))
    }

    /// How many subscribers each shard channel has on this server, or on all nodes of the cluster together (Redis 7.0),
    /// in the order of the names.
    ///
    /// In a cluster every node, replicas included, knows only its own subscribers, so all nodes are asked. A node that
    /// does not reply causes an error that names it, because the result would be incomplete without it. There is no
    /// error if the cluster considers the node failed, at once or within a second.
    ///
    /// - Throws: What `send` throws; `.unexpectedReply` for a reply of another form than the command's page promises.
    public func pubsubShardNumSub(_ shardChannels: [RedisBytes]) async throws(RedisError) -> [RedisClient.ChannelCount]
    {
        try await counts("SHARDNUMSUB", shardChannels)
    }

    /// How many different patterns are subscribed to on this server. In a cluster it is the sum over the nodes, which
    /// do not report the patterns themselves: a pattern that is subscribed to on two nodes counts twice.
    ///
    /// In a cluster every node, replicas included, knows only its own subscribers, so all nodes are asked. A node that
    /// does not reply causes an error that names it, because the result would be incomplete without it. There is no
    /// error if the cluster considers the node failed, at once or within a second.
    ///
    /// - Throws: What `send` throws; `.unexpectedReply` for a reply of another form than the command's page promises.
    public func pubsubNumPat() async throws(RedisError) -> Int {
        var sum = 0
        for reply in try await ask(["PUBSUB", "NUMPAT"], timeout: Self.queryTimeout) {
            guard case .integer(let count) = reply else { throw .unexpectedReply("PUBSUB NUMPAT") }
            sum = sum.addingSaturated(count.nearestCount)
        }
        return sum
    }

    private static var queryTimeout: Duration { .seconds(30) }

    private func names(_ subcommand: RedisBytes, _ pattern: RedisBytes?) async throws(RedisError) -> [RedisBytes] {
        let command = RedisCommand(["PUBSUB", subcommand] + (pattern.map { [$0] } ?? []))
        var names: [RedisBytes] = []
        var seen: Set<RedisBytes> = []
        for reply in try await ask(command, timeout: Self.queryTimeout) {
            guard let elements = reply.elements else { throw .unexpectedReply("PUBSUB \(subcommand)") }
            for name in elements.lazy.compactMap(\.bytes) where seen.insert(name).inserted { names.append(name) }
        }
        return names
    }

    private func counts(_ subcommand: RedisBytes, _ names: [RedisBytes]) async throws(RedisError) -> [RedisClient
        .ChannelCount]
    {
        var sums: [Int]?
        for reply in try await ask(RedisCommand(["PUBSUB", subcommand] + names), timeout: Self.queryTimeout) {
            // Servers reply name by name, in the order of the request.
            guard let pairs = reply.pairs, pairs.count == names.count else {
                throw .unexpectedReply("PUBSUB \(subcommand)")
            }
            let counts = pairs.map { ($0.value.integer ?? 0).nearestCount }
            sums = sums.map { zip($0, counts).map { $0.addingSaturated($1) } } ?? counts
        }
        return zip(names, sums ?? []).map { RedisClient.ChannelCount(name: $0, subscribers: $1) }
    }
}

extension RedisClient {
    /// A channel and its subscribers, on one server or in a whole cluster.
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
}

extension RedisError {
    package static func unexpectedReply(_ command: String) -> RedisError {
        RedisError(.unexpectedReply, "the reply to \(command) has no known form", phase: .command)
    }
}
