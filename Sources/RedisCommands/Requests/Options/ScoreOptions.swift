/// When the score of a member is set.
public enum RedisScoreCondition: String, Sendable, Hashable, CaseIterable {
    /// Only if there is no such member (NX).
    case absent = "NX"
    /// Only if there is such a member (XX).
    case present = "XX"
    /// Only if it is new, or has a lower score (GT, Redis 6.2).
    case greater = "GT"
    /// Only if it is new, or has a higher score (LT, Redis 6.2).
    case less = "LT"
    /// Only if there is such a member with a lower score (XX GT, Redis 6.2).
    case presentAndGreater = "XX GT"
    /// Only if there is such a member with a higher score (XX LT, Redis 6.2).
    case presentAndLess = "XX LT"
}

extension RedisScoreCondition: ArgumentList {
    var argumentCount: Int { self == .presentAndGreater || self == .presentAndLess ? 2 : 1 }

    func append(to writer: inout RedisArgumentWriter) {
        for word in rawValue.split(separator: " ") { writer.append(String(word)) }
    }
}

/// An end of a range of scores. A number stands for itself: `zcount("board", from: 10, to: .excluding(20))`.
public enum RedisScoreBound: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// Below all scores.
    case lowest
    /// Above all scores.
    case highest
    /// This score, which belongs to the range.
    case including(Double)
    /// This score, which does not belong to the range.
    case excluding(Double)

    /// This score, which belongs to the range.
    public init(floatLiteral value: Double) { self = .including(value) }

    /// This score, which belongs to the range.
    public init(integerLiteral value: Int) { self = .including(Double(value)) }
}

extension RedisScoreBound: ArgumentList {
    var argumentCount: Int { 1 }

    func append(to writer: inout RedisArgumentWriter) {
        switch self {
        case .lowest: writer.append("-inf")
        case .highest: writer.append("+inf")
        case .including(let score): score.write(to: &writer)
        case .excluding(let score): writer.append("(\(score)")
        }
    }
}

/// A part of a result: up to `count` elements from the position `offset` on.
public struct RedisLimit: Sendable, Hashable {
    /// How many elements are left out at the beginning.
    public var offset: Int
    /// How many elements are returned at most; all for a negative number.
    public var count: Int

    /// Up to `count` elements from the position `offset` on.
    public init(offset: Int = 0, count: Int) {
        self.offset = offset
        self.count = count
    }
}

extension RedisLimit: ArgumentList {
    var argumentCount: Int { 3 }

    func append(to writer: inout RedisArgumentWriter) {
        writer.append("LIMIT")
        writer.append(offset)
        writer.append(count)
    }
}

/// How the scores of a member in several sorted sets become one.
public enum RedisScoreAggregate: String, Sendable, Hashable, CaseIterable {
    /// Their sum.
    case sum = "SUM"
    /// The lowest.
    case minimum = "MIN"
    /// The highest.
    case maximum = "MAX"
}

extension RedisScoreAggregate: ArgumentList {
    var argumentCount: Int { 2 }

    func append(to writer: inout RedisArgumentWriter) {
        writer.append("AGGREGATE")
        writer.append(rawValue)
    }
}
