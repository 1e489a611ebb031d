/// How fast a recording is replayed.
package enum ReplaySpeed: Sendable, Equatable, CustomStringConvertible {
    /// That many times as fast as it was recorded.
    case times(Double)
    /// As fast as the server takes it.
    case maximum

    /// Reads `1x`, `10x`, `0.5x`, `2` or `max`; `nil` for anything else, and for a number that is not between 0.001 and
    /// 1000000.
    package init?(_ text: String) {
        if text == "max" {
            self = .maximum
            return
        }
        let digits = text.hasSuffix("x") ? text.dropLast() : text[...]
        guard digits.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 || $0 == UInt8(ascii: ".") }),
            digits.utf8.first != UInt8(ascii: "."), digits.utf8.last != UInt8(ascii: "."), let factor = Double(digits),
            0.001...1_000_000 ~= factor
        else { return nil }
        self = .times(factor)
    }

    /// `10x` or `max`.
    package var description: String {
        switch self {
        case .maximum: "max"
        case .times(let factor):
            factor == factor.rounded() ? "\(Int(factor))x" : "\(factor)x"
        }
    }
}
