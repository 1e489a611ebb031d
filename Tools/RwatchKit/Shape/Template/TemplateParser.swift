import RedisRESP

/// Reads the text of `--format`: `%` before the letter of a field, `@` before one of `strftime`, and escapes.
struct TemplateParser {
    private static let mostColumns = 1000
    private static let clockLetters = Set("aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ".utf8)

    private let source: String
    private let bytes: [UInt8]
    private let stream: EventStreamKind
    private var index = 0
    private var text: [UInt8] = []
    private var pieces: [EventTemplate.Piece] = []

    init(_ source: String, _ stream: EventStreamKind) {
        self.source = source
        bytes = Array(source.utf8)
        self.stream = stream
    }

    /// Reads all of it.
    mutating func all() throws(ExpressionError) -> [EventTemplate.Piece] {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "%"): try readField()
            case UInt8(ascii: "@"): try readClock()
            case UInt8(ascii: "\\"): try readEscape()
            default: text.append(byte)
            }
        }
        endText()
        return pieces
    }

    private mutating func endText() {
        if !text.isEmpty { pieces.append(.text(text)) }
        text = []
    }

    private func mistake(_ words: String, at offset: Int) -> ExpressionError {
        ExpressionError(words, in: source, at: offset)
    }

    /// The character at a place, for an error.
    private func character(at offset: Int) -> Character {
        String(decoding: bytes[offset...].prefix(8), as: UTF8.self).first ?? " "
    }

    private mutating func readField() throws(ExpressionError) {
        let start = index - 1
        if index < bytes.count, bytes[index] == UInt8(ascii: "%") {
            index += 1
            return text.append(UInt8(ascii: "%"))
        }
        var layout = EventTemplate.Layout()
        while index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "0") {
            if bytes[index] == UInt8(ascii: "-") { layout.isLeft = true } else { layout.hasZeros = true }
            index += 1
        }
        layout.width = try readNumber() ?? 0
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            layout.precision = try readNumber() ?? 0
        }
        guard index < bytes.count else {
            throw mistake("a letter is missing behind this '%'; write %% for it", at: start)
        }
        let letter = character(at: index)
        guard let field = EventTemplate.fields(of: stream).first(where: { $0.letter == letter })?.field else {
            let known = EventTemplate.letters(of: stream).map(String.init).joined(separator: " ")
            throw mistake("unknown letter '\(letter)' behind '%' (known: \(known) %)", at: index)
        }
        index += letter.utf8.count
        endText()
        pieces.append(.field(field, layout))
    }

    private mutating func readNumber() throws(ExpressionError) -> Int? {
        let start = index
        var value = 0
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 {
            value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            guard value <= Self.mostColumns else {
                throw mistake("a width or a precision is at most \(Self.mostColumns)", at: start)
            }
            index += 1
        }
        return index > start ? value : nil
    }

    private mutating func readClock() throws(ExpressionError) {
        guard index < bytes.count else {
            throw mistake("a letter of strftime is missing behind this '@'; write @@ for it", at: index - 1)
        }
        let letter = bytes[index]
        if letter == UInt8(ascii: "@") {
            text.append(letter)
        } else {
            endText()
            if letter == UInt8(ascii: "N") {
                pieces.append(.nanoseconds)
            } else if Self.clockLetters.contains(letter) {
                pieces.append(.clock(letter))
            } else {
                throw mistake("'\(character(at: index))' is no letter of strftime, nor N for nanoseconds", at: index)
            }
        }
        index += 1
    }

    private mutating func readEscape() throws(ExpressionError) {
        let start = index - 1
        guard let (byte, end) = TextEscape.read(bytes, at: start) else {
            throw mistake("this is none of the escapes \(TextEscape.known)", at: start)
        }
        text.append(byte)
        index = end
    }
}

/// The escapes in texts of the command line.
enum TextEscape {
    static let known = #"\n \r \t \a \0 \e \\ \xHH"#

    /// The byte that the escape at `start` stands for, and where it ends; `nil` if it is none.
    static func read(_ bytes: [UInt8], at start: Int) -> (byte: UInt8, end: Int)? {
        guard start + 1 < bytes.count else { return nil }
        let byte: UInt8
        switch bytes[start + 1] {
        case UInt8(ascii: "n"): byte = 0x0a
        case UInt8(ascii: "r"): byte = 0x0d
        case UInt8(ascii: "t"): byte = 0x09
        case UInt8(ascii: "a"): byte = 0x07
        case UInt8(ascii: "0"): byte = 0
        case UInt8(ascii: "e"): byte = 0x1b
        case UInt8(ascii: "\\"): byte = UInt8(ascii: "\\")
        case UInt8(ascii: "x"):
            guard start + 3 < bytes.count, let high = bytes[start + 2].hexadecimalValue,
                let low = bytes[start + 3].hexadecimalValue
            else { return nil }
            return (high << 4 | low, start + 4)
        default: return nil
        }
        return (byte, start + 2)
    }

    /// The bytes of a text with escapes.
    ///
    /// - Throws: ``ExpressionError`` with the place of an escape that is none.
    static func bytes(_ text: String) throws(ExpressionError) -> [UInt8] {
        let source = Array(text.utf8)
        var (bytes, index) = ([UInt8](), 0)
        while index < source.count {
            guard source[index] == UInt8(ascii: "\\") else {
                bytes.append(source[index])
                index += 1
                continue
            }
            guard let (byte, end) = read(source, at: index) else {
                throw ExpressionError("this is none of the escapes \(known)", in: text, at: index)
            }
            bytes.append(byte)
            index = end
        }
        return bytes
    }
}
