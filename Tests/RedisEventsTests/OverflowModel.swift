import RedisEvents

/// What a mailbox does, written down as simply as possible: one list, looked through from the start for every question.
struct OverflowModel {
    struct Entry {
        var id: Int
        var channel: String
        var size: Int
        /// What the event comes out as when it is not dropped.
        var told: String
        /// A link event, which is never dropped.
        var isKept = false
        /// The drop record in the place of the event.
        var drop: RedisDrop?
        /// What `dropOldest` has passed over waits beside the queue.
        var isBeside = false

        var cost: Int { size + MemoryLayout<Record>.stride }
    }

    let rule: OverflowRule
    let limit: RedisBufferLimit
    private(set) var entries: [Entry] = []
    private(set) var hasFailed = false
    /// The read in which it failed is over: nothing is taken any more.
    private var isOver = false
    private(set) var dropped = RedisDrop(count: 0, bytes: 0)
    init(rule: OverflowRule, limit: RedisBufferLimit) {
        self.rule = rule
        self.limit = limit
    }

    private var counted: [Entry] { entries.filter { $0.drop == nil && !$0.isBeside } }

    private func fits(_ entry: Entry) -> Bool {
        if rule == .pauseReading { return true }
        let bytes = counted.reduce(0) { $0 + $1.cost }
        return counted.count < limit.events && bytes + entry.cost <= limit.bytes
    }

    mutating func add(_ entry: Entry) {
        if isOver || hasFailed && entry.isKept { return count(entry) }
        if entry.isKept { return entries.append(entry) }
        if hasFailed { return dropArriving(entry) }
        switch rule {
        case .dropOldest, .pauseReading:
            entries.append(entry)
        case .dropNewest:
            if fits(entry) { entries.append(entry) } else { dropArriving(entry) }
        case .fail:
            if !fits(entry) { hasFailed = true }
            if hasFailed { dropArriving(entry) } else { entries.append(entry) }
        case .latestPerChannel:
            makeRoom(for: entry)
            if fits(entry) { entries.append(entry) } else { dropArriving(entry) }
        }
    }

    /// Adds an event that was dropped on its way. It leaves a drop record, whatever waits.
    mutating func addDropped(_ entry: Entry) {
        if isOver { count(entry) } else { dropArriving(entry) }
    }

    /// A read is over: only then the oldest are dropped.
    mutating func readEnded() {
        isOver = hasFailed
        guard rule == .dropOldest else { return }
        while counted.count > limit.events || counted.reduce(0, { $0 + $1.cost }) > limit.bytes {
            guard let index = entries.firstIndex(where: { $0.drop == nil && !$0.isBeside }) else { return }
            if entries[index].isKept { entries[index].isBeside = true } else { drop(at: index) }
        }
    }

    private mutating func makeRoom(for entry: Entry) {
        guard entry.cost <= limit.bytes, limit.events > 0 else { return }
        while !fits(entry) {
            let waiting = entries.filter { $0.drop == nil && !$0.isKept }
            // The channel's oldest; then what has been out of date longest; then the oldest.
            let chosen =
                waiting.first { $0.channel == entry.channel } ?? firstOutdated(waiting) ?? waiting.first
            guard let chosen, let index = entries.firstIndex(where: { $0.id == chosen.id && $0.drop == nil }) else {
                return
            }
            drop(at: index)
        }
    }

    /// Ids grow in the order of arrival, and a message is out of date from the next one of its channel on.
    private func firstOutdated(_ waiting: [Entry]) -> Entry? {
        waiting.enumerated()
            .compactMap { index, entry -> (by: Int, Entry)? in
                waiting[(index + 1)...].first { $0.channel == entry.channel }.map { ($0.id, entry) }
            }
            .min { $0.by < $1.by }?.1
    }

    private mutating func dropArriving(_ entry: Entry) {
        entries.append(entry)
        drop(at: entries.count - 1)
    }

    private mutating func drop(at index: Int) {
        count(entries[index])
        entries[index].drop = RedisDrop(count: 1, bytes: entries[index].size)
    }

    /// Nobody gets it; it counts all the same.
    private mutating func count(_ entry: Entry) {
        dropped = RedisDrop(count: dropped.count + 1, bytes: dropped.bytes + entry.size)
    }

    /// Takes that many events off, and what stands before them.
    mutating func take(_ number: Int) -> [Told] {
        var told: [Told] = []
        var left = number
        while let first = entries.first, first.drop != nil || first.isBeside || left > 0 {
            if first.drop == nil && !first.isBeside { left -= 1 }
            told.append(first.drop.map { .drop($0) } ?? .event(first.told))
            entries.removeFirst()
        }
        return told
    }
}

/// An event that a mailbox delivers.
enum Told: Equatable {
    case event(String)
    case drop(RedisDrop)
}

extension [Told] {
    /// With drops that stand side by side as one.
    var joined: [Told] {
        reduce(into: []) { result, next in
            if case .drop(let drop) = next, case .drop(let last)? = result.last {
                result[result.count - 1] = .drop(
                    RedisDrop(count: last.count + drop.count, bytes: last.bytes + drop.bytes)
                )
            } else {
                result.append(next)
            }
        }
    }
}
