/// A length of time as configuration text has it: `30 seconds`, `30s`, `1m30s`.
///
/// Two forms, and nothing else:
/// - a whole number, blanks, and one of `millisecond`, `second`, `minute`, `hour`, `day`, each also with one `s` behind
///   it: `1 minute`, `300 milliseconds`;
/// - whole numbers with `d`, `h`, `m`, `s` or `ms` behind each, without blanks and from the largest unit to the
///   smallest: `200ms`, `3s`, `1m30s`.
///
/// A number without a unit is refused, because its readers do not agree whether it is seconds or milliseconds.
public struct Timespan: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The length in milliseconds, zero or more.
    public let milliseconds: Int64

    /// Reads a text.
    ///
    /// - Parameter text: One of the two forms.
    /// - Throws: `.invalidConfiguration`, with the text and what is wrong with it.
    public init(_ text: String) throws(RedisError) {
        do throws(ConfigurationComplaint) { self = try Timespan.parse(text) } catch {
            let shown = text.shown(upTo: ShownText.nameLimit)
            throw RedisError(.invalidConfiguration, "time span \"\(shown)\" \(error.text)")
        }
    }

    /// A duration that is whole milliseconds, zero or more; `nil` for any other, and for one of over 292 million years.
    ///
    /// - Parameter duration: The duration.
    public init?(exactly duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000)
        let (part, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let (sum, isTooLongWithPart) = whole.addingReportingOverflow(part)
        guard rest == 0, !isTooLong, !isTooLongWithPart, sum >= 0 else { return nil }
        milliseconds = sum
    }

    private init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The same length.
    public var duration: Duration { .milliseconds(milliseconds) }

    /// The short form with the fewest numbers, such as `1m30s`. Read again it is the same length.
    public var description: String {
        guard milliseconds > 0 else { return "0s" }
        var rest = milliseconds
        var text = ""
        for unit in Self.units {
            let (count, remainder) = rest.quotientAndRemainder(dividingBy: unit.milliseconds)
            if count > 0 { text += "\(count)\(unit.letters)" }
            rest = remainder
        }
        return text
    }

    /// Whether `left` is shorter.
    public static func < (left: Timespan, right: Timespan) -> Bool { left.milliseconds < right.milliseconds }
}

extension Timespan {
    private static let units: [(letters: String, word: String, milliseconds: Int64)] = [
        ("d", "day", 86_400_000), ("h", "hour", 3_600_000), ("m", "minute", 60_000), ("s", "second", 1_000),
        ("ms", "millisecond", 1),
    ]

    /// Reads a text. The complaint does not repeat it.
    static func parse(_ text: String) throws(ConfigurationComplaint) -> Timespan {
        let words = text.utf8.split { " \t\r\n".utf8.contains($0) }
        switch words.count {
        case 0: throw .predicate("is empty; write 30s or 30 seconds")
        case 1: return try parseShortForm(words[0])
        case 2: return try parse(words[0], unit: words[1])
        default: throw notATimespan
        }
    }

    private static let notATimespan = ConfigurationComplaint.predicate(
        "is no time span; write 200ms, 30s, 1m30s or 30 seconds; the units are day, hour, minute, second, millisecond"
    )

    private static let tooLong = ConfigurationComplaint.predicate("is over 292 million years")

    private static func parse(
        _ count: Substring.UTF8View,
        unit word: Substring.UTF8View
    ) throws(ConfigurationComplaint) -> Timespan {
        let unit = units.first { word.elementsEqual($0.word.utf8) || word.elementsEqual("\($0.word)s".utf8) }
        guard let unit, count.allSatisfy(isDigit) else { throw notATimespan }
        return try Timespan(milliseconds: 0).adding(count, unit.milliseconds)
    }

    private static func parseShortForm(_ text: Substring.UTF8View) throws(ConfigurationComplaint) -> Timespan {
        var rest = text
        var total = Timespan(milliseconds: 0)
        var unitBefore = Int64.max
        while !rest.isEmpty {
            let count = rest.prefix(while: isDigit)
            rest = rest.dropFirst(count.count)
            let letters = rest.prefix { !isDigit($0) }
            rest = rest.dropFirst(letters.count)
            if letters.isEmpty && count.count == text.count {
                throw .predicate("has no unit; write it with one, such as 30s or 30 seconds")
            }
            guard !count.isEmpty, let unit = units.first(where: { letters.elementsEqual($0.letters.utf8) }) else {
                throw notATimespan
            }
            guard unit.milliseconds < unitBefore else {
                throw .predicate("has a unit twice or behind a smaller one; write 1h30m")
            }
            total = try total.adding(count, unit.milliseconds)
            unitBefore = unit.milliseconds
        }
        return total
    }

    private func adding(_ count: Substring.UTF8View, _ unit: Int64) throws(ConfigurationComplaint) -> Timespan {
        guard let count = Int64("\(Substring(count))") else { throw Self.tooLong }
        let (product, isTooLong) = count.multipliedReportingOverflow(by: unit)
        let (sum, isTooLongInAll) = milliseconds.addingReportingOverflow(product)
        guard !isTooLong, !isTooLongInAll else { throw Self.tooLong }
        return Timespan(milliseconds: sum)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}
