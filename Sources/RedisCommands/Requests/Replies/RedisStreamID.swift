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
    public init?(_ text: String) { self.init(Array(text.utf8)) }

    /// Below all ids of entries.
    public static let zero = RedisStreamID(milliseconds: 0)

    private init?(_ bytes: some Collection<UInt8>) {
        let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let milliseconds = Self.digits(parts[0]) else { return nil }
        guard let sequence = parts.count == 2 ? Self.digits(parts[1]) : 0 else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    /// Decimal digits without a sign.
    private static func digits(_ bytes: some Collection<UInt8>) -> UInt64? {
        guard let first = bytes.first, 0x30...0x39 ~= first else { return nil }
        return bytes.decimal()
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
    public func write(to writer: inout RedisArgumentWriter) { writer.append(description) }
}
