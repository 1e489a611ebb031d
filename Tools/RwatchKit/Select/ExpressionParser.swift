/// Reads an expression:
///
///     or         = and { "or" and }
///     and        = not { "and" not }
///     not        = [ "not" ] ( "(" or ")" | comparison )
///     comparison = field [ operator value | [ "not" ] "in" "(" value { "," value } ")" ]
struct ExpressionParser {
    /// Parentheses and `not` inside each other.
    private static let deepest = 64
    /// The values of one `in`, and the regular expressions of one expression.
    private static let mostValues = 1000

    private let source: String
    private let stream: EventStreamKind
    private let tokens: [ExpressionToken]
    private var position = 0
    private var depth = 0
    private(set) var patterns: [RegularExpression] = []
    private(set) var needsKeys = false
    private(set) var needsNames = false
    private(set) var needsUsers = false

    init(_ source: String, for stream: EventStreamKind) throws(ExpressionError) {
        self.source = source
        self.stream = stream
        var lexer = ExpressionLexer(source)
        tokens = try lexer.all()
    }

    /// Reads all of it.
    mutating func all() throws(ExpressionError) -> Expression {
        let expression = try readOr()
        guard token.kind == .end else {
            throw mistake(token.isSymbol(")") ? "this ')' closes nothing" : "'and' or 'or' is missing before this")
        }
        return expression
    }

    private var token: ExpressionToken { tokens[position] }

    private mutating func advance() { position = min(position + 1, tokens.count - 1) }

    private func mistake(_ words: String, at offset: Int? = nil) -> ExpressionError {
        ExpressionError(words, in: source, at: offset ?? token.start)
    }

