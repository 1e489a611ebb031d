/// Bytes that are not RESP, or more bytes than the limits allow. The link cannot be used any more.
package struct RESPError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        case unknownType
        case expectedDigit
        case expectedCarriageReturn
        case expectedLineFeed
        case invalidLength
        case invalidBoolean
        case integerOverflow
        case streamedTypeUnsupported
        case tooDeep(limit: Int)
        case tooManyElements(limit: Int)
        case bulkTooLong(limit: Int)
        case lineTooLong(limit: Int)
        case frameTooLong(limit: Int)
    }

    package var reason: Reason
    /// The offending byte's place, counted from the first byte that the link ever received.
    package var offset: Int
    /// The offending byte; `nil` when a limit was exceeded.
    package var byte: UInt8?

    package init(_ reason: Reason, offset: Int, byte: UInt8? = nil) {
        self.reason = reason
        self.offset = offset
        self.byte = byte
    }

    /// Whether the bytes were well formed and only too many.
    package var isOverLimit: Bool { limit != nil }

    /// The property of `RedisFrameLimits` that was exceeded; `nil` when the bytes are malformed.
    package var limit: String? {
        switch reason {
        case .tooDeep: "depth"
        case .tooManyElements: "elements"
        case .bulkTooLong: "bulkLength"
        case .lineTooLong: "lineLength"
        case .frameTooLong: "frameLength"
        case .unknownType, .expectedDigit, .expectedCarriageReturn, .expectedLineFeed, .invalidLength, .invalidBoolean,
            .integerOverflow, .streamedTypeUnsupported:
            nil
        }
    }

    package var description: String {
        let place = byte.map { "byte 0x\(Self.hex($0)) at offset \(offset)" } ?? "at offset \(offset)"
        return "\(Self.words(for: reason)), \(place)"
    }

    private static func words(for reason: Reason) -> String {
        switch reason {
        case .unknownType: "unknown type"
        case .expectedDigit: "expected a digit"
        case .expectedCarriageReturn: "expected a carriage return"
        case .expectedLineFeed: "expected a line feed"
        case .invalidLength: "invalid length"
        case .invalidBoolean: "invalid boolean"
        case .integerOverflow: "integer does not fit 64 bits"
        case .streamedTypeUnsupported: "streamed types are not supported"
        case .tooDeep(let limit): "nested deeper than \(limit)"
        case .tooManyElements(let limit): "more than \(limit) elements"
        case .bulkTooLong(let limit): "bulk string over \(limit) bytes"
        case .lineTooLong(let limit): "line over \(limit) bytes"
        case .frameTooLong(let limit): "frame over \(limit) bytes"
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
