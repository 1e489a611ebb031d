/// Where the messages of each channel wait, for `latestPerChannel`. It never searches: each step costs the same,
/// however much waits.
///
/// Entries are not removed when their message is delivered or dropped; the caller says which positions still hold a
/// message. Stale entries are the oldest of their queue, so skipping one costs no more than adding it.
struct ChannelIndex: Sendable {
    /// A channel as one subscription sees it.
    struct Channel: Hashable, Sendable {
        var kind: UInt8
        /// The pattern; empty where there is none.
        var pattern: RedisBytes
        var name: RedisBytes
    }

    /// A record's position: the number of its segment since the mailbox began, and the index in the segment.
    struct Position: Sendable {
        var segment: Int
        var record: Int
    }

    private var waiting: [Channel: Queue<Position>] = [:]
    /// Messages that are outdated because a later message of their channel came, in the order in which that happened.
    private var outdated = Queue<Position>()
    /// How many messages were added, stale entries included.
    private(set) var noted = 0
    /// The bytes of the names in this index, including channels of which nothing waits any more.
    private(set) var nameBytes = 0

    /// Adds a message that was queued. The bytes of `channel` may belong to memory that is freed soon.
    mutating func note(_ channel: Channel, at position: Position) {
        noted += 1
        if let index = waiting.index(forKey: channel) {
            if let last = waiting.values[index].peekLast({ copy $0 }) { outdated.append(last) }
            waiting.values[index].append(position)
        } else {
            var kept = channel
            kept.pattern = RedisBytes(kept.pattern.bytes)
            kept.name = RedisBytes(kept.name.bytes)
            nameBytes += kept.pattern.count + kept.name.count
            waiting[kept, default: Queue()].append(position)
        }
    }

    /// Takes the oldest waiting message of a channel.
    mutating func takeOldest(of channel: Channel, _ isWaiting: (Position) -> Bool) -> Position? {
        guard let index = waiting.index(forKey: channel) else { return nil }
        while let position = waiting.values[index].popFirst() {
            if isWaiting(position) { return position }
        }
        return nil
    }

    /// Takes the message that has been outdated for the longest time.
    mutating func takeOutdated(_ isWaiting: (Position) -> Bool) -> Position? {
        while let position = outdated.popFirst() {
            if isWaiting(position) { return position }
        }
        return nil
    }
}
