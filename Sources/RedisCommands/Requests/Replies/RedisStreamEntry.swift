/// An entry of a stream.
public struct RedisStreamEntry: Sendable, Hashable {
    /// Its id.
    public let id: RedisStreamID
    /// Its fields, in their order. A name may be there several times. Empty when the entry was removed.
    public let fields: [RedisField]
    /// Whether the entry was removed from the stream and is only pending yet.
    public let isRemoved: Bool

    /// The value of the first field of this name.
    public subscript(_ name: RedisBytes) -> RedisBytes? { fields.first { $0.name == name }?.value }

    /// An entry.
    public init(id: RedisStreamID, fields: [RedisField], isRemoved: Bool = false) {
        self.id = id
        self.fields = fields
        self.isRemoved = isRemoved
    }
}

extension RedisStreamEntry: RedisReply {
    /// An array of the id and the fields, which are a flat array; a null in place of those of a removed entry.
    public init?(reply: RESPValue) {
        // More elements follow where a group tells how often an entry was delivered.
        guard let parts = reply.elements, parts.count >= 2, let id = RedisStreamID(reply: parts[0]) else { return nil }
        if case .null = parts[1] {
            self.init(id: id, fields: [], isRemoved: true)
        } else if let fields = RedisField.list(parts[1]) {
            self.init(id: id, fields: fields)
        } else {
            return nil
        }
    }

    /// Entries. A null stands for one that was removed, and whose id the server does not tell (Redis 6.2).
    static func list(_ reply: RESPValue) -> [RedisStreamEntry]? {
        guard let elements = reply.elements else { return nil }
        return [RedisStreamEntry](reply: .array(elements.filter { $0 != .null }))
    }

    /// A map from keys to entries, or an array of such pairs, as RESP2 has it; a null when there are none.
    static func byStream(_ reply: RESPValue) -> [RedisBytes: [RedisStreamEntry]]? {
        let pairs: [(key: RESPValue, value: RESPValue)]
        switch reply {
        case .null: return [:]
        case .map(let map): pairs = map.map { ($0.key, $0.value) }
        case .array(let streams):
            let parts = streams.compactMap(\.elements).filter { $0.count == 2 }
            guard parts.count == streams.count else { return nil }
            pairs = parts.map { ($0[0], $0[1]) }
        default: return nil
        }
        var streams: [RedisBytes: [RedisStreamEntry]] = [:]
        for pair in pairs {
            guard let key = pair.key.bytes, let entries = list(pair.value) else { return nil }
            streams[key] = entries
        }
        return streams
    }
}

/// How many entries of a group are pending: delivered to a consumer, and not acknowledged.
public struct RedisPendingSummary: Sendable, Hashable {
    /// How many.
    public let count: Int
    /// The lowest of their ids; `nil` when there are none.
    public let lowest: RedisStreamID?
    /// The highest of their ids; `nil` when there are none.
    public let highest: RedisStreamID?
    /// How many each consumer has that has any.
    public let consumers: [RedisBytes: Int]
}

extension RedisPendingSummary: RedisReply {
    /// An array of the count, both ids, and an array of pairs.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count == 4, let count = parts[0].count,
            let lowest = RedisStreamID?(reply: parts[1]), let highest = RedisStreamID?(reply: parts[2]),
            let consumers: [[RESPValue]] = Replies.list(parts[3])
        else { return nil }
        self.count = count
        self.lowest = lowest
        self.highest = highest
        var counts: [RedisBytes: Int] = [:]
        for consumer in consumers {
            guard consumer.count == 2, let name = consumer[0].bytes, let count = consumer[1].count else { return nil }
            counts[name] = count
        }
        self.consumers = counts
    }
}

/// A pending entry of a group.
public struct RedisPendingEntry: Sendable, Hashable {
    /// Its id.
    public let id: RedisStreamID
    /// To whom it was delivered.
    public let consumer: RedisBytes
    /// How long ago it was last delivered, to a millisecond.
    public let idle: Duration
    /// How often it was delivered.
    public let deliveries: Int
}

extension RedisPendingEntry: RedisReply {
    /// An array of the four.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count == 4, let id = RedisStreamID(reply: parts[0]),
            let consumer = parts[1].bytes, let idle = parts[2].count, let deliveries = parts[3].count
        else { return nil }
        self.id = id
        self.consumer = consumer
        self.idle = .milliseconds(idle)
        self.deliveries = deliveries
    }
}

/// What XAUTOCLAIM found.
public struct RedisClaimedEntries: Sendable, Hashable {
    /// Where the next call goes on; `.zero` when all pending entries were looked at.
    public let next: RedisStreamID
    /// The entries that belong to the new consumer now.
    public let entries: [RedisStreamEntry]
    /// The ids of pending entries that were removed from the stream and are not pending any more (Redis 7.0).
    public let removed: [RedisStreamID]
}

extension RedisClaimedEntries: RedisReply {
    /// An array of the three; without the last one before Redis 7.0.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, 2...3 ~= parts.count, let next = RedisStreamID(reply: parts[0]),
            let entries = RedisStreamEntry.list(parts[1])
        else { return nil }
        self.next = next
        self.entries = entries
        guard parts.count == 3 else {
            removed = []
            return
        }
        guard let removed = [RedisStreamID](reply: parts[2]) else { return nil }
        self.removed = removed
    }
}
