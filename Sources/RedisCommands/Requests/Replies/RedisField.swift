/// A name and its value, in a hash or in an entry of a stream.
public struct RedisField: Sendable, Hashable {
    /// The name.
    public var name: RedisBytes
    /// The value.
    public var value: RedisBytes

    /// A name and its value.
    public init(_ name: RedisBytes, _ value: RedisBytes) {
        self.name = name
        self.value = value
    }

    /// The fields of a flat array or a map, in the order of the reply.
    static func list(_ reply: RESPValue) -> [RedisField]? {
        guard let pairs = reply.pairs else { return nil }
        var fields: [RedisField] = []
        fields.reserveCapacity(pairs.count)
        for pair in pairs {
            guard let name = pair.key.bytes, let value = pair.value.bytes else { return nil }
            fields.append(RedisField(name, value))
        }
        return fields
    }
}

/// Elements that were taken from a list, and the key of that list.
public struct RedisPoppedElements: Sendable, Hashable {
    /// The key of the list.
    public let key: RedisBytes
    /// The elements.
    public let elements: [RedisBytes]
}

extension RedisPoppedElements: RedisReply {
    /// An array of the key and the elements.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count == 2, let key = parts[0].bytes,
            let elements = [RedisBytes](reply: parts[1])
        else { return nil }
        self.key = key
        self.elements = elements
    }
}
