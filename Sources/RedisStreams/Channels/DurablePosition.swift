public import RedisCommands
public import RedisRESP

/// A place in a durable channel: right behind one of its messages. Whoever keeps the position of the last message that
/// was dealt with, and begins there the next time, misses nothing.
///
/// As text it is the id and the number, `1526919030474-55 17`, or the id alone where the number is not known.
public struct DurablePosition: Sendable, Hashable {
    /// The id of the message's entry in the stream.
    public let id: RedisStreamID
    /// The message's number in its channel, from 1 on; `nil` if it is not known. With a number, the reader can tell how
    /// many messages were trimmed behind it.
    public let number: Int?

    /// A position.
    ///
    /// - Parameters:
    ///   - id: The id of the message's entry.
    ///   - number: The message's number. One that no stream can have, below 0 or above 2⁵⁶, counts as not known.
    public init(id: RedisStreamID, number: Int? = nil) {
        self.id = id
        self.number = number?.asCount
    }

    /// Before the first message that there ever was.
    public static let beginning = DurablePosition(id: .zero, number: 0)

    /// The position of a text that `description` has made; `nil` for any other text.
    public init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, let id = RedisStreamID(String(parts[0])) else { return nil }
        guard parts.count == 2 else {
            self.init(id: id)
            return
        }
        guard let number = parts[1].utf8.decimal(Int.self), number >= 0 else { return nil }
        self.init(id: id, number: number)
    }
}

extension DurablePosition: CustomStringConvertible {
    /// For example `1526919030474-55 17`.
    public var description: String { number.map { "\(id) \($0)" } ?? id.description }
}

extension DurablePosition: RedisBytesConvertible {
    /// The text.
    public var redisBytes: RedisBytes { RedisBytes(description) }
}
