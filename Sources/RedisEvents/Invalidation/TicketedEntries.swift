/// The entries of a cache, with the tickets of those that are being read. Pure.
package struct TicketedEntries<Value> {
    package typealias Stub = ReadTickets.Stub

    private var tickets: ReadTickets
    /// Half of the most entries that may be held.
    private let half: Int
    /// The entries that were used since `older` was full, and those that were used before. Entries that nobody has used
    /// for that long are removed.
    private var recent: [RedisBytes: Value] = [:]
    private var older: [RedisBytes: Value] = [:]
    /// The entries that were removed since `takeRetired`.
    private var retired: [[RedisBytes: Value]] = []
    /// Whether the link brings invalidations, as far as its events were read.
    package private(set) var linkIsUp = true

    /// Holds at most `limit` entries, or two where that is less.
    package init(prefixes: [RedisBytes], limit: Int) {
        tickets = ReadTickets(prefixes: prefixes)
        half = max(1, limit / 2)
    }

    package var count: Int { recent.count + older.count }

    /// Whether invalidations come.
    package var isHeard: Bool { tickets.isHeard }

    package mutating func value(of key: RedisBytes) -> Value? {
        if let value = recent[key] { return value }
        guard let value = older.removeValue(forKey: key) else { return nil }
        store(value, for: key)
        return value
    }

    private mutating func store(_ value: Value, for key: RedisBytes) {
        if recent.count >= half, recent[key] == nil {
            retired.append(older)
            older = recent
            recent = [:]
        }
        retire(older.removeValue(forKey: key), key)
        retire(recent.updateValue(value, forKey: key), key)
    }

    private mutating func retire(_ value: Value?, _ key: RedisBytes) {
        if let value { retired.append([key: value]) }
    }

    /// Takes the removed values, so that the caller releases them.
    package mutating func takeRetired() -> [[RedisBytes: Value]] {
        if retired.isEmpty { return [] }
        return exchange(&retired, with: [])
    }

    /// Begins a read. Returns `nil` when it can never be stored, because changes of that key, or of any key, are not
    /// reported.
    package mutating func begin(_ key: RedisBytes) -> Stub? { tickets.begin(key) }

    /// Stores the value of a read, if that is allowed. Returns whether it was stored.
    package mutating func fill(_ key: RedisBytes, _ stub: Stub?, _ value: Value) -> Bool {
        guard tickets.mayStore(key, stub) else { return false }
        store(value, for: key)
        return true
    }

    /// Ends a read, whether it was stored or not.
    package mutating func end(_ key: RedisBytes) { tickets.end(key) }

    /// Notes that a key has changed.
    package mutating func changed(_ key: RedisBytes) {
        retire(recent.removeValue(forKey: key), key)
        retire(older.removeValue(forKey: key), key)
        tickets.changed(key)
    }

    /// Notes that the link was lost, or that it brings invalidations again. That stays known between two readers, of
    /// whom the first may have taken the events that say so.
    package mutating func linkChanged(isUp: Bool) {
        linkIsUp = isUp
        allChanged(isHeard: isUp)
    }

    /// Notes that any key may have changed. `isHeard` says whether further changes are reported.
    package mutating func allChanged(isHeard: Bool? = nil) {
        tickets.allChanged(isHeard: isHeard)
        retired += [exchange(&recent, with: [:]), exchange(&older, with: [:])].filter { !$0.isEmpty }
    }
}
