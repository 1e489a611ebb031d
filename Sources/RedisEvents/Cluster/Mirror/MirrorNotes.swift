/// What one link has brought and the other has not yet: a balance for each digest, and the notes that make it up in the order
/// of their times.
///
/// Copies of equal messages cannot be told apart, so that the first that comes settles the oldest. Those of a joining link,
/// which are held back, are the youngest of their digest: it is full before it delivers.
struct MirrorNotes {
    struct Note {
        var key: UInt64
        var at: ContinuousClock.Instant
        /// The number of the name, and its generation.
        var name: UInt32
        var generation: UInt32
        /// The link that has brought it.
        var side: MirrorSide
    }

    private struct Balance {
        /// How many more the first link has brought; negative when it is the second.
        var lead: Int32 = 0
        /// How many of these were not delivered.
        var held: Int32 = 0
        /// The notes in the queues, settled ones too.
        var queued: Int32 = 0
        /// The number of the loss after which the oldest was brought.
        var loss: UInt32 = 0
    }

    enum Found {
        /// The other link has not brought it: it is noted.
        case nothing
        /// The other link had brought it, and it was delivered: after that many losses of that link.
        case delivered(loss: UInt32)
        /// The other link had brought it, and it was held back.
        case held
    }

    enum Fate {
        case settled, delivered, held
    }

    private var balances: [UInt64: Balance] = [:]
    private(set) var young = MirrorQueue()
    /// Overdue, and kept for a link that may be far behind.
    private(set) var old = MirrorQueue()

    var count: Int { young.count + old.count }

    /// A link has brought a message.
    mutating func bring(_ note: Note, isHeld: Bool, loss: UInt32) -> Found {
        let found = Self.bring(note.side, isHeld, loss, &balances[note.key, default: Balance()])
        switch found {
        case .nothing: young.append(note)
        case .delivered, .held: dropSettled()
        }
        return found
    }

    private static func bring(_ side: MirrorSide, _ isHeld: Bool, _ loss: UInt32, _ balance: inout Balance) -> Found {
        let sign: Int32 = side == .first ? 1 : -1
        let ahead = balance.lead * sign
        balance.lead += sign
        guard ahead < 0 else {
            balance.queued += 1
            if isHeld { balance.held += 1 }
            if ahead == 0 { balance.loss = loss }
            return .nothing
        }
        guard -ahead <= balance.held else { return .delivered(loss: balance.loss) }
        balance.held -= 1
        return .held
    }

    /// Notes whose other copy has come need not wait for their time.
    private mutating func dropSettled() {
        while let note = young.first, fate(note) == .settled { popYoung() }
        while let note = old.first, fate(note) == .settled { popOld() }
    }

    /// What the oldest note of its digest stands for.
    func fate(_ note: Note) -> Fate {
        guard let balance = balances[note.key], abs(balance.lead) >= balance.queued else { return .settled }
        return abs(balance.lead) == balance.held ? .held : .delivered
    }

    @discardableResult
    mutating func popYoung() -> Fate { young.popFirst().map { remove($0) } ?? .settled }

    @discardableResult
    mutating func popOld() -> Fate { old.popFirst().map { remove($0) } ?? .settled }

    /// The oldest note is kept although it is overdue.
    mutating func keepYoung() { if let note = young.popFirst() { old.append(note) } }

    /// Forgets what is overdue, as far as `body` says so.
    mutating func dropOld(where body: (Note) -> Bool) {
        var rest = MirrorQueue()
        while let note = old.popFirst() {
            if body(note) { _ = remove(note) } else { rest.append(note) }
        }
        old = rest
    }

    private mutating func remove(_ note: Note) -> Fate {
        guard let index = balances.index(forKey: note.key) else { return .settled }
        balances.values[index].queued -= 1
        let balance = balances.values[index]
        var fate = Fate.settled
        if abs(balance.lead) > balance.queued {
            fate = abs(balance.lead) == balance.held ? .held : .delivered
            balances.values[index].lead -= balance.lead.signum()
            if fate == .held { balances.values[index].held -= 1 }
        }
        if balance.queued == 0 { balances.remove(at: index) }
        return fate
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

/// Notes in order; the front is cleared in steps.
struct MirrorQueue {
    private var notes: [MirrorNotes.Note] = []
    private var head = 0

    var count: Int { notes.count - head }
    var first: MirrorNotes.Note? { head < notes.count ? notes[head] : nil }

    mutating func append(_ note: MirrorNotes.Note) { notes.append(note) }

    mutating func popFirst() -> MirrorNotes.Note? {
        guard head < notes.count else { return nil }
        let note = notes[head]
        head += 1
        if head == notes.count {
            notes.removeAll(keepingCapacity: head <= 1 << 14)
            head = 0
        } else if head >= 4096 && head * 2 >= notes.count {
            notes.removeFirst(head)
            head = 0
        }
        return note
    }
}
