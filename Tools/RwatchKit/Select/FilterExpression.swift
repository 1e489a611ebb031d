/// An expression that was read, with its regular expressions.
package struct FilterExpression: Sendable {
    let root: Expression
    let patterns: [RegularExpression]
    /// Whether it asks for the keys of commands.
    let needsKeys: Bool
    /// Whether it asks for the names of clients.
    package let needsNames: Bool
    /// Whether it asks for the users of clients.
    package let needsUsers: Bool

    /// Reads an expression about the events of a command.
    ///
    /// - Parameters:
    ///   - text: The expression.
    ///   - stream: Whose events it is about, which decides about the fields.
    /// - Throws: ``ExpressionError`` with the place of what is wrong.
    package init(_ text: String, for stream: EventStreamKind) throws(ExpressionError) {
        var parser = try ExpressionParser(text, for: stream)
        root = try parser.all()
        patterns = parser.patterns
        needsKeys = parser.needsKeys
        needsNames = parser.needsNames
        needsUsers = parser.needsUsers
    }
}

/// Whose events are selected.
package enum EventStreamKind: Sendable {
    case commands
    case messages
    case keyEvents
    /// The entries of streams.
    case entries
}
