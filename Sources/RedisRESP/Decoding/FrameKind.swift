/// What a RESP value is, whichever of the two protocol versions it came in.
///
/// The three ways to say "nothing" (`$-1`, `*-1` and RESP3's `_`) are one kind: `null`.
package enum FrameKind: UInt8, Sendable, BitwiseCopyable {
    case simpleString
    case simpleError
    case integer
    case bulkString
    case bulkError
    case verbatimString
    case null
    case boolean
    case double
    case bigNumber
    case array
    case set
    case map
    case push
    /// Out-of-band facts in front of a value. It is never a value itself and does not count as an element.
    case attribute

    /// Whether child values follow the header.
    package var isAggregate: Bool {
        switch self {
        case .array, .set, .map, .push, .attribute: true
        case .simpleString, .simpleError, .integer, .bulkString, .bulkError, .verbatimString, .null, .boolean, .double,
            .bigNumber:
            false
        }
    }
}
