/// The id of an entry that is appended to a stream.
public enum RedisEntryID: Sendable, Hashable {
    /// The server's clock, and a number that makes it the highest id (`*`).
    case next
    /// These milliseconds, and a number that makes it the highest id (`milliseconds-*`, Redis 7.0).
    case nextIn(milliseconds: UInt64)
    /// This id, which must be higher than all that the stream has had.
    case id(RedisStreamID)
}

extension RedisEntryID: ArgumentList {
    var argumentCount: Int { 1 }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .next: writer.append("*")
        case .nextIn(let milliseconds): writer.append("\(milliseconds)-*")
        case .id(let id): id.write(to: &writer)
        }
    }
}

/// Which of the oldest entries of a stream are removed.
public struct RedisStreamTrim: Sendable, Hashable {
    private enum Kept: Sendable, Hashable {
        case length(Int)
        case ids(RedisStreamID)
    }

    private let kept: Kept
    private let isExact: Bool
    private let limit: Int?

    /// Those before the last `length`. When it need not be exact, the server keeps some more, which costs it less.
    ///
    /// - Parameters:
    ///   - length: How many entries are kept.
    ///   - isExact: Whether exactly so many are kept.
    ///   - limit: How many entries are looked at at most (Redis 6.2), unless it is exact.
    /// - Returns: The rule.
    public static func maximumLength(_ length: Int, isExact: Bool = false, limit: Int? = nil) -> RedisStreamTrim {
        RedisStreamTrim(kept: .length(length), isExact: isExact, limit: limit)
    }

    /// Those with lower ids (Redis 6.2). When it need not be exact, the server keeps some more, which costs it less.
    ///
    /// - Parameters:
    ///   - id: The lowest id that is kept.
    ///   - isExact: Whether no lower one is kept.
    ///   - limit: How many entries are looked at at most (Redis 6.2), unless it is exact.
    /// - Returns: The rule.
    public static func minimumID(_ id: RedisStreamID, isExact: Bool = false, limit: Int? = nil) -> RedisStreamTrim {
        RedisStreamTrim(kept: .ids(id), isExact: isExact, limit: limit)
    }
}

extension RedisStreamTrim: ArgumentList {
    var argumentCount: Int { 2 + (isExact ? 0 : 1) + (isExact || limit == nil ? 0 : 2) }

    func append(to writer: inout RedisArgumentWriter) {
        switch kept {
        case .length: writer.append("MAXLEN")
        case .ids: writer.append("MINID")
        }
        if !isExact { writer.append("~") }
        switch kept {
        case .length(let length): writer.append(length)
        case .ids(let id): id.write(to: &writer)
        }
        if let limit, !isExact {
            writer.append("LIMIT")
            writer.append(limit)
        }
    }
}

/// An end of a range of ids.
public enum RedisStreamBound: Sendable, Hashable {
    /// The lowest id.
    case first
    /// The highest id.
    case last
    /// This id, which belongs to the range.
    case including(RedisStreamID)
    /// This id, which does not belong to the range (Redis 6.2).
    case excluding(RedisStreamID)
}

extension RedisStreamBound: ArgumentList {
    var argumentCount: Int { 1 }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .first: writer.append("-")
        case .last: writer.append("+")
        case .including(let id): id.write(to: &writer)
        case .excluding(let id): writer.append("(\(id)")
        }
    }
}

/// Where reading a stream goes on.
public enum RedisStreamPosition: Sendable, Hashable {
    /// Behind this id. For a consumer of a group: its pending entries behind this id.
    case after(RedisStreamID)
    /// Behind the last entry that there is now (`$`). Not for consumers.
    case end
    /// Behind the last entry that any consumer of the group got (`>`). For consumers alone.
    case undelivered

    /// At the first entry.
    public static var beginning: RedisStreamPosition { .after(.zero) }
}

extension RedisStreamPosition: ArgumentList {
    var argumentCount: Int { 1 }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .after(let id): id.write(to: &writer)
        case .end: writer.append("$")
        case .undelivered: writer.append(">")
        }
    }
}

/// Streams, and where reading each of them goes on: `["orders": .beginning, "payments": .after(id)]`.
public struct RedisStreamPositions: Sendable, ExpressibleByDictionaryLiteral {
    private let streams: [(key: RedisBytes, position: RedisStreamPosition)]

    /// The streams of a literal.
    public init(dictionaryLiteral elements: (any RedisBytesConvertible, RedisStreamPosition)...) {
        streams = elements.map { ($0.redisBytes, $1) }
    }

    /// The streams of a dictionary, in no order.
    public init<Key: RedisBytesConvertible>(_ streams: [Key: RedisStreamPosition]) {
        self.streams = streams.map { ($0.redisBytes, $1) }
    }
}

extension RedisStreamPositions: ArgumentList {
    var argumentCount: Int { 2 * streams.count }

    func append(to writer: inout RedisArgumentWriter) {
        for stream in streams { writer.append(stream.key) }
        for stream in streams { stream.position.append(to: &writer) }
    }
}
