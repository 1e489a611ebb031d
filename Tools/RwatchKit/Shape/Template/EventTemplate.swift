/// What `--format` says: the text of an event with places for its fields.
package struct EventTemplate: Sendable {
    /// A field of an event.
    enum Field: Sendable {
        case time
        case unixTime
        case node
        case database
        case client
        case clientName
        case user
        case kind
        case command
        case key
        case arguments
        case line
        case channel
        case pattern
        case event
        case payload
        case quoted
        case length
        case hexadecimal
        case base64
        case json
        case embeddedJSON
    }

    /// How a field is padded and cut.
    struct Layout: Sendable, Equatable {
        var isLeft = false
        var hasZeros = false
        /// The least number of columns.
        var width = 0
        /// The greatest number of columns.
        var precision = Int.max
    }

    /// A piece of the text.
    enum Piece: Sendable {
        case text([UInt8])
        case field(Field, Layout)
        /// A letter of `strftime`.
        case clock(UInt8)
        case nanoseconds
    }

    let pieces: [Piece]
    /// Whether the places of keys in commands must be known.
    let needsKeys: Bool
    /// Whether the names of clients must be known.
    let needsNames: Bool
    /// Whether the users of clients must be known.
    let needsUsers: Bool

    /// A format that writes nothing.
    static let empty = EventTemplate()

    private init() {
        pieces = []
        needsKeys = false
        needsNames = false
        needsUsers = false
    }

    /// Reads a format.
    ///
    /// - Parameters:
    ///   - text: The format.
    ///   - stream: Whose events it is for, which decides about the letters.
    /// - Throws: ``ExpressionError`` with the place of what is wrong.
    package init(_ text: String, for stream: EventStreamKind) throws(ExpressionError) {
        var parser = TemplateParser(text, stream)
        pieces = try parser.all()
        let fields = pieces.compactMap { piece in if case .field(let field, _) = piece { field } else { nil } }
        needsKeys = stream == .commands && fields.contains(.key)
        needsNames = fields.contains(.clientName)
        needsUsers = fields.contains(.user)
    }

    /// The letters for fields, by the stream whose events have them.
    package static func letters(of stream: EventStreamKind) -> [Character] { fields(of: stream).map(\.letter) }

    static func fields(of stream: EventStreamKind) -> [(letter: Character, field: Field)] {
        let common: [(Character, Field)] = [("t", .time), ("T", .unixTime), ("s", .node), ("k", .kind)]
        let last: [(Character, Field)] = [("l", .length), ("L", .line), ("j", .json)]
        let own: [(Character, Field)] =
            switch stream {
            case .commands:
                [
                    ("d", .database), ("a", .client), ("n", .clientName), ("u", .user), ("C", .command), ("K", .key),
                    ("A", .arguments),
                ]
            case .messages:
                [
                    ("c", .channel), ("P", .pattern), ("p", .payload), ("q", .quoted), ("x", .hexadecimal),
                    ("b", .base64), ("J", .embeddedJSON),
                ]
            case .entries:
                [("K", .channel), ("i", .pattern), ("A", .payload), ("J", .embeddedJSON)]
            case .keyEvents:
                [
                    ("d", .database), ("e", .event), ("K", .key), ("q", .quoted), ("x", .hexadecimal), ("b", .base64),
                ]
            }
        return (common + own + last).map { (letter: $0.0, field: $0.1) }
    }
}
