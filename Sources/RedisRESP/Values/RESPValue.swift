/// A whole reply, copied out of the read buffer.
///
/// Both protocol versions map to the same cases, so that code written against one works with the other; a RESP2 server
/// has no maps and sends flat arrays instead.
public enum RESPValue: Sendable, Hashable {
    /// `+`: a short text such as `OK`.
    case simpleString(RedisBytes)
    /// `-` or `!`: an error inside an aggregate. An error that is the reply itself is thrown instead. Of a longer one
    /// the first `longestError` bytes are kept.
    case error(RedisBytes)
    /// `:`.
    case integer(Int)
    /// `$`.
    case bulkString(RedisBytes)
    /// `=`: text with its format, `txt` or `mkd`.
    indirect case verbatimString(format: RedisBytes, text: RedisBytes)
    /// `_`, `$-1` or `*-1`.
    case null
    /// `#`.
    case boolean(Bool)
    /// `,`.
    case double(Double)
    /// `(`: decimal digits of any length, with an optional sign.
    case bigNumber(RedisBytes)
    /// `*`.
    case array([RESPValue])
    /// `~`: the elements in the order in which they came.
    case set([RESPValue])
    /// `%`: the pairs in the order in which they came.
    case map([Pair])
    /// `>` inside an aggregate, as servers send it in the reply of EXEC.
    case push([RESPValue])

    /// How many bytes of a server's error are kept: 1 KiB. Real errors are shorter, and a longer one would only take
    /// time to process. A UTF-8 character that would be cut is left out.
    public static let longestError = 1024

    /// A key of a map and its value.
    public struct Pair: Sendable, Hashable {
        /// The key.
        public var key: RESPValue
        /// The value.
        public var value: RESPValue

        /// Creates a pair.
        public init(key: RESPValue, value: RESPValue) {
            self.key = key
            self.value = value
        }
    }
}

extension RESPValue {
    /// The bytes of any kind of string, else `nil`.
    public var bytes: RedisBytes? {
        switch self {
        case .simpleString(let bytes), .bulkString(let bytes), .bigNumber(let bytes), .error(let bytes): bytes
        case .verbatimString(_, let text): text
        case .integer, .null, .boolean, .double, .array, .set, .map, .push: nil
        }
    }

    /// The text of any kind of string that is UTF-8, else `nil`.
    public var text: String? { bytes?.text }

    /// The integer, also when it was sent as decimal text, else `nil`.
    public var integer: Int? {
        if case .integer(let value) = self { return value }
        return bytes?.decimal()
    }

    /// The integer as a count of things: `nil` as well when it is negative, or higher than any count
    /// (`Int.highestCount`).
    package var count: Int? { integer?.asCount }

    /// The elements of an array, set or push, else `nil`.
    public var elements: [RESPValue]? {
        switch self {
        case .array(let elements), .set(let elements), .push(let elements): elements
        case .simpleString, .error, .integer, .bulkString, .verbatimString, .null, .boolean, .double, .bigNumber, .map:
            nil
        }
    }

    /// The pairs of a map, or of a flat array with an even number of elements, as RESP2 sends a map; else `nil`.
    public var pairs: [Pair]? {
        if case .map(let pairs) = self { return pairs }
        guard case .array(let flat) = self, flat.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: flat.count, by: 2).map { Pair(key: flat[$0], value: flat[$0 + 1]) }
    }

    /// The value of a textual key in a map or a flat array. Keys are compared byte by byte.
    public subscript(_ key: String) -> RESPValue? {
        let key = RedisBytes(key)
        switch self {
        case .map(let pairs): return pairs.first { $0.key.bytes == key }?.value
        case .array(let flat) where flat.count.isMultiple(of: 2):
            return stride(from: 0, to: flat.count, by: 2).first { flat[$0].bytes == key }.map { flat[$0 + 1] }
        default: return nil
        }
    }
}
