/// The id of an entry of a stream: the milliseconds of the server's clock, and a number among the entries of the same
/// millisecond. Ids are ordered as the entries are.
public struct RedisStreamID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970.
    public var milliseconds: UInt64
    /// The number within the millisecond, from 0 on.
    public var sequence: UInt64

    /// An id.
    public init(milliseconds: UInt64, sequence: UInt64 = 0) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// The id of a text such as `1526919030474-55`, or `1526919030474` for the first of a millisecond; `nil` for any
    /// other text.
    public init?(_ text: String) { self.init(RedisBytes(text)) }

    /// Below all ids of entries.
    public static let zero = RedisStreamID(milliseconds: 0)

    private init?(_ bytes: RedisBytes) {
        var digits = DecimalReader(bytes.rawSpan)
        guard let milliseconds = digits.number() else { return nil }
        var sequence: UInt64 = 0
        if !digits.isAtEnd {
            guard digits.take(UInt8(ascii: "-")), let number = digits.number(), digits.isAtEnd else { return nil }
            sequence = number
        }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    /// Both numbers, with the dash between them.
    package init?(_ digits: inout DecimalReader) {
        guard let milliseconds = digits.number(), digits.take(UInt8(ascii: "-")), let sequence = digits.number() else {
            return nil
        }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    /// Whether `left` belongs to the earlier entry.
    public static func < (left: RedisStreamID, right: RedisStreamID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }

    /// For example `1526919030474-55`.
    public var description: String { "\(milliseconds)-\(sequence)" }
}

extension RedisStreamID: RedisReply, RedisBytesConvertible {
    /// A text such as `1526919030474-55`.
    public init?(reply: RESPValue) {
        guard let bytes = reply.bytes else { return nil }
        self.init(bytes)
    }

    /// The text.
    public var redisBytes: RedisBytes { RedisBytes(description) }

    /// Appends the text.
    public func write(to writer: inout RedisArgumentWriter) {
        writer.append(milliseconds, UInt8(ascii: "-"), sequence)
    }
}
