/// The name of a channel that tells of keys, taken apart: `__keyspace@<database>__:<key>`, where the payload is the event's
/// name, or `__keyevent@<database>__:<event>`, where it is the key.
package struct KeyspaceChannel: Hashable, Sendable {
    /// Which of the two a channel is.
    package enum Family: Sendable, Hashable {
        case keyspace
        case keyevent

        /// What the channels begin with.
        package var prefix: StaticString {
            switch self {
            case .keyspace: "__keyspace@"
            case .keyevent: "__keyevent@"
            }
        }
    }

    package let family: Family
    package let database: Int
    /// Where the key or the event's name begins: behind the first `__:`, for it may hold anything itself.
    package let start: Int

    /// `nil` for a name of another shape: anybody may publish anything, and later servers have more families.
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
            // More than any server's number of databases, and it has to fit a record.
            guard number <= Int(UInt32.max) else { return nil }
        }
        guard index > length, index + 3 <= channel.byteCount,
            channel.extracting(index..<(index + 3)).equals("__:")
        else { return nil }
        database = number
        start = index + 3
    }
}
