import RedisReactor

/// What is wrong in an expression, and where.
package struct ExpressionError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, in words.
    package let message: String
    /// The text with the mistake.
    package let text: String
    /// The mistake's place, in bytes of the text.
    package let offset: Int

    init(_ message: String, in text: String, at offset: Int) {
        self.message = message
        self.text = text
        self.offset = offset
    }

    /// The message, the text, and a caret under the place.
    package var description: String { "\(message)\n\(place)" }

    /// The text, and below it a caret under the place.
    package var place: String {
        // One column for each character; what has no column of its own is shown as a blank.
        var (column, bytes) = (0, 0)
        for character in text where bytes < offset {
            bytes += character.utf8.count
            column += 1
        }
        let shown = String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 }).shown(upTo: 4096)
        return "  \(shown)\n  \(String(repeating: " ", count: column))^"
    }
}
