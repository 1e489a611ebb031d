import RedisEvents

extension EventText {
    /// A message of any kind.
    static func append(_ view: borrowing PubSub.MessageView, to buffer: inout OutputBuffer) {
        let time = view.receivedAt.microseconds
        switch view.kind {
        case .message: message(at: time, channel: view.channel, payload: view.payload, to: &buffer)
        case .smessage: shardMessage(at: time, channel: view.channel, payload: view.payload, to: &buffer)
        case .pmessage:
            patternMessage(at: time, pattern: view.pattern, channel: view.channel, payload: view.payload, to: &buffer)
        }
    }
}

extension EventJSON {
    /// A message of any kind; `node` is a field with a comma in front, or empty.
    static func append(_ view: borrowing PubSub.MessageView, node: [UInt8], to buffer: inout OutputBuffer) {
        let time = view.receivedAt.microseconds
        switch view.kind {
        case .message: message(at: time, node: node, channel: view.channel, payload: view.payload, to: &buffer)
        case .smessage: shardMessage(at: time, node: node, channel: view.channel, payload: view.payload, to: &buffer)
        case .pmessage:
            patternMessage(
                at: time,
                node: node,
                pattern: view.pattern,
                channel: view.channel,
                payload: view.payload,
                to: &buffer
            )
        }
    }
}
