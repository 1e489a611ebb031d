/// A condition on an event: what `--where` takes.
indirect enum Expression: Sendable {
    case all([Expression])
    case any([Expression])
    case not(Expression)
    case test(ExpressionField, ExpressionTest)
}

/// What a field is compared with.
enum ExpressionTest: Sendable {
    /// The field equals one of these.
    case isOneOf([ExpressionValue])
    /// The field exists and equals none of these.
    case isNoneOf([ExpressionValue])
    case isLess(ExpressionValue)
    case isAtMost(ExpressionValue)
    case isGreater(ExpressionValue)
    case isAtLeast(ExpressionValue)
    /// The field matches one of these glob-style patterns.
    case matchesGlob(GlobPatterns)
    /// The number of a regular expression in ``FilterExpression/patterns``.
    case matchesPattern(Int)
    /// A field that is true or false by itself.
    case isTrue
    /// The command has one of these names: a table, because there may be many.
    case isNamed(CaselessNames)
    /// The command is in one of the ACL categories that the table of commands was made for.
    case isInCategory
}

/// A value in an expression.
struct ExpressionValue: Sendable, Equatable {
    /// As it was written; without quotes and escapes.
    var bytes: [UInt8]
    /// Whether it was in quotes, so that it is a text and no number or word.
    var isQuoted: Bool
    /// The value as a whole number, with a unit of size where the field has one.
    var integer: Int?
    /// The value as the address of clients, for `client`.
    var clients: ClientPattern?
}
