/// The type of a key's value.
public enum RedisKeyType: Sendable, Hashable {
    /// There is no such key.
    case missing
    /// A string of bytes, which is also what counters, bitmaps and HyperLogLogs are.
    case string
    /// A list.
    case list
    /// A set.
    case set
    /// A sorted set.
    case sortedSet
    /// A hash.
    case hash
    /// A stream.
    case stream
    /// Another type, by the name that the server gives it, such as that of a module.
    case other(String)

    /// The server's name of the type.
    public var name: String {
        switch self {
        case .missing: "none"
        case .string: "string"
        case .list: "list"
        case .set: "set"
        case .sortedSet: "zset"
        case .hash: "hash"
        case .stream: "stream"
        case .other(let name): name
        }
    }

    private static let known: [RedisKeyType] = [.missing, .string, .list, .set, .sortedSet, .hash, .stream]
}

extension RedisKeyType: RedisReply {
    /// The server's name of the type.
    public init?(reply: RESPValue) {
        guard let name = reply.text else { return nil }
        self = Self.known.first { $0.name == name } ?? .other(name)
    }
}

extension RedisKeyType: ArgumentList {
    var argumentCount: Int { 1 }

    func append(to writer: inout RedisArgumentWriter) { writer.append(name) }
}
