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
        var digits = HeaderDigits(bytes)
        guard let id = digits.id(), let previous = digits.id(), let number = digits.number(before: " "),
            1...UInt64(Int.max) ~= number
        else { return nil }
        self.init(id: id, previous: previous, number: Int(number), byteCount: digits.index)
    }
}

/// Reads numbers off the front of some bytes.
private struct HeaderDigits: ~Escapable {
    private let bytes: RawSpan
    private(set) var index = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    /// An id and the blank behind it.
    @_lifetime(self: copy self)
    mutating func id() -> RedisStreamID? {
        guard let milliseconds = number(before: "-"), let sequence = number(before: " ") else { return nil }
        return RedisStreamID(milliseconds: milliseconds, sequence: sequence)
    }

    /// At least one digit, and that byte behind them.
    @_lifetime(self: copy self)
    mutating func number(before end: Unicode.Scalar) -> UInt64? {
        var value: UInt64 = 0
        let first = index
        while index < bytes.byteCount {
            let byte = bytes.byte(at: index)
            let digit = byte &- UInt8(ascii: "0")
            if digit > 9 {
                guard byte == UInt8(ascii: end), index > first else { return nil }
                index += 1
                return value
            }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isAboveMaximum) = product.addingReportingOverflow(UInt64(digit))
            if isTooLarge || isAboveMaximum { return nil }
            value = sum
            index += 1
        }
        return nil
    }
}
