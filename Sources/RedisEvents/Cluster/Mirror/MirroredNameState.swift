/// The state of a mirrored name: which links have it, and how far each link can be relied on.
struct MirroredNameState {
    enum Phase {
        /// The link does not have the name.
        case absent
        /// The link has the name, but the other link began earlier. This link may repeat messages that came before, or
        /// be late with them.
        case joining
        /// Messages that this link receives first wait for the other link, and only for that link.
        case inStep
        /// Messages that this link receives first are delivered.
        case full
        /// The link is the only one, and may be far behind. Its messages are left out until it has answered a PING.
        case recovering
    }

    struct LinkState {
        var phase = Phase.absent
        /// When the link began to join.
        var since: ContinuousClock.Instant
        /// Whether the link is the only one and may still be late with messages that another link had delivered.
        var isLate = false

        var isJoining: Bool { phase == .joining || phase == .inStep }
        var mayBeBehind: Bool { isJoining || isLate }
    }

    let name: RedisGap.Name
    /// Distinguishes this use of the number from earlier uses.
    let generation: UInt32
    /// The seed for the digests of the name's messages. Publishers do not know it, so that nobody can make two messages
    /// look alike.
    let seed: UInt64
    var links: MirrorPair<LinkState>
    /// When a message was last found to be equal to a message shortly before it.
    var repeatedAt: ContinuousClock.Instant?
    /// When a link last received a message of the name.
    var lastAt: ContinuousClock.Instant?
    /// The number of the loss for which a gap has already reported that counting cannot distinguish equal messages.
    var reportedLoss: UInt32?
    /// Whether each node publishes to this name about itself, so that the messages of only one link are taken.
    let isServers: Bool

    init(_ name: RedisGap.Name, generation: UInt32, seed: UInt64, isServers: Bool, at now: ContinuousClock.Instant) {
        self.name = name
        self.generation = generation
        self.seed = seed
        self.isServers = isServers
        links = MirrorPair(LinkState(since: now), LinkState(since: now))
    }

    /// The link that has had the name for the longest time.
    var owner: MirrorSide {
        let (first, second) = (links.first, links.second)
        guard first.phase == .full else { return .second }
        return second.phase == .full && second.since < first.since ? .second : .first
    }
}

/// The names by their numbers.
struct MirroredNameStates {
    private var entries: [MirroredNameState?] = []
    private var free: [UInt32] = []
    private var generation: UInt32 = 0

    var indices: Range<Int> { entries.indices }

    subscript(number: Int) -> MirroredNameState? {
        _read { yield entries[number] }
        _modify { yield &entries[number] }
    }

    mutating func insert(_ make: (_ generation: UInt32) -> MirroredNameState) -> Int {
        generation &+= 1
        if let number = free.popLast() {
            entries[Int(number)] = make(generation)
            return Int(number)
        }
        entries.append(make(generation))
        return entries.count - 1
    }

    mutating func remove(_ number: Int) {
        entries[number] = nil
        free.append(UInt32(number))
    }
}

/// Messages that one link has received first and that wait for their copy on the other link, by digest. A digest
/// belongs to one name, and only one link is ahead with it.
struct MirrorHeld<Message> {
    struct Entry {
        var number: UInt64
        var name: UInt32
        var side: MirrorSide
        var bytes: Int
        /// `nil` for a message that the link received before it was in step.
        var message: Message?
    }

    private var entries: [UInt64: [Entry]] = [:]
    private var lastNumber: UInt64 = 0
    private(set) var bytes = 0

    mutating func add(_ message: Message, bytes: Int, _ side: MirrorSide, _ name: Int, _ key: UInt64) {
        lastNumber += 1
        self.bytes += bytes
        entries[key, default: []]
            .append(Entry(number: lastNumber, name: UInt32(name), side: side, bytes: bytes, message: message))
    }

    /// Removes the oldest message of a digest, because the other link has received it or will not receive it.
    mutating func removeFirst(_ key: UInt64) {
        guard let entry = entries[key]?.removeFirst() else { return }
        bytes -= entry.bytes
        if entries[key]?.isEmpty == true { entries[key] = nil }
    }

    mutating func remove(_ key: UInt64) -> [Entry] {
        let removed = entries.removeValue(forKey: key) ?? []
        for entry in removed { bytes -= entry.bytes }
        return removed
    }

    mutating func removeAll() -> [UInt64: [Entry]] {
        bytes = 0
        return exchange(&entries, with: [:])
    }

    /// Discards the messages of a digest, but keeps their places.
    mutating func discardMessages(_ key: UInt64) {
        for index in entries[key]?.indices ?? 0..<0 {
            bytes -= entries[key]?[index].bytes ?? 0
            entries[key]?[index].bytes = 0
            entries[key]?[index].message = nil
        }
    }

    /// The digests of the messages that a link has received first of some names.
    func keys(of side: MirrorSide, where isMeant: (_ name: Int) -> Bool) -> [UInt64] {
        if entries.isEmpty { return [] }
        return entries.filter { $0.value.first.map { $0.side == side && isMeant(Int($0.name)) } ?? false }.map(\.key)
    }
}
