/// Patterns as the server's PSUBSCRIBE and KEYS read them: `*`, `?`, `[a-z]`, `[^a]` and `\` for the literal next byte.
package enum Glob {
    /// Whether the pattern consists of stars alone, so that it matches everything.
    package static func matchesEverything(_ pattern: RedisBytes) -> Bool {
        !pattern.isEmpty && pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Whether the pattern matches only itself.
    package static func isLiteral(_ pattern: RedisBytes) -> Bool {
        !pattern.contains { special($0) }
    }

    /// The pattern that matches only `literal`.
    package static func escaping(_ literal: RedisBytes) -> RedisBytes {
        var escaped: [UInt8] = []
        for byte in literal {
            if special(byte) { escaped.append(UInt8(ascii: "\\")) }
            escaped.append(byte)
        }
        return RedisBytes(escaped)
    }

    /// The pattern that matches whatever begins with `literal`.
    package static func beginning(with literal: RedisBytes) -> RedisBytes {
        RedisBytes(escaping(literal).bytes + [UInt8(ascii: "*")])
    }

    private static func special(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\"): true
        default: false
        }
    }

    /// Whether `pattern` matches all of `text`. Linear in the product of the lengths at worst: a mismatch goes back to
    /// the latest star only, which is enough because everything else takes exactly one byte.
    package static func matches(_ pattern: RawSpan, _ text: RawSpan) -> Bool {
        var inPattern = 0
        var inText = 0
        var star: (pattern: Int, text: Int)?
        while true {
            if inPattern < pattern.byteCount, pattern.byte(at: inPattern) == UInt8(ascii: "*") {
                inPattern += 1
                star = (inPattern, inText)
            } else if inText == text.byteCount {
                return inPattern == pattern.byteCount
            } else if inPattern < pattern.byteCount,
                case let one = element(of: pattern, at: inPattern, text.byte(at: inText)), one.isMatch
            {
                inPattern = one.next
                inText += 1
            } else if let latest = star {
                // The star matches one byte more.
                star = (latest.pattern, latest.text + 1)
                inPattern = latest.pattern
                inText = latest.text + 1
            } else {
                return false
            }
        }
    }

    /// Whether `pattern` matches all of `text`, for owned bytes.
    package static func matches(_ pattern: RedisBytes, _ text: RedisBytes) -> Bool {
        matches(pattern.rawSpan, text.rawSpan)
    }

    /// Compares `byte` with the element at `index`, which is not a star. Also returns where the next element begins.
    private static func element(of pattern: RawSpan, at index: Int, _ byte: UInt8) -> (isMatch: Bool, next: Int) {
        switch pattern.byte(at: index) {
        case UInt8(ascii: "?"): return (true, index + 1)
        case UInt8(ascii: "["): return set(in: pattern, at: index + 1, byte)
        case UInt8(ascii: "\\") where index + 1 < pattern.byteCount:
            return (pattern.byte(at: index + 1) == byte, index + 2)
        case let literal: return (literal == byte, index + 1)
        }
    }

    /// Compares `byte` with the set whose first byte after the bracket is at `start`. A set that is not closed ends
    /// with the pattern.
    private static func set(in pattern: RawSpan, at start: Int, _ byte: UInt8) -> (isMatch: Bool, next: Int) {
        var index = start
        let isNegated = index < pattern.byteCount && pattern.byte(at: index) == UInt8(ascii: "^")
        if isNegated { index += 1 }
        var isMember = false
        while index < pattern.byteCount {
            let first = pattern.byte(at: index)
            if first == UInt8(ascii: "\\"), index + 1 < pattern.byteCount {
                if pattern.byte(at: index + 1) == byte { isMember = true }
                index += 2
            } else if first == UInt8(ascii: "]") {
                index += 1
                break
            } else if index + 2 < pattern.byteCount, pattern.byte(at: index + 1) == UInt8(ascii: "-") {
                let last = pattern.byte(at: index + 2)
                if byte >= min(first, last) && byte <= max(first, last) { isMember = true }
                index += 3
            } else {
                if first == byte { isMember = true }
                index += 1
            }
        }
        return (isMember != isNegated, index)
    }
}
