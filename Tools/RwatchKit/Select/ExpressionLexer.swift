/// Takes an expression apart.
struct ExpressionLexer {
    /// A longer expression is a mistake.
    static let longest = 64 << 10

    private let source: String
    private let bytes: [UInt8]
    private var index = 0

    init(_ source: String) {
        self.source = source
        bytes = Array(source.utf8)
    }

    /// All pieces, with one that marks the end.
    mutating func all() throws(ExpressionError) -> [ExpressionToken] {
        guard bytes.count <= Self.longest else {
            throw ExpressionError("the expression is too long", in: "", at: 0)
        }
        var tokens: [ExpressionToken] = []
        while true {
            while index < bytes.count, Self.isBlank(bytes[index]) { index += 1 }
            guard index < bytes.count else { break }
            tokens.append(try next())
        }
        tokens.append(ExpressionToken(kind: .end, text: [], start: bytes.count, end: bytes.count))
        return tokens
    }

    private mutating func next() throws(ExpressionError) -> ExpressionToken {
        let start = index
        let byte = bytes[index]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return try string(byte) }
        for symbol in ["!=", "<=", ">=", "=~", "==", "(", ")", "[", "]", ",", "=", "<", ">", "~"]
        where bytes[index...].starts(with: symbol.utf8) {
            index += symbol.utf8.count
            let text = symbol == "==" ? "=" : symbol
            return ExpressionToken(kind: .symbol, text: Array(text.utf8), start: start, end: index)
        }
        guard byte != UInt8(ascii: "!") else {
            throw ExpressionError("'!' stands in '!=' alone; write 'not'", in: source, at: start)
        }
        while index < bytes.count, !Self.endsWord(bytes[index]) { index += 1 }
        return ExpressionToken(kind: .word, text: Array(bytes[start..<index]), start: start, end: index)
    }

    private mutating func string(_ quote: UInt8) throws(ExpressionError) -> ExpressionToken {
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != quote {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.count else { throw ExpressionError("this quote is not closed", in: source, at: start) }
        index += 1
        return ExpressionToken(kind: .string, text: Array(bytes[(start + 1)..<(index - 1)]), start: start, end: index)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte >= 0x09 && byte <= 0x0D }

    private static func endsWord(_ byte: UInt8) -> Bool { isBlank(byte) || "()[],=!<>~\"'".utf8.contains(byte) }
}
