/// The subscriptions of one family by name. Names are found by borrowed bytes, so that a message's channel is looked up
/// without copying it from the read buffer.
///
/// The state that a message needs of its name is in arrays of plain numbers, and the bytes of all names are in one
/// array. There may be a million names, and a lookup neither counts references nor follows pointers.
package struct NameTable {
    /// The state of a name.
    package struct State {
        /// What the user requested last.
        package var isWanted = false
        /// What the server confirmed last on the current link.
        package var isConfirmed = false
        /// What the server confirmed last on any link, because a lost link is not an unsubscribe.
        package var isSubscribed = false
        /// Whether the name is missing on this link and counted as such.
        var isRestoring = false
        /// The number of commands on the wire that contain the name.
        package var inFlight: Int32 = 0
        /// The number of its handler; 0 for none.
        package var handler: UInt32 = 0
        package var inlineHandler: InlineHandler?
        /// Callers that wait for the next confirmation.
        var waiters: [SubscriptionMachine.Ticket] = []
    }

    fileprivate struct Key: BitwiseCopyable {
        var hash: UInt32
        /// The handler number of the name's state.
        var handler: UInt32 = 0
        /// The number of the name's inline handler in this table; 0 for none.
        var inline: UInt32 = 0
        /// Where the name begins in `bytes`.
        var start: Int
        var length: Int

        var range: Range<Int> { start..<(start &+ length) }
    }

    /// Slots hold an index into the other arrays plus one; 0 means free. Linear probing, at most half full.
    private var slots: [UInt32]
    fileprivate private(set) var keys: [Key] = []
    fileprivate private(set) var states: [State] = []
    private var inlineHandlers = InlineHandlers()
    /// When the last message of each name came. Empty while nobody needs it.
    private var lastMessages: [PackedInstant?] = []
    /// The bytes of the names, and unused bytes of removed names.
    fileprivate private(set) var bytes: [UInt8] = []
    private var unusedBytes = 0
    /// How many entries are subscribed.
    package private(set) var subscribedCount = 0
    private let seed: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        slots = Array(repeating: 0, count: 16)
    }

    var isEmpty: Bool { keys.isEmpty }

    /// The names, with their states.
    package var entries: Entries { Entries(table: self) }

    /// The index of a name's entry. Indices are valid until an entry is removed.
    package func index(of name: RawSpan) -> Int? { lookup.index(of: name) }

    /// Changes the state of a name.
    package mutating func update<Result>(_ index: Int, _ body: (inout State) -> Result) -> Result {
        let before = states[index].isSubscribed
        defer {
            subscribedCount += (states[index].isSubscribed ? 1 : 0) - (before ? 1 : 0)
            keys[index].handler = states[index].handler
            keys[index].inline = inlineHandlers.replace(keys[index].inline, by: states[index].inlineHandler)
        }
        return body(&states[index])
    }

    /// The index of a name's entry, which is made if there is none.
    package mutating func insert(_ name: RedisBytes) -> Int {
        if let index = index(of: name.rawSpan) { return index }
        if (keys.count + 1) * 2 > slots.count { grow() }
        keys.append(Key(hash: hash(of: name.rawSpan), start: bytes.count, length: name.count))
        bytes.append(name.rawSpan)
        states.append(State())
        if !lastMessages.isEmpty { lastMessages.append(nil) }
        place(keys.count - 1)
        return keys.count - 1
    }

    /// Removes an entry. The last entry takes its index.
    package mutating func remove(at index: Int) {
        if states[index].isSubscribed { subscribedCount -= 1 }
        unusedBytes += keys[index].length
        _ = inlineHandlers.replace(keys[index].inline, by: nil)
        vacate(slotOf(index))
        let last = keys.count - 1
        if index != last {
            slots[slotOf(last)] = UInt32(index + 1)
            keys.swapAt(index, last)
            states.swapAt(index, last)
            if !lastMessages.isEmpty { lastMessages.swapAt(index, last) }
        }
        keys.removeLast()
        states.removeLast()
        if !lastMessages.isEmpty { lastMessages.removeLast() }
        if unusedBytes > 4096, unusedBytes * 2 > bytes.count { compact() }
    }

    /// Notes that messages of these names came.
    package mutating func noteMessages(_ indices: [Int], at instant: ContinuousClock.Instant) {
        if lastMessages.isEmpty { lastMessages = Array(repeating: nil, count: keys.count) }
        let packed = PackedInstant(instant)
        for index in indices { lastMessages[index] = packed }
    }

    /// When the last message of a name came; `nil` when there was none, or nobody needed it.
    package func lastMessage(_ index: Int) -> ContinuousClock.Instant? {
        lastMessages.isEmpty ? nil : lastMessages[index]?.instant
    }

    private func hash(of name: RawSpan) -> UInt32 { UInt32(truncatingIfNeeded: name.hash(seed: seed)) }

    private func slot(for hash: UInt32) -> Int { Int(hash) & (slots.count - 1) }

    private func slotOf(_ index: Int) -> Int {
        var slot = self.slot(for: keys[index].hash)
        while slots[slot] != UInt32(index + 1) { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private mutating func place(_ index: Int) {
        var slot = self.slot(for: keys[index].hash)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
    }

    /// Frees a slot and moves the entries behind it up, so that no search ends too early.
    private mutating func vacate(_ freed: Int) {
        var hole = freed
        var slot = (hole + 1) & (slots.count - 1)
        while slots[slot] != 0 {
            let home = self.slot(for: keys[Int(slots[slot]) - 1].hash)
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
        for index in keys.indices { place(index) }
    }

    /// Removes the unused bytes between the names.
    private mutating func compact() {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count - unusedBytes)
        for index in keys.indices {
            let start = kept.count
            kept += bytes[keys[index].range]
            keys[index].start = start
        }
        bytes = kept
        unusedBytes = 0
    }
}

// MARK: - Looking up

extension NameTable {
    /// The table as it is now, for many lookups.
    package var lookup: Lookup {
        @_lifetime(borrow self)
        get {
            Lookup(
                slots: slots.span,
                keys: keys.span,
                inlineHandlers: inlineHandlers.entries.span,
                bytes: bytes.span.rawBytes,
                seed: seed
            )
        }
    }

    package struct Lookup: ~Escapable {
        private let slots: Span<UInt32>
        private let keys: Span<Key>
        private let inlineHandlers: Span<InlineHandlers.Entry>
        private let bytes: RawSpan
        private let seed: UInt64

        @_lifetime(copy slots, copy keys, copy inlineHandlers, copy bytes)
        fileprivate init(
            slots: Span<UInt32>,
            keys: Span<Key>,
            inlineHandlers: Span<InlineHandlers.Entry>,
            bytes: RawSpan,
            seed: UInt64
        ) {
            self.slots = slots
            self.keys = keys
            self.inlineHandlers = inlineHandlers
            self.bytes = bytes
            self.seed = seed
        }

        @inline(__always)
        func index(of name: RawSpan) -> Int? {
            let hash = UInt32(truncatingIfNeeded: name.hash(seed: seed))
            var slot = Int(hash) & (slots.count - 1)
            while slots[slot] != 0 {
                let index = Int(slots[slot]) - 1
                let key = keys[index]
                if key.hash == hash && name.equals(bytes.part(key.range)) { return index }
                slot = (slot + 1) & (slots.count - 1)
            }
            return nil
        }

        /// The index of a name that probably follows the name that was looked up before.
        @inline(__always)
        private func index(of name: RawSpan, _ followers: inout Followers) -> Int? {
            let guess = followers.guess
            if guess < keys.count, name.equals(bytes.part(keys[guess].range)) {
                followers.last = guess
                return guess
            }
            guard let index = index(of: name) else { return nil }
            followers.note(index, of: keys.count)
            return index
        }

        /// The receivers of the messages of a name that probably follows the one before; `nil` for an unknown name.
        @inline(__always)
        package func find(_ name: RawSpan, _ followers: inout Followers) -> Found? {
            guard let index = index(of: name, &followers) else { return nil }
            return Found(index: index, handler: keys[index].handler, inline: keys[index].inline)
        }

        /// The inline handler of a number, which must not be 0.
        func inlineHandler(_ number: UInt32) -> InlineHandler? { inlineHandlers[Int(number) - 1].handler }
    }

    /// The receivers of a name's messages, as plain numbers, because holding a handler costs more than finding it.
    package struct Found: BitwiseCopyable {
        /// The index of the entry.
        package let index: Int
        /// The number of the name's handler; 0 for none.
        package let handler: UInt32
        /// The number of the name's inline handler; 0 for none.
        package let inline: UInt32
    }

    /// The inline handlers of a table's names. Each is stored once, for any number of names.
    fileprivate struct InlineHandlers {
        struct Entry {
            var handler: InlineHandler?
            var names = 0
        }

        /// The handlers; the index is the number minus one.
        private(set) var entries: [Entry] = []
        private var numbers: [ObjectIdentifier: UInt32] = [:]
        private var unused: [UInt32] = []

        /// Gives a name `handler` in place of the one with the number `old`. Returns the number of `handler`.
        mutating func replace(_ old: UInt32, by handler: InlineHandler?) -> UInt32 {
            if old == 0 && handler == nil || old != 0 && entries[Int(old) - 1].handler === handler { return old }
            let number = handler.map { add($0) } ?? 0
            if number != 0 { entries[Int(number) - 1].names += 1 }
            if old != 0 { letGo(of: old) }
            return number
        }

        private mutating func add(_ handler: InlineHandler) -> UInt32 {
            if let number = numbers[ObjectIdentifier(handler)] { return number }
            let number = unused.popLast() ?? UInt32(entries.count + 1)
            if number > entries.count { entries.append(Entry()) }
            entries[Int(number) - 1].handler = handler
            numbers[ObjectIdentifier(handler)] = number
            return number
        }

        private mutating func letGo(of number: UInt32) {
            entries[Int(number) - 1].names -= 1
            guard entries[Int(number) - 1].names == 0, let handler = entries[Int(number) - 1].handler.take() else {
                return
            }
            numbers[ObjectIdentifier(handler)] = nil
            unused.append(number)
        }
    }

    /// Which name followed each name the last time, because publishers often publish in turns. If the guess is right, a
    /// lookup costs one comparison instead of a search.
    package struct Followers {
        package init() {}

        private var next: [UInt32] = []
        /// The entry that was found last.
        fileprivate var last = 0

        /// The entry that comes next if the order is as before. There is none if the index is not below the number of
        /// entries.
        @inline(__always)
        fileprivate var guess: Int { last < next.count ? Int(next[last]) : .max }

        fileprivate mutating func note(_ index: Int, of count: Int) {
            if next.count < count { next += Array(repeating: .max, count: count - next.count) }
            if last < next.count { next[last] = UInt32(index) }
            last = index
        }
    }
}

// MARK: - Entries

extension NameTable {
    /// A name and its state.
    @dynamicMemberLookup
    package struct Entry {
        fileprivate let bytes: [UInt8]
        fileprivate let range: Range<Int>
        fileprivate let state: State

        /// A copy of the name.
        package var name: RedisBytes { RedisBytes(Array(bytes[range])) }

        package subscript<Value>(dynamicMember path: KeyPath<State, Value>) -> Value { state[keyPath: path] }
    }

    package struct Entries: RandomAccessCollection {
        fileprivate let table: NameTable

        package var startIndex: Int { 0 }
        package var endIndex: Int { table.keys.count }

        package subscript(position: Int) -> Entry {
            Entry(bytes: table.bytes, range: table.keys[position].range, state: table.states[position])
        }
    }
}
