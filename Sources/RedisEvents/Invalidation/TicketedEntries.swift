/// The entries of a cache, and which of the current reads may still be stored. Pure.
///
/// A read may be stored when no invalidation of its key came since it began and none can have been missed. If the key
/// changes after the read, the invalidation comes after the value was stored, and removes it. If an invalidation came
/// before the read, the change was made before, so that the read has it.
package struct TicketedEntries<Value> {
    /// The state of a read at its beginning, to be checked at its end.
    package struct Stub: Sendable, Hashable {
        fileprivate let epoch: UInt64
        fileprivate let change: UInt64
    }

    /// The current reads of one key.
    private struct Reads {
        var count = 0
        /// Grows with each invalidation.
        var change: UInt64 = 0
    }

    private let prefixes: [RedisBytes]
    /// Half of the most entries that may be held.
    private let half: Int
    /// The entries that were used since `older` was full, and those that were used before. Entries that nobody has used
    /// for that long are removed.
    private var recent: [RedisBytes: Value] = [:]
    private var older: [RedisBytes: Value] = [:]
    /// The entries that were removed since `takeRetired`.
    private var retired: [[RedisBytes: Value]] = []
    private var reads: [RedisBytes: Reads] = [:]
    /// Grows whenever all entries become invalid.
    private var epoch: UInt64 = 0
    /// Whether invalidations come.
    package private(set) var isHeard = false

    /// Holds at most `limit` entries, and at least one.
    package init(prefixes: [RedisBytes], limit: Int) {
        self.prefixes = prefixes
        half = max(1, limit / 2)
    }

    package var count: Int { recent.count + older.count }

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
    package mutating func begin(_ key: RedisBytes) -> Stub? {
        guard isHeard, prefixes.isEmpty || prefixes.contains(where: { key.starts(with: $0) }) else { return nil }
        reads[key, default: Reads()].count += 1
        return Stub(epoch: epoch, change: reads[key]?.change ?? 0)
    }

    /// Stores the value of a read, if that is allowed. Returns whether it was stored.
    package mutating func fill(_ key: RedisBytes, _ stub: Stub?, _ value: Value) -> Bool {
        guard isHeard, let stub, stub.epoch == epoch, let reads = reads[key], stub.change == reads.change else {
            return false
        }
        store(value, for: key)
        return true
    }

    /// Ends a read, whether it was stored or not.
    package mutating func end(_ key: RedisBytes) {
        guard let count = reads[key]?.count, count > 1 else { return reads[key] = nil }
        reads[key]?.count = count - 1
    }

    /// Notes that a key has changed.
    package mutating func changed(_ key: RedisBytes) {
        retire(recent.removeValue(forKey: key), key)
        retire(older.removeValue(forKey: key), key)
        if reads[key] != nil { reads[key]?.change += 1 }
    }

    /// Notes that any key may have changed. `isHeard` says whether further changes are reported.
    package mutating func allChanged(isHeard: Bool? = nil) {
        epoch += 1
        retired += [exchange(&recent, with: [:]), exchange(&older, with: [:])].filter { !$0.isEmpty }
        if let isHeard { self.isHeard = isHeard }
    }
}
