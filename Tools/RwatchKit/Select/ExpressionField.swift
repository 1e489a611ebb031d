/// A field of an event in an expression.
enum ExpressionField: Sendable, Equatable {
    case command
    case key
    case keyCount
    case argument(Int)
    case argumentCount
    case client
    case clientName
    case user
    case database
    case size
    case channel
    case pattern
    case payload
    case kind
    case event
    case node
    case isFromScript
    case json([JSONScan.Step])
    /// The id of an entry.
    case identifier
    /// A field of an entry, and a part of its value, if that is JSON.
    case value([UInt8], [JSONScan.Step])
    /// The event's line as text, which `-i` and `-e` look at.
    case line

    /// How its values are compared.
    enum Shape {
        case text
        case number
        case flag
        case json
    }

    var shape: Shape {
        switch self {
        case .command, .key, .argument, .client, .clientName, .user, .channel, .pattern, .payload, .kind, .event, .node,
            .line, .identifier:
            .text
        case .keyCount, .argumentCount, .database, .size: .number
        case .isFromScript: .flag
        case .json, .value: .json
        }
    }

    /// The fields with a plain name, by the stream whose events have them.
    static func plain(of stream: EventStreamKind) -> [(name: String, field: ExpressionField)] {
        switch stream {
        case .commands:
            [
                ("cmd", .command), ("key", .key), ("keys", .keyCount), ("args", .argumentCount), ("client", .client),
                ("client.name", .clientName), ("user", .user), ("db", .database), ("size", .size),
                ("lua", .isFromScript), ("kind", .kind), ("node", .node),
            ]
        case .messages:
            [
                ("channel", .channel), ("pattern", .pattern), ("payload", .payload), ("size", .size), ("kind", .kind),
                ("node", .node),
            ]
        case .entries:
            [("stream", .channel), ("id", .identifier), ("size", .size), ("kind", .kind)]
        case .keyEvents:
            [("key", .key), ("event", .event), ("db", .database), ("kind", .kind), ("node", .node)]
        }
    }
}
