/// What the mirror knows of a name: on which links it is, and how far each can be relied on.
struct MirrorName {
    enum Phase {
        /// The link does not have the name.
        case absent
        /// The link has it, but the other began earlier, and this one may still repeat what came before, or be late
        /// with it.
        case joining
        /// What this link receives first waits for the other, and only for that.
        case inStep
        /// What this link receives first is delivered.
        case full
        /// The link is all there is, and may be far behind: what it receives is left out until it has answered a PING.
        case recovering
    }

    struct LinkState {
        var phase = Phase.absent
        /// When the link began to join.
        var since: ContinuousClock.Instant
        /// It is all there is, and may still be late with what another link had delivered.
        var isLate = false

        var isJoining: Bool { phase == .joining || phase == .inStep }
        var mayBeBehind: Bool { isJoining || isLate }
    }

    let name: RedisGap.Name
    /// Tells this use of a number from earlier ones.
    let generation: UInt32
    /// For the digests of its messages. Who publishes does not know it, and cannot make two messages look alike.
    let seed: UInt64
    var links: MirrorPair<LinkState>
    /// When a message was last found to be equal to one that had come shortly before.
    var repeatedAt: ContinuousClock.Instant?
    /// When a link received the last message.
    var lastAt: ContinuousClock.Instant?
    /// The loss of which a gap has told already that counting does not tell equal messages apart.
    var reportedLoss: UInt32?
    /// Each node tells this name's messages of itself, so that those of one link only are taken.
    let isServers: Bool

    init(_ name: RedisGap.Name, generation: UInt32, seed: UInt64, isServers: Bool, at now: ContinuousClock.Instant) {
        self.name = name
        self.generation = generation
        self.seed = seed
        self.isServers = isServers
        links = MirrorPair(LinkState(since: now), LinkState(since: now))
    }

    /// The link that has had the name longest.
    var owner: MirrorSide {
        let (first, second) = (links.first, links.second)
        guard first.phase == .full else { return .second }
        return second.phase == .full && second.since < first.since ? .second : .first
    }
}

/// The names by their numbers.
struct MirrorNames {
    private var entries: [MirrorName?] = []
    private var free: [UInt32] = []
    private var generation: UInt32 = 0

    var indices: Range<Int> { entries.indices }

    subscript(number: Int) -> MirrorName? {
        _read { yield entries[number] }
        _modify { yield &entries[number] }
    }

    mutating func insert(_ make: (_ generation: UInt32) -> MirrorName) -> Int {
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

/// What links have received first and the other link has to receive too before it is delivered, by digest. A digest
/// stands for messages of one name, and one link only is ahead with it.
struct MirrorHeld<Message> {
    struct Entry {
        var number: UInt64
        var name: UInt32
        var side: MirrorSide
        var bytes: Int
        /// What a link received before it was in step is not kept.
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

    /// The other link has received the oldest message of a digest too, or will not receive it.
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

    /// Keeps the places of the messages of a digest, and not the messages.
    mutating func discardMessages(_ key: UInt64) {
        for index in entries[key]?.indices ?? 0..<0 {
            bytes -= entries[key]?[index].bytes ?? 0
            entries[key]?[index].bytes = 0
            entries[key]?[index].message = nil
        }
    }

    /// The digests of what a link has received first of some names.
    func keys(of side: MirrorSide, where isMeant: (_ name: Int) -> Bool) -> [UInt64] {
        if entries.isEmpty { return [] }
        return entries.filter { $0.value.first.map { $0.side == side && isMeant(Int($0.name)) } ?? false }.map(\.key)
    }
}
