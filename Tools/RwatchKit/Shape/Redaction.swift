/// What is left out of events before they are written: keys, channels and values may be secret, and a file lives long.
package enum Redaction: Sendable {
    /// Arguments of commands that are no keys, and payloads.
    case values
    /// All arguments of commands, keys, channels, patterns and payloads.
    case all
    /// Those of them in which the expression matches somewhere; the whole of them.
    case matching(RegularExpression)

    /// What stands in place of a part that is left out. Servers write the same for passwords.
    package static let mark: StaticString = "(redacted)"

    /// Whether the places of keys must be known.
    package var needsKeys: Bool {
        if case .values = self { true } else { false }
    }
}
