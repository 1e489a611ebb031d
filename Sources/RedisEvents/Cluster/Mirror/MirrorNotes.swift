/// What one link has received and the other has not yet: a balance for each digest, and the notes that make it up in
/// the order of their times.
///
/// Copies of equal messages cannot be told apart, so that the first that comes matches the oldest. Those of a joining
/// link, which are held back, are the youngest of their digest: it is full before it delivers.
struct MirrorNotes {
    struct Note {
        var key: UInt64
        var at: ContinuousClock.Instant
        /// The number of the name, and its generation.
        var name: UInt32
        var generation: UInt32
        /// The link that has received it.
        var side: MirrorSide
    }

    private struct Balance {
        /// How many more the first link has received; negative when it is the second.
        var lead: Int32 = 0
        /// How many of these were not delivered.
        var held: Int32 = 0
        /// The notes in the queues, matched ones too.
        var queued: Int32 = 0
        /// The number of the loss after which the oldest was received.
        var loss: UInt32 = 0
    }

    /// Whether the other link had received a message.
    enum Match {
        /// The other link has not received it: it is noted.
        case none
        /// The other link had received it, and it was delivered: after that many losses of that link.
        case delivered(loss: UInt32)
        /// The other link had received it, and it was held back.
        case held
    }

    /// What a note stands for: a message that both links have received by now, or one that was delivered, or held back.
    enum Status {
        case matched, delivered, held
    }

    private var balances: [UInt64: Balance] = [:]
    private(set) var recent = Queue<Note>()
    /// Overdue, and kept for a link that may be far behind.
    private(set) var overdue = Queue<Note>()

    var count: Int { recent.count + overdue.count }

    /// A link has received a message.
    mutating func add(_ note: Note, isHeld: Bool, loss: UInt32) -> Match {
        let match = Self.add(note.side, isHeld, loss, &balances[note.key, default: Balance()])
        switch match {
        case .none: recent.append(note)
        case .delivered, .held: dropMatched()
        }
        return match
    }

    private static func add(_ side: MirrorSide, _ isHeld: Bool, _ loss: UInt32, _ balance: inout Balance) -> Match {
        let sign: Int32 = side == .first ? 1 : -1
        let ahead = balance.lead * sign
        balance.lead += sign
        guard ahead < 0 else {
            balance.queued += 1
            if isHeld { balance.held += 1 }
            if ahead == 0 { balance.loss = loss }
            return .none
        }
        guard -ahead <= balance.held else { return .delivered(loss: balance.loss) }
        balance.held -= 1
        return .held
    }

    /// Notes whose other copy has come need not wait for their time.
    private mutating func dropMatched() {
        while let note = recent.first, status(note) == .matched { popRecent() }
        while let note = overdue.first, status(note) == .matched { popOverdue() }
    }

    /// What the oldest note of its digest stands for.
    func status(_ note: Note) -> Status {
        guard let balance = balances[note.key], abs(balance.lead) >= balance.queued else { return .matched }
        return abs(balance.lead) == balance.held ? .held : .delivered
    }

    @discardableResult
    mutating func popRecent() -> Status { recent.popFirst().map { remove($0) } ?? .matched }

    @discardableResult
    mutating func popOverdue() -> Status { overdue.popFirst().map { remove($0) } ?? .matched }

    /// The oldest note is kept although it is overdue.
    mutating func keepOverdue() { if let note = recent.popFirst() { overdue.append(note) } }

    /// Forgets what is overdue, as far as `body` says so.
    mutating func dropOverdue(where body: (Note) -> Bool) {
        var rest = Queue<Note>()
        while let note = overdue.popFirst() {
            if body(note) { _ = remove(note) } else { rest.append(note) }
        }
        overdue = rest
    }

    private mutating func remove(_ note: Note) -> Status {
        guard let index = balances.index(forKey: note.key) else { return .matched }
        balances.values[index].queued -= 1
        let balance = balances.values[index]
        var status = Status.matched
        if abs(balance.lead) > balance.queued {
            status = abs(balance.lead) == balance.held ? .held : .delivered
            balances.values[index].lead -= balance.lead.signum()
            if status == .held { balances.values[index].held -= 1 }
        }
        if balance.queued == 0 { balances.remove(at: index) }
        return status
    }

    /// Those that were held back are delivered now.
    mutating func deliverHeld(_ key: UInt64) { balances[key]?.held = 0 }

    /// Those that were held back, `count` of them, are as if they had not come.
    mutating func forgetHeld(_ key: UInt64, _ count: Int) {
        guard let balance = balances[key] else { return }
        balances[key]?.lead -= balance.lead.signum() * Int32(count)
        balances[key]?.held -= Int32(count)
    }
}
