/// A piece of an expression.
struct ExpressionToken: Equatable {
    enum Kind: Equatable {
        /// A field, a number, a word such as `and`, or a text without quotes.
        case word
        /// A text in quotes.
        case string
        /// One of `( ) [ ] , = != < <= > >= ~ =~`.
        case symbol
        case end
    }

    var kind: Kind
    /// Its bytes; those between the quotes of a text, with the escapes that they had.
    var text: [UInt8]
    /// Where it begins, in bytes.
    var start: Int
    /// Where it ends.
    var end: Int

    /// The text for messages and for names of fields.
    var shown: String { String(decoding: text, as: UTF8.self) }

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == Array(symbol.utf8) }

    /// Whether this is a keyword, in any case of its letters.
    func isWord(_ word: String) -> Bool { kind == .word && shown.lowercased() == word }
}
