/// The parts of the name of a channel for keyspace events: `__keyspace@<database>__:<key>`, where the payload is the
/// event's name, or `__keyevent@<database>__:<event>`, where the payload is the key.
package struct KeyspaceChannel: Hashable, Sendable {
    /// Which of the two families a channel belongs to.
    package enum Family: Sendable, Hashable {
        case keyspace
        case keyevent

        /// The beginning of the family's channels.
        package var prefix: StaticString {
            switch self {
            case .keyspace: "__keyspace@"
            case .keyevent: "__keyevent@"
            }
        }
    }

    package let family: Family
    package let database: Int
    /// Where the key or the event's name begins: after the first `__:`, because the key itself may contain anything.
    package let start: Int

    /// `nil` for a name of another form: anybody may publish to any channel, and later servers may have more families.
    package init?(_ channel: RawSpan) {
        let length = 11
        guard channel.byteCount > length else { return nil }
        let head = channel.extracting(first: length)
        if head.equals(Family.keyspace.prefix) {
            family = .keyspace
        } else if head.equals(Family.keyevent.prefix) {
            family = .keyevent
        } else {
            return nil
        }
        var index = length
        var number = 0
        while index < channel.byteCount, case let byte = channel.byte(at: index), byte >= 0x30 && byte <= 0x39 {
            number = number * 10 + Int(byte - 0x30)
            index += 1
            // This is more than the number of databases of any server, and the number has to fit into a record.
            guard number <= Int(UInt32.max) else { return nil }
        }
        guard index > length, index + 3 <= channel.byteCount,
            channel.extracting(index..<(index + 3)).equals("__:")
        else { return nil }
        database = number
        start = index + 3
    }
}
