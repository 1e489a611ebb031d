public import RedisCommands
public import RedisCore
public import RedisEvents
public import RedisRESP

/// One subject on many channels, so that a whole cluster carries it: each message belongs to a key, and the messages of
/// one key come over one channel, in order.
///
/// ```swift
/// let prices = try PartitionedChannels("prices")
/// try await prices.subscribe(on: pubsub, handler: .calling { show($0.payload) })
/// try await prices.publish("1.0843", of: "EURUSD", on: client)
/// ```
///
/// **The channels** are `{tag}.name`, one for each partition, with tags whose slots are spread evenly over the cluster:
/// each of as many equal ranges of slots has one. In a cluster they are shard channels, which only the nodes of one
/// shard carry; a `PubSub` has a link to each shard, and follows a slot that moves. On a single server they are
/// channels.
///
/// **The partition of a key** is its CRC-32 (IEEE 802.3) modulo the number of partitions, and the tag of partition `p`
/// of `n` is the least decimal number whose slot lies from `p * 16384 / n` up to `(p + 1) * 16384 / n`. Both are the
/// same in every version, so that programs in other languages may publish and subscribe.
///
/// **The number of partitions** must be the same for all who publish and subscribe. It is the most nodes and the most
/// workers among which the subject can be divided.
public struct PartitionedChannels: Sendable {
    /// The subject.
    public let name: RedisBytes
    /// The channels, by partition.
    public let channels: [RedisBytes]
    private let layout: PartitionLayout
    private let partitions: [RedisBytes: Int]

    /// How many partitions there are.
    public var count: Int { channels.count }

    /// The channels of a subject. Nothing is sent.
    ///
    /// - Parameters:
    ///   - name: The subject.
    ///   - count: How many partitions there are, from 1 to 16,384.
    /// - Throws: `.invalidConfiguration` for an empty name and for another number.
    public init(_ name: some RedisBytesConvertible, count: Int = 128) throws(RedisError) {
        self.name = name.redisBytes.compacted()
        if self.name.isEmpty { throw RedisError(.invalidConfiguration, "partitioned channels need a name") }
        guard 1...HashSlot.count ~= count else {
            let text = "\(count) partitions: there can be from 1 to \(HashSlot.count), which is the number of slots"
            throw RedisError(.invalidConfiguration, text)
        }
        let layout = PartitionLayout(count: count)
        self.layout = layout
        let subject = self.name
        channels = layout.tags.map { RedisBytes(Array("{\($0)}.".utf8) + subject.bytes) }
        partitions = Dictionary(uniqueKeysWithValues: channels.enumerated().map { ($1, $0) })
    }

    /// The partition of a key.
    public func partition(of key: some RedisBytesConvertible) -> Int { layout.partition(of: key.redisBytes) }

    /// The channel over which the messages of a key come.
    public func channel(of key: some RedisBytesConvertible) -> RedisBytes { channels[partition(of: key)] }

    /// The partition of a channel; `nil` for one that is not of this subject.
    public func partition(ofChannel channel: RedisBytes) -> Int? { partitions[channel] }

    /// The partitions of one of several workers. Each partition belongs to one worker, and none has two more than
    /// another. Those of a worker are neighbours, so that it needs as few nodes as possible.
    ///
    /// - Parameters:
    ///   - worker: Which one, from 0 on.
    ///   - workers: How many workers there are.
    /// - Returns: Its partitions; none for a worker that does not exist.
    public func partitions(ofWorker worker: Int, among workers: Int) -> Range<Int> {
        guard workers > 0, 0..<workers ~= worker else { return 0..<0 }
        // The product of two large numbers must not overflow.
        let (part, rest) = (count / workers, count % workers)
        let start = worker * part + min(worker, rest)
        return start..<(start + part + (worker < rest ? 1 : 0))
    }

    // MARK: Publishing

    /// Publishes a message.
    ///
    /// - Parameters:
    ///   - payload: The message.
    ///   - key: What it belongs to. Messages of one key come in the order in which one client publishes them.
    ///   - client: Reaches the server.
    /// - Returns: How many subscriptions have got it, at the node that was asked.
    /// - Throws: What `RedisClient.send` throws.
    @discardableResult
    public func publish(
        _ payload: some RedisBytesConvertible,
        of key: some RedisBytesConvertible,
        on client: RedisClient
    ) async throws(RedisError) -> Int {
        try await client.send(request(payload, of: key, on: client))
    }

    /// The request that publishes a message, for a batch.
    ///
    /// - Parameters:
    ///   - payload: The message.
    ///   - key: What it belongs to.
    ///   - client: The client that will send it.
    /// - Returns: The request.
    public func request(
        _ payload: some RedisBytesConvertible,
        of key: some RedisBytesConvertible,
        on client: RedisClient
    ) -> RedisRequest<Int> {
        let channel = channel(of: key)
        return client.configuration.cluster == nil ? .publish(channel, payload) : .spublish(channel, payload)
    }

    // MARK: Subscribing

    /// Subscribes to partitions.
    ///
    /// - Parameters:
    ///   - partitions: Which ones; `nil` means all.
    ///   - pubsub: What subscribes. The messages come as those of its other channels.
    ///   - handler: What its readers call; without one, messages come as its events.
    ///   - timeout: How long to wait for the confirmations.
    /// - Returns: What has become of each channel.
    /// - Throws: What `PubSub.subscribe` throws; `.invalidCommand` for a partition that does not exist.
    @discardableResult
    public func subscribe(
        to partitions: Range<Int>? = nil,
        on pubsub: PubSub,
        handler: PubSub.Handler? = nil,
        timeout: PubSub.Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        let names = try names(of: partitions)
        if names.isEmpty { return [] }
        return try await pubsub.subscribe(kind(on: pubsub), names, handler: handler, timeout: timeout)
    }

    /// Unsubscribes from partitions.
    ///
    /// - Parameters:
    ///   - partitions: Which ones; `nil` means all.
    ///   - pubsub: What has subscribed.
    ///   - timeout: How long to wait for the confirmations.
    /// - Returns: What has become of each channel.
    /// - Throws: What `PubSub.unsubscribe` throws; `.invalidCommand` for a partition that does not exist.
    @discardableResult
    public func unsubscribe(
        from partitions: Range<Int>? = nil,
        on pubsub: PubSub,
        timeout: PubSub.Timeout = .standard
    ) async throws(RedisError) -> [PubSub.SubscriptionResult] {
        let names = try names(of: partitions)
        // No name at all would mean every name.
        if names.isEmpty { return [] }
        return try await pubsub.unsubscribe(kind(on: pubsub), names, timeout: timeout)
    }

    private func names(of partitions: Range<Int>?) throws(RedisError) -> [RedisBytes] {
        guard let partitions else { return channels }
        guard partitions.isEmpty || 0 <= partitions.lowerBound && partitions.upperBound <= count else {
            let text =
                "the partitions \(partitions) of \(name.debugDescription): there are those from 0 to \(count - 1)"
            throw RedisError(.invalidCommand, text, phase: .command).with(.notExecuted)
        }
        return Array(channels[partitions.isEmpty ? 0..<0 : partitions])
    }

    private func kind(on pubsub: PubSub) -> RedisSubscriptionKind {
        pubsub.configuration.cluster == nil ? .channel : .shardChannel
    }
}
