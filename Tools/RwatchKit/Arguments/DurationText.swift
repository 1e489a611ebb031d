/// Durations as users type them: `10s`, `1.5s`, `500ms`, `2m`, `1h`, `1d`, `1m30s`, and `30`, which is seconds.
package enum DurationText {
    /// Reads a duration exactly, without a floating-point number. Each of several parts has a unit that is smaller than
    /// the one before, and only the last part may have decimals.
    package static func parse(_ text: String) throws(DurationTextError) -> Duration {
        guard !text.isEmpty else { throw .empty }
        let bytes = Array(text.utf8)
        var total: Int128 = 0
        var start = 0
        var unitBefore: Int128?
        while start < bytes.count {
            let whole = digits(in: bytes, from: start)
            guard whole > start else { throw .notANumber(text) }
            var end = whole
            if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
                end = digits(in: bytes, from: whole + 1)
                guard end > whole + 1 else { throw .notANumber(text) }
            }
            let next = bytes[end...].firstIndex { $0 &- UInt8(ascii: "0") < 10 } ?? bytes.count
            guard let unit = attoseconds(perUnit: bytes[end..<next]) else { throw .unknownUnit(text) }
            let isAlone = start == 0 && next == bytes.count
            guard isAlone || next > end else { throw .unknownUnit(text) }
            guard unit < unitBefore ?? .max else { throw .wrongOrder(text) }
            guard next == bytes.count || end == whole else { throw .notANumber(text) }
            unitBefore = unit

            // Nine decimals are finer than any clock, and twelve digits of hours are enough.
            guard whole - start <= 12, end - whole <= 10 else { throw .outOfRange(text) }
            total += number(bytes[start..<whole]) * unit
            let decimals = bytes[whole..<end].dropFirst()
            total += number(decimals) * unit / decimals.reduce(1) { scale, _ in scale * 10 }
            start = next
        }
        let (seconds, rest) = total.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
        return Duration(secondsComponent: Int64(seconds), attosecondsComponent: Int64(rest))
    }

    private static func digits(in bytes: [UInt8], from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        return index
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int128 {
        digits.reduce(0) { $0 * 10 + Int128($1 - UInt8(ascii: "0")) }
    }

    private static func attoseconds(perUnit unit: ArraySlice<UInt8>) -> Int128? {
        let second: Int128 = 1_000_000_000_000_000_000
        return switch String(decoding: unit, as: UTF8.self) {
        case "", "s": second
        case "ms": second / 1_000
        case "m": second * 60
        case "h": second * 3_600
        case "d": second * 86_400
        default: nil
        }
    }
}
