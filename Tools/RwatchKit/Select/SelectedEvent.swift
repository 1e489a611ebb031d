import RedisCore
import RedisEvents
import RedisRESP

/// An event for the decision whether it is shown, and for what it is shown as. It still lies in the read buffer.
struct SelectedEvent: ~Escapable {
    enum Kind {
        case command
        case message
        case patternMessage
        case shardMessage
        /// A message that was read from the stream of its channel.
        case replayed
        case key
        case entry

        init(_ kind: PubSub.Message.Kind) {
            self =
                switch kind {
                case .message: .message
                case .pmessage: .patternMessage
                case .smessage: .shardMessage
                }
        }
    }

    let kind: Kind
    let node: NodeNumber
    /// In microseconds since the epoch; of a command the line tells it.
    let time: Int64
    /// The channel of a message, the name of a key event, or the stream of an entry.
    let name: RawSpan
    /// The pattern that a message came by, or the id of an entry.
    let pattern: RawSpan
    /// The line of a command, the payload of a message, the key of a key event, or the fields of an entry: names and
    /// values in quotes, as MONITOR writes arguments.
    let content: RawSpan
    /// The database of a key event.
    let database: Int
    /// The client of a command, if it is known.
    let client: KnownClient?
    /// Whether a command is a script's, though its line names the caller.
    let isFromScript: Bool

    @_lifetime(copy name, copy pattern, copy content)
    init(
        _ kind: Kind,
        node: NodeNumber,
        time: Int64 = 0,
        name: RawSpan,
        pattern: RawSpan,
        content: RawSpan,
        database: Int = 0,
        client: KnownClient? = nil,
        isFromScript: Bool = false
    ) {
        self.kind = kind
        self.node = node
        self.time = time
        self.name = name
        self.pattern = pattern
        self.content = content
        self.database = database
        self.client = client
        self.isFromScript = isFromScript
    }
}
