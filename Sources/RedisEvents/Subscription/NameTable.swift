/// Subscriptions of one family by name. Found by borrowed bytes, so that a message's channel is looked up where it lies
/// in the read buffer.
package struct NameTable {
    /// One wanted or confirmed name.
    package struct Entry {
        // Of what there may be a million, each byte counts: a name has its array to itself, and begins at its first byte.
        private let nameBytes: [UInt8]
        fileprivate let hash: UInt32
        /// What the user asked for last.
        package var isWanted = false
        /// What the server confirmed last, on the current link.
        package var isConfirmed = false
        /// What the server confirmed last, on any link: losing a link is no unsubscribe.
        package var isSubscribed = false
        /// It is missing on this link, and counted as such.
        var isRestoring = false
        /// Commands on the wire that name it.
        package var inFlight: Int32 = 0
        /// The number of its handler; 0 for none.
        var handler: UInt32 = 0
        var inlineHandler: InlineHandler?
        /// Callers that wait for the next confirmation.
        var waiters: [SubscriptionMachine.Ticket] = []

        fileprivate init(name: RedisBytes, hash: UInt32) {
            nameBytes = name.ownBytes
            self.hash = hash
        }

        package var name: RedisBytes { RedisBytes(nameBytes) }

        @inline(__always)
        fileprivate func hasName(_ name: RawSpan) -> Bool { name.equals(nameBytes.span.rawBytes) }
    }

    /// Slots hold an index into `entries` plus one; 0 is free. Linear probing, at most half full.
    private var slots: [UInt32]
    package private(set) var entries: [Entry] = []
    /// How many entries are subscribed.
    package private(set) var subscribedCount = 0
    private let seed: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        slots = Array(repeating: 0, count: 16)
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The index of the entry with that name. Indices are good until an entry is removed.
    package func index(of name: RawSpan) -> Int? {
        guard !entries.isEmpty else { return nil }
        let hash = hash(of: name)
        var slot = self.slot(for: hash)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].hash == hash && entries[index].hasName(name) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The table as it is now, for many lookups: nothing of it is retained for any of them.
    var lookup: Lookup {
        @_lifetime(borrow self)
        get { Lookup(slots: slots.span, entries: entries.span, seed: seed) }
    }

    struct Lookup: ~Escapable {
        private let slots: Span<UInt32>
        private let entries: Span<Entry>
        private let seed: UInt64

        @_lifetime(copy slots, copy entries)
        fileprivate init(slots: Span<UInt32>, entries: Span<Entry>, seed: UInt64) {
            self.slots = slots
            self.entries = entries
            self.seed = seed
        }

        /// Who takes the messages of a name: its handler's number, and the handler that is called on the loop. Zero and none for
        /// a name that is not there.
        @inline(__always)
        func handler(of name: RawSpan) -> (number: UInt32, inline: InlineHandler?) {
            let hash = UInt32(truncatingIfNeeded: name.hash(seed: seed))
            var slot = Int(hash) & (slots.count - 1)
            while slots[slot] != 0 {
                let index = Int(slots[slot]) - 1
                if entries[index].hash == hash && entries[index].hasName(name) {
                    return (entries[index].handler, entries[index].inlineHandler)
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            return (0, nil)
        }
    }

    /// Changes an entry in place.
    package mutating func update<Result>(_ index: Int, _ body: (inout Entry) -> Result) -> Result {
        let before = entries[index].isSubscribed
        defer { subscribedCount += (entries[index].isSubscribed ? 1 : 0) - (before ? 1 : 0) }
        return body(&entries[index])
    }

    /// The index of the entry with that name, new if need be.
    package mutating func insert(_ name: RedisBytes) -> Int {
        if let index = index(of: name.rawSpan) { return index }
        if (entries.count + 1) * 2 > slots.count { grow() }
        entries.append(Entry(name: name, hash: hash(of: name.rawSpan)))
        place(entries.count - 1)
        return entries.count - 1
    }

    /// Removes an entry. The last one takes its index.
    package mutating func remove(at index: Int) {
        if entries[index].isSubscribed { subscribedCount -= 1 }
        vacate(slotOf(index))
        let last = entries.count - 1
        if index != last {
            slots[slotOf(last)] = UInt32(index + 1)
            entries.swapAt(index, last)
        }
        entries.removeLast()
    }

    private func hash(of name: RawSpan) -> UInt32 { UInt32(truncatingIfNeeded: name.hash(seed: seed)) }

    private func slot(for hash: UInt32) -> Int { Int(hash) & (slots.count - 1) }

    private func slotOf(_ index: Int) -> Int {
        var slot = self.slot(for: entries[index].hash)
        while slots[slot] != UInt32(index + 1) { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private mutating func place(_ index: Int) {
        var slot = self.slot(for: entries[index].hash)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
    }

    /// Frees a slot and moves those behind it up, so that no search ends too early.
    private mutating func vacate(_ freed: Int) {
        var hole = freed
        var slot = (hole + 1) & (slots.count - 1)
        while slots[slot] != 0 {
            let home = self.slot(for: entries[Int(slots[slot]) - 1].hash)
            let distance = (slot - home) & (slots.count - 1)
            if distance >= (slot - hole) & (slots.count - 1) {
                slots[hole] = slots[slot]
                hole = slot
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[hole] = 0
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        for index in entries.indices { place(index) }
    }
}
