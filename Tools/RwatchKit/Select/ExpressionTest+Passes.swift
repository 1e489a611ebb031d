import RedisRESP

extension ExpressionTest {
    /// Whether a text passes.
    func passes(_ text: RawSpan, _ matchers: inout [PatternMatcher]) -> Bool {
        switch self {
        case .isOneOf(let values): return Self.contains(values, text)
        case .isNoneOf(let values): return !Self.contains(values, text)
        case .isLess(let value): return DecimalText.compare(text, value.bytes.rawSpan).map { $0 < 0 } ?? false
        case .isAtMost(let value): return DecimalText.compare(text, value.bytes.rawSpan).map { $0 <= 0 } ?? false
        case .isGreater(let value): return DecimalText.compare(text, value.bytes.rawSpan).map { $0 > 0 } ?? false
        case .isAtLeast(let value): return DecimalText.compare(text, value.bytes.rawSpan).map { $0 >= 0 } ?? false
        case .matchesGlob(let globs): return globs.match(text)
        case .matchesPattern(let number): return matchers[number].matches(text)
        case .isNamed(let names): return names.find(text) != nil
        case .isTrue, .isInCategory: return false
        }
    }

    private static func contains(_ values: [ExpressionValue], _ text: RawSpan) -> Bool {
        for value in values where text.equals(value.bytes.rawSpan) { return true }
        return false
    }

    /// Whether a number passes; a flag is 1 or 0.
    func passes(_ number: Int) -> Bool {
        switch self {
        case .isOneOf(let values): values.contains { $0.integer == number }
        case .isNoneOf(let values): !values.contains { $0.integer == number }
        case .isLess(let value): number < value.integer ?? .min
        case .isAtMost(let value): number <= value.integer ?? .min
        case .isGreater(let value): number > value.integer ?? .max
        case .isAtLeast(let value): number >= value.integer ?? .max
        case .isTrue: number == 1
        case .matchesGlob, .matchesPattern, .isNamed, .isInCategory: false
        }
    }

    /// Whether a JSON value passes. `text` is the value as it was sent, and of a string what it stands for.
    func passes(_ kind: JSONScan.Found.Kind, _ text: RawSpan, _ matchers: inout [PatternMatcher]) -> Bool {
        switch self {
        case .isOneOf(let values): return Self.contains(values, kind, text)
        case .isNoneOf(let values): return !Self.contains(values, kind, text)
        case .isLess, .isAtMost, .isGreater, .isAtLeast:
            guard case .number = kind else { return false }
            return passes(text, &matchers)
        case .matchesGlob, .matchesPattern:
            switch kind {
            case .string, .number: return passes(text, &matchers)
            case .boolean, .null, .object, .array: return false
            }
        case .isTrue, .isNamed, .isInCategory: return false
        }
    }

    private static func contains(_ values: [ExpressionValue], _ kind: JSONScan.Found.Kind, _ text: RawSpan) -> Bool {
        for value in values where equals(value, kind, text) { return true }
        return false
    }

    /// A number, `true`, `false` and `null` without quotes are what they are in JSON; anything else is a text.
    private static func equals(_ value: ExpressionValue, _ kind: JSONScan.Found.Kind, _ text: RawSpan) -> Bool {
        let written = value.bytes.rawSpan
        if !value.isQuoted {
            if DecimalText.isNumber(written) {
                guard case .number = kind else { return false }
                return DecimalText.compare(text, written) == 0
            }
            if written.equals("true") || written.equals("false") {
                guard case .boolean(let isTrue) = kind else { return false }
                return isTrue == written.equals("true")
            }
            if written.equals("null") {
                guard case .null = kind else { return false }
                return true
            }
        }
        guard case .string = kind else { return false }
        return text.equals(written)
    }
}
