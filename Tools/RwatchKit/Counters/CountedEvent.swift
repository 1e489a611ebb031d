import RedisRESP

/// An event as it is counted. Its bytes lie where they were read.
struct CountedEvent: ~Escapable {
    enum Kind: Int, Sendable, CaseIterable {
        case command
        case message
        case patternMessage
        case shardMessage
        case key

        /// The kind as JSON has it.
        var name: String {
            switch self {
            case .command: "command"
            case .message: "message"
            case .patternMessage: "pmessage"
            case .shardMessage: "smessage"
            case .key: "key"
            }
        }
    }

    let kind: Kind
    /// In microseconds since the epoch.
    let time: Int64
    /// The name of a command in lower case, the channel of a message, or the name of a key event.
    let name: RawSpan
    /// The first key of a command, or that of a key event.
    let key: RawSpan
    /// Whether there is a key: one may be empty.
    let hasKey: Bool
    /// The pattern that a message came by.
    let pattern: RawSpan
    /// The client that sent a command; empty for a script.
    let client: RawSpan
    /// The client's user, where it is known.
    let user: RawSpan
    /// The server; empty where there is only one.
    let node: RawSpan
    /// The database; `nil` where there is none.
    let database: Int?
    /// How many bytes the arguments of a command have without its name, the payload of a message, or the key.
    let size: Int

    @_lifetime(copy name, copy key, copy pattern, copy client, copy user, copy node)
    init(
        _ kind: Kind,
        at time: Int64,
        name: RawSpan,
        key: RawSpan = RawSpan(),
        hasKey: Bool = false,
        pattern: RawSpan = RawSpan(),
        client: RawSpan = RawSpan(),
        user: RawSpan = RawSpan(),
        node: RawSpan = RawSpan(),
        database: Int? = nil,
        size: Int
    ) {
        self.kind = kind
        self.time = time
        self.name = name
        self.key = key
        self.hasKey = hasKey
        self.pattern = pattern
        self.client = client
        self.user = user
        self.node = node
        self.database = database
        self.size = size
    }
}
