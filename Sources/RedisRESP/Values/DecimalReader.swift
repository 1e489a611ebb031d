/// Reads numbers off the front of some bytes.
package struct DecimalReader: ~Escapable {
    private let bytes: RawSpan
    /// How many bytes were read.
    package private(set) var index = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) { self.bytes = bytes }

    /// Whether nothing is left.
    package var isAtEnd: Bool { index == bytes.byteCount }

    /// A number of decimal digits without a sign; `nil` if there is no digit, and for a number that does not fit.
    @_lifetime(self: copy self)
    package mutating func number() -> UInt64? {
        var value: UInt64 = 0
        let first = index
        while index < bytes.byteCount {
            let digit = bytes.byte(at: index) &- UInt8(ascii: "0")
            if digit > 9 { break }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isAboveMaximum) = product.addingReportingOverflow(UInt64(digit))
            if isTooLarge || isAboveMaximum { return nil }
            value = sum
            index += 1
        }
        return index > first ? value : nil
    }

    /// Goes behind that byte. Returns whether it was there.
    @_lifetime(self: copy self)
    package mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.byteCount, bytes.byte(at: index) == byte else { return false }
        index += 1
        return true
    }
}