    private mutating func readOr() throws(ExpressionError) -> Expression {
        var parts = [try readAnd()]
        while token.isWord("or") {
            advance()
            parts.append(try readAnd())
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func readAnd() throws(ExpressionError) -> Expression {
        var parts = [try readNot()]
        while token.isWord("and") {
            advance()
            parts.append(try readNot())
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func readNot() throws(ExpressionError) -> Expression {
        guard depth < Self.deepest else { throw mistake("this is nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        if token.isWord("not") {
            advance()
            return .not(try readNot())
        }
        guard token.isSymbol("(") else { return try readComparison() }
        let start = token.start
        advance()
        let expression = try readOr()
        guard token.isSymbol(")") else {
            throw token.kind == .end
                ? mistake("this '(' is not closed", at: start) : mistake("'and', 'or' or ')' is missing before this")
        }
        advance()
        return expression
    }

    private mutating func readComparison() throws(ExpressionError) -> Expression {
        let name = token
        let field = try readField()
        if field == .key || field == .keyCount, stream == .commands { needsKeys = true }
        if field == .clientName { needsNames = true }
        if field == .user { needsUsers = true }
        if token.isWord("in") || token.isWord("not") && tokens[min(position + 1, tokens.count - 1)].isWord("in") {
            let isNegated = token.isWord("not")
            if isNegated { advance() }
            advance()
            let values = try readList(of: field)
            return .test(field, isNegated ? .isNoneOf(values) : .isOneOf(values))
        }
        guard token.kind == .symbol, ["=", "!=", "<", "<=", ">", ">=", "~", "=~"].contains(token.shown) else {
            if field.shape == .flag { return .test(field, .isTrue) }
            throw mistake("'\(name.shown)' needs an operator: = != < <= > >= ~ =~ or in")
        }
        let symbol = token
        advance()
        switch symbol.shown {
        case "=": return .test(field, .isOneOf([try readValue(of: field)]))
        case "!=": return .test(field, .isNoneOf([try readValue(of: field)]))
        case "<": return .test(field, .isLess(try readNumber(of: field, symbol)))
        case "<=": return .test(field, .isAtMost(try readNumber(of: field, symbol)))
        case ">": return .test(field, .isGreater(try readNumber(of: field, symbol)))
        case ">=": return .test(field, .isAtLeast(try readNumber(of: field, symbol)))
        default: return .test(field, try readPattern(of: field, symbol))
        }
    }

    private mutating func readList(of field: ExpressionField) throws(ExpressionError) -> [ExpressionValue] {
        guard token.isSymbol("(") else { throw mistake("'in' needs values in parentheses: in (a, b)") }
        advance()
        var values: [ExpressionValue] = []
        while true {
            guard values.count < Self.mostValues else { throw mistake("there are too many values") }
            values.append(try readValue(of: field))
            if token.isSymbol(")") { break }
            guard token.isSymbol(",") else { throw mistake("',' or ')' is missing before this") }
            advance()
        }
        advance()
        return values
    }

    private mutating func takeValue() throws(ExpressionError) -> ExpressionToken {
        let value = token
        guard value.kind == .word || value.kind == .string else { throw mistake("a value is missing here") }
        advance()
        return value
    }

    private mutating func readValue(of field: ExpressionField) throws(ExpressionError) -> ExpressionValue {
        let token = try takeValue()
        var value = ExpressionValue(bytes: token.text, isQuoted: token.kind == .string)
        if value.isQuoted { value.bytes = try unescaped(token) }
        switch field.shape {
        case .number: value.integer = try integer(token, of: field)
        case .flag:
            guard token.isWord("true") || token.isWord("false") else {
                throw mistake("this is either true or false", at: token.start)
            }
            value.integer = token.isWord("true") ? 1 : 0
        case .text, .json:
            if field == .command { value.bytes = value.bytes.map(ASCIICase.lowered) }
            if field == .client { value.clients = ClientPattern(String(decoding: value.bytes, as: UTF8.self)) }
        }
        return value
    }

    /// A value to compare by order: a number, because texts have none here.
    private mutating func readNumber(
        of field: ExpressionField,
        _ symbol: ExpressionToken
    ) throws(ExpressionError) -> ExpressionValue {
        guard field.shape != .flag else {
            throw mistake("'\(symbol.shown)' compares numbers, and this field is true or false", at: symbol.start)
        }
        let token = try takeValue()
        var value = ExpressionValue(bytes: token.text, isQuoted: false)
        if field.shape == .number {
            value.integer = try integer(token, of: field)
        } else if !DecimalText.isNumber(token.text.rawSpan) {
            throw mistake("'\(symbol.shown)' compares numbers, and this is none", at: token.start)
        }
        return value
    }

    private func integer(_ token: ExpressionToken, of field: ExpressionField) throws(ExpressionError) -> Int {
        if field == .size, token.kind == .word, let size = try? ByteSizeText.parse(token.shown) { return size }
        let isPlain = token.kind == .word && token.text.count <= 18 && token.text.allSatisfy { $0 &- 0x30 < 10 }
        guard isPlain, let value = Int(token.shown) else {
            let words = field == .size ? "this is not a size (examples: 512, 10k, 1mb)" : "this is not a number"
            throw mistake(words, at: token.start)
        }
        return value
    }

    private mutating func readPattern(
        of field: ExpressionField,
        _ symbol: ExpressionToken
    ) throws(ExpressionError) -> ExpressionTest {
        guard field.shape == .text || field.shape == .json else {
            throw mistake("'\(symbol.shown)' compares texts, and this field is none", at: symbol.start)
        }
        let token = try takeValue()
        var bytes: [UInt8] = []
        // Backslashes belong to the pattern; only that before the quote itself does not.
        for (index, byte) in token.text.enumerated() {
            let isBeforeQuote =
                token.kind == .string && byte == UInt8(ascii: "\\") && index + 1 < token.text.count
                && (token.text[index + 1] == UInt8(ascii: "\"") || token.text[index + 1] == UInt8(ascii: "'"))
            if !isBeforeQuote { bytes.append(byte) }
        }
        guard symbol.shown == "=~" else {
            return .matchesGlob(GlobPatterns([field == .command ? bytes.map(ASCIICase.lowered) : bytes]))
        }
        guard patterns.count < Self.mostValues else { throw mistake("there are too many values", at: token.start) }
        do throws(ExpressionError) {
            patterns.append(
                try RegularExpression(String(decoding: bytes, as: UTF8.self), ignoresCase: field == .command)
            )
        } catch {
            throw mistake(error.message, at: token.start + (token.kind == .string ? 1 : 0) + error.offset)
        }
        return .matchesPattern(patterns.count - 1)
    }

    /// The bytes of a text in quotes, whose escapes are those that lines are printed with.
    private func unescaped(_ token: ExpressionToken) throws(ExpressionError) -> [UInt8] {
        var (bytes, index) = ([UInt8](), 0)
        while index < token.text.count {
            if token.text[index] == UInt8(ascii: "\\"), index + 1 < token.text.count,
                token.text[index + 1] == UInt8(ascii: "'")
            {
                bytes.append(UInt8(ascii: "'"))
                index += 2
                continue
            }
            guard let (value, next) = ExpressionEscape.decode(token.text, at: index) else {
                throw mistake(
                    "this escape is unknown (known: \\\\ \\\" \\' \\n \\r \\t \\a \\b \\xHH)",
                    at: token.start + 1 + index
                )
            }
            bytes.append(value)
            index = next
        }
        return bytes
    }
}

extension ExpressionParser {
    private mutating func readField() throws(ExpressionError) -> ExpressionField {
        let name = token
        guard name.kind == .word else {
            throw mistake(name.kind == .end ? "a condition is missing here" : "a field is missing here")
        }
        advance()
        let word = name.shown
        if word == "json" || word.hasPrefix("json.") {
            guard stream == .messages else { throw unknown(name) }
            return .json(try readPath(name))
        }
        if word == "field" || word.hasPrefix("field.") {
            guard stream == .entries else { throw unknown(name) }
            let path = try readPath(name, from: 5)
            guard case .member(let first)? = path.first else { throw mistake("the name of a field is missing here") }
            return .value(first, Array(path.dropFirst()))
        }
        if word == "args", token.isSymbol("["), token.start == name.end {
            guard stream == .commands else { throw unknown(name) }
            return .argument(try readIndex())
        }
        guard let found = ExpressionField.plain(of: stream).first(where: { $0.name == word.lowercased() }) else {
            throw unknown(name)
        }
        return found.field
    }

    /// Reads `[12]`.
    private mutating func readIndex() throws(ExpressionError) -> Int {
        advance()
        let number = token
        guard number.kind == .word, number.text.count <= 9, number.text.allSatisfy({ $0 &- 0x30 < 10 }),
            let index = Int(number.shown)
        else { throw mistake("a position is missing here; the first is 0") }
        advance()
        guard token.isSymbol("]") else { throw mistake("']' is missing here") }
        advance()
        return index
    }

    /// Reads what follows `json`: `.user.items[0]["odd name"]`.
    private mutating func readPath(
        _ name: ExpressionToken,
        from start: Int = 4
    ) throws(ExpressionError) -> [JSONScan.Step] {
        var steps = try members(of: name, from: start)
        var end = name.end
        while token.start == end {
            if token.isSymbol("[") {
                let inside = tokens[min(position + 1, tokens.count - 1)]
                if inside.kind == .string {
                    advance()
                    steps.append(.member(try unescaped(inside)))
                    advance()
                    guard token.isSymbol("]") else { throw mistake("']' is missing here") }
                    advance()
                } else {
                    steps.append(.element(try readIndex()))
                }
            } else if token.kind == .word, token.text.first == UInt8(ascii: ".") {
                steps += try members(of: token, from: 0)
                advance()
            } else {
                break
            }
            end = tokens[position - 1].end
        }
        return steps
    }

    /// The names in `.user.id`, from a byte of the word on.
    private func members(of word: ExpressionToken, from start: Int) throws(ExpressionError) -> [JSONScan.Step] {
        guard start < word.text.count else { return [] }
        var (steps, place) = ([JSONScan.Step](), start + 1)
        for part in word.text[(start + 1)...].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard !part.isEmpty else { throw mistake("a name is missing here", at: word.start + place) }
            steps.append(.member(Array(part)))
            place += part.count + 1
        }
        return steps
    }

    private func unknown(_ name: ExpressionToken) -> ExpressionError {
        var known = ExpressionField.plain(of: stream).map(\.name)
        if stream == .commands { known.append("args[N]") }
        if stream == .messages { known.append("json.NAME") }
        if stream == .entries { known.append("field.NAME") }
        let near = Suggestion.closest(to: name.shown, among: known)
        let hint = near.map { "; did you mean '\($0)'?" } ?? " (known: \(known.joined(separator: ", ")))"
        return mistake("unknown field '\(name.shown)'\(hint)", at: name.start)
    }
}
