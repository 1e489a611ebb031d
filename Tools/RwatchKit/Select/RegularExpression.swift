/// A regular expression on bytes, whose time is proportional to the text, whatever the expression and the text are.
///
/// Swift's `Regex` goes back after a mismatch. On a line that somebody has chosen for that, it takes a time that grows
/// exponentially, and the loop must not stop. So this one is an automaton (Glushkov's construction), which has no
/// back-references and no look-around. It knows: literals, `.`, `[a-z]`, `[^a-z]`, `\d \w \s \D \W \S`, `\n \r \t \f`,
/// `\xHH`, groups, `|`, `* + ? {m} {m,} {m,n}`, `^` and `$` for the ends of the text, and `(?i)` at the beginning for
/// any case of ASCII letters. A `.` is any byte, and so is what a class means; a character that is not ASCII is its
/// bytes in UTF-8.
package struct RegularExpression: Sendable {
    /// Whether the empty text matches, and so every text.
    let matchesEmpty: Bool
    /// The symbols of each position: of each place in the expression that takes one.
    let symbols: [SymbolSet]
    /// Positions that may be the first, the last, and those that may follow each position.
    let first: PositionSet
    let last: PositionSet
    let following: [PositionSet]

    /// More positions are a mistake, such as `(a{100}){100}`.
    static let mostPositions = 1000

    /// Reads an expression.
    ///
    /// - Parameters:
    ///   - text: The expression.
    ///   - ignoresCase: Whether ASCII letters match in any case.
    /// - Throws: ``ExpressionError`` with the place of what is wrong.
    package init(_ text: String, ignoresCase: Bool = false) throws(ExpressionError) {
        var parser = RegularExpressionParser(text, ignoresCase: ignoresCase)
        var builder = AutomatonBuilder()
        let whole = builder.build(try parser.all())
        matchesEmpty = whole.isNullable
        first = whole.first
        last = whole.last
        symbols = builder.symbols
        following = builder.following
    }
}
