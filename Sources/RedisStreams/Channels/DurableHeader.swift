package import RedisCommands
internal import RedisRESP

/// What stands before the payload of a published message, as text with a blank behind each part:
///
///     1526919030474-55 1526919030470-0 17 payload
///
/// The id of its entry in the stream, the id of the entry before, and the number among all messages of the channel.
package struct DurableHeader: Hashable, Sendable {
    package let id: RedisStreamID
    package let previous: RedisStreamID
    package let number: Int
    /// How many bytes come before the payload.
    package let byteCount: Int

    package var position: DurablePosition { DurablePosition(id: id, number: number) }

    /// Whether no other message is between a position and this one. Two histories of a stream may have the same ids,
    /// but hardly the same numbers with them.
    package func follows(_ position: DurablePosition) -> Bool {
        previous == position.id && id > previous && (position.number.map { $0 == number - 1 } ?? true)
    }

    package init(id: RedisStreamID, previous: RedisStreamID, number: Int, byteCount: Int = 0) {
        self.id = id
        self.previous = previous
        self.number = number
        self.byteCount = byteCount
    }

    /// `nil` if these bytes do not begin with a header.
    package init?(_ bytes: RawSpan) {
        var digits = DecimalReader(bytes)
        guard let id = digits.id(), let previous = digits.id(), let number = digits.number(),
            digits.take(UInt8(ascii: " ")), 1...UInt64(Int.max) ~= number
        else { return nil }
        self.init(id: id, previous: previous, number: Int(number), byteCount: digits.index)
    }
}

extension DecimalReader {
    /// An id and the blank behind it.
    @_lifetime(self: copy self)
    fileprivate mutating func id() -> RedisStreamID? {
        guard let id = RedisStreamID(&self), take(UInt8(ascii: " ")) else { return nil }
        return id
    }
}
