/// How bytes that are not UTF-8 are written.
package enum BinaryStyle: String, Sendable, CaseIterable {
    /// Each byte that belongs to no character as `\xff`.
    case escape
    /// All of them as hexadecimal digits.
    case hex
    /// All of them in base64.
    case b64

    /// The name of the encoding, which stands before what is encoded.
    var label: StaticString {
        switch self {
        case .escape: ""
        case .hex: "hex:"
        case .b64: "base64:"
        }
    }
}

extension OutputBuffer {
    /// Appends bytes as hexadecimal digits.
    mutating func append(hexadecimal source: RawSpan) {
        reserve(source.byteCount * 2 + 8)
        for index in 0..<source.byteCount { append(word: UInt64(Hexadecimal.pair(source.byte(at: index))), length: 2) }
    }
}
