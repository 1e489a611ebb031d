import RedisRESP

/// Decimal numbers in texts, compared digit by digit: nothing is rounded, however long they are.
enum DecimalText {
    /// The parts of a number that is not zero: `0.00123e5` is 1.23 times ten to the 2.
    private struct Parts {
        var isNegative = false
        /// From the first digit that is not 0 on; there may be a point among the digits. Empty for zero.
        var digits = 0..<0
        /// The power of ten of the first digit.
        var power = 0
    }

    /// How much of an exponent counts.
    private static let largestExponent = 1 << 40

    /// Whether a text is a number: `-12`, `0.5`, `1e9`.
    static func isNumber(_ text: RawSpan) -> Bool { parts(text) != nil }

    /// Compares two numbers: -1, 0 or 1; `nil` if one of them is none.
    static func compare(_ first: RawSpan, _ second: RawSpan) -> Int? {
        guard let one = parts(first), let other = parts(second) else { return nil }
        let signs = (sign(one), sign(other))
        if signs.0 != signs.1 { return signs.0 < signs.1 ? -1 : 1 }
        if signs.0 == 0 { return 0 }
        return signs.0 * magnitude(one, first, other, second)
    }

    private static func sign(_ parts: Parts) -> Int { parts.digits.isEmpty ? 0 : parts.isNegative ? -1 : 1 }

    private static func magnitude(_ one: Parts, _ first: RawSpan, _ other: Parts, _ second: RawSpan) -> Int {
        if one.power != other.power { return one.power < other.power ? -1 : 1 }
        var (index, place) = (one.digits.lowerBound, other.digits.lowerBound)
        while index < one.digits.upperBound || place < other.digits.upperBound {
            let (digit, rival) = (
                next(first, &index, one.digits.upperBound), next(second, &place, other.digits.upperBound)
            )
            if digit != rival { return digit < rival ? -1 : 1 }
        }
        return 0
    }

    /// The next digit; 0 behind the last.
    private static func next(_ text: RawSpan, _ index: inout Int, _ end: Int) -> UInt8 {
        if index < end, text.byte(at: index) == UInt8(ascii: ".") { index += 1 }
        guard index < end else { return UInt8(ascii: "0") }
        index += 1
        return text.byte(at: index - 1)
    }

    private static func parts(_ text: RawSpan) -> Parts? {
        var parts = Parts()
        var index = 0
        if index < text.byteCount, text.byte(at: index) == UInt8(ascii: "-") {
            parts.isNegative = true
            index += 1
        }
        var (whole, fraction, zeros) = (0, 0, 0)
        var (isFraction, first) = (false, Int?.none)
        let start = index
        while index < text.byteCount {
            let byte = text.byte(at: index)
            if byte == UInt8(ascii: "."), !isFraction, index > start {
                isFraction = true
            } else if byte &- UInt8(ascii: "0") < 10 {
                if first == nil, byte != UInt8(ascii: "0") { first = index }
                if isFraction {
                    fraction += 1
                    if first == nil { zeros += 1 }
                } else if first != nil {
                    whole += 1
                }
            } else {
                break
            }
            index += 1
        }
        guard index > start, !isFraction || fraction > 0 else { return nil }
        let end = index
        var exponent = 0
        if index < text.byteCount {
            guard text.byte(at: index) | 0x20 == UInt8(ascii: "e"), let value = Self.exponent(text, from: index + 1)
            else {
                return nil
            }
            exponent = value
        }
        guard let first else { return parts }
        parts.digits = first..<end
        parts.power = (whole > 0 ? whole - 1 : -zeros - 1) + exponent
        return parts
    }

    private static func exponent(_ text: RawSpan, from start: Int) -> Int? {
        var index = start
        var isNegative = false
        if index < text.byteCount, [UInt8(ascii: "-"), UInt8(ascii: "+")].contains(text.byte(at: index)) {
            isNegative = text.byte(at: index) == UInt8(ascii: "-")
            index += 1
        }
        guard index < text.byteCount else { return nil }
        var value = 0
        while index < text.byteCount {
            let digit = text.byte(at: index) &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = min(value * 10 + Int(digit), largestExponent)
            index += 1
        }
        return isNegative ? -value : value
    }
}
