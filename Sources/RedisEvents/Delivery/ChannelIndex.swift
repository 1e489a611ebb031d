/// Where the messages of each channel wait, for `latestPerChannel`. It never looks for anything: each step costs the
/// same however much waits.
///
/// Its entries are not removed when a message is delivered or dropped; whoever asks says which positions still hold
/// one. All that has gone stale is oldest in its queue, so that skipping it costs no more than having noted it.
struct ChannelIndex: Sendable {
    /// A channel as one subscription sees it.
    struct Channel: Hashable, Sendable {
        var kind: UInt8
        /// Empty where there is none.
        var pattern: RedisBytes
        var name: RedisBytes
    }

    /// A record's place: the segment, counted since the mailbox began, and the index in it.
    struct Position: Sendable {
        var segment: Int
        var record: Int
    }

    private var waiting: [Channel: Queue<Position>] = [:]
    /// Messages that a later one of their channel has put out of date, in the order in which that happened.
    private var outdated = Queue<Position>()
    /// How many messages were noted, stale ones included.
    private(set) var noted = 0
    /// The bytes of the names that are kept here, those of channels of which nothing waits any more included.
    private(set) var nameBytes = 0

    /// A message was queued. `channel` may point into memory that is given up soon.
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

    /// Takes out the oldest message of a channel that still waits.
    mutating func takeOldest(of channel: Channel, _ isWaiting: (Position) -> Bool) -> Position? {
        guard let index = waiting.index(forKey: channel) else { return nil }
        while let position = waiting.values[index].popFirst() {
            if isWaiting(position) { return position }
        }
        return nil
    }

    /// Takes out the message that has been out of date for the longest time.
    mutating func takeOutdated(_ isWaiting: (Position) -> Bool) -> Position? {
        while let position = outdated.popFirst() {
            if isWaiting(position) { return position }
        }
        return nil
    }
}
