import RedisRESP

extension EventReader {
    /// Writes the line of an event into `text`, as it is printed, without the line feed.
    mutating func writeText(_ event: borrowing SelectedEvent) {
        text.removeAll()
        switch event.kind {
        case .command: text.append(event.content)
        case .message:
            EventText.message(at: event.time, channel: event.name, payload: event.content, to: &text)
        case .patternMessage:
            EventText.patternMessage(
                at: event.time,
                pattern: event.pattern,
                channel: event.name,
                payload: event.content,
                to: &text
            )
        case .shardMessage:
            EventText.shardMessage(at: event.time, channel: event.name, payload: event.content, to: &text)
        case .replayed:
            EventText.replayed(at: event.time, channel: event.name, payload: event.content, to: &text)
        case .entry:
            EventText.entry(
                at: event.time,
                stream: event.name,
                id: event.pattern,
                fields: event.content,
                to: &text
            )
        case .key:
            EventText.keyEvent(
                at: event.time,
                database: event.database,
                event: event.name,
                key: event.content,
                to: &text
            )
        }
        if event.kind != .command { text.rewind(to: text.count - 1) }
    }
}

extension SelectedEvent.Kind {
    /// The kind as JSON has it.
    var name: [UInt8] {
        switch self {
        case .command: Self.commandName
        case .message: Self.messageName
        case .patternMessage: Self.patternMessageName
        case .shardMessage: Self.shardMessageName
        case .replayed: Self.replayedName
        case .key: Self.keyName
        case .entry: Self.entryName
        }
    }

    private static let commandName = Array("command".utf8)
    private static let messageName = Array("message".utf8)
    private static let patternMessageName = Array("pmessage".utf8)
    private static let shardMessageName = Array("smessage".utf8)
    private static let replayedName = Array("replayed".utf8)
    private static let keyName = Array("key".utf8)
    private static let entryName = Array("entry".utf8)
}
