import RedisRESP

/// Events as JSON, for those of which something is left out or written otherwise than usual.
enum JSONForm {
    /// Appends an event and a line feed.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - node: What names its server: a member with a comma before it, or nothing.
    ///   - binary: How bytes that are not UTF-8 are written.
    ///   - embedding: Whether a payload that is JSON is not put into a string.
    ///   - lines: Converts the lines of commands.
    ///   - buffer: Where to.
    /// - Returns: Whether a command could be read.
    @discardableResult
    static func append(
        _ event: borrowing SelectedEvent,
        _ node: [UInt8],
        _ binary: BinaryStyle,
        embedding: Bool = false,
        _ lines: inout MonitorLineJSON,
        to buffer: inout OutputBuffer
    ) -> Bool {
        let (time, content) = (event.time, event.content)
        switch event.kind {
        case .command:
            return lines.append(
                line: content,
                node: node,
                receivedAt: time,
                client: event.client,
                isFromScript: event.isFromScript,
                to: &buffer
            )
        case .message:
            EventJSON.begin("{\"v\":1,\"kind\":\"message\",\"ts\":", at: time, node: node, to: &buffer)
        case .patternMessage:
            EventJSON.begin("{\"v\":1,\"kind\":\"pmessage\",\"ts\":", at: time, node: node, to: &buffer)
            buffer.append(UInt8(ascii: ","))
            buffer.append(jsonField: "pattern", event.pattern, binary)
        case .shardMessage:
            EventJSON.begin("{\"v\":1,\"kind\":\"smessage\",\"ts\":", at: time, node: node, to: &buffer)
        case .replayed:
            EventJSON.begin("{\"v\":1,\"kind\":\"replayed\",\"ts\":", at: time, node: node, to: &buffer)
        case .entry:
            EntryJSON.append(event, node, binary, embedding: embedding, to: &buffer)
            return true
        case .key:
            EventJSON.keyEvent(
                at: time,
                node: node,
                database: event.database,
                event: event.name,
                key: content,
                binary,
                to: &buffer
            )
            return true
        }
        EventJSON.finish(event.name, content, &buffer, binary: binary, embedding: embedding)
        return true
    }
}
