/// What a cache holds, and which of the reads that are under way may still be stored. Pure.
///
/// A read may be stored when nothing was heard about its key since it began, and all that was to be heard was. Then whatever
/// changes the key behind the read is heard behind the fill, and removes it; whatever was heard before the read had been
/// changed before, so that the read has it.
package struct TicketedEntries<Value> {
    /// What a read has to show when it comes back.
    package struct Stub: Sendable, Hashable {
        fileprivate let epoch: UInt64
        fileprivate let change: UInt64
    }

    /// The reads of one key that are under way.
    private struct Reads {
        var count = 0
        /// Grows with each change that is heard of.
        var change: UInt64 = 0
    }

    private let prefixes: [RedisBytes]
    /// A half of what may be held.
    private let half: Int
    /// What was used since `older` was full, and what was before: whatever nobody has used for that long goes.
    private var recent: [RedisBytes: Value] = [:]
    private var older: [RedisBytes: Value] = [:]
    /// What went since `takeRetired`.
    private var retired: [[RedisBytes: Value]] = []
    private var reads: [RedisBytes: Reads] = [:]
    /// Grows whenever all is void.
    private var epoch: UInt64 = 0
    /// Whether invalidations are heard.
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

    /// The values that are not held any more, for the caller to let go of.
    package mutating func takeRetired() -> [[RedisBytes: Value]] {
        if retired.isEmpty { return [] }
        return exchange(&retired, with: [])
    }

    /// A read begins. `nil` when it can never be stored: nobody tells of that key, or nobody tells of any.
    package mutating func begin(_ key: RedisBytes) -> Stub? {
        guard isHeard, prefixes.isEmpty || prefixes.contains(where: { key.starts(with: $0) }) else { return nil }
        reads[key, default: Reads()].count += 1
        return Stub(epoch: epoch, change: reads[key]?.change ?? 0)
    }

    /// Stores the value of a read, if it may be; returns whether it was.
    package mutating func fill(_ key: RedisBytes, _ stub: Stub?, _ value: Value) -> Bool {
        guard isHeard, let stub, stub.epoch == epoch, let reads = reads[key], stub.change == reads.change else {
            return false
        }
        store(value, for: key)
        return true
    }

    /// A read is over, stored or not.
    package mutating func end(_ key: RedisBytes) {
        guard let count = reads[key]?.count, count > 1 else { return reads[key] = nil }
        reads[key]?.count = count - 1
    }

    /// A key has changed.
    package mutating func changed(_ key: RedisBytes) {
        retire(recent.removeValue(forKey: key), key)
        retire(older.removeValue(forKey: key), key)
        if reads[key] != nil { reads[key]?.change += 1 }
    }

    /// Anything may have changed; and what changes from now on is heard of, or is not.
    package mutating func allChanged(isHeard: Bool? = nil) {
        epoch += 1
        retired += [exchange(&recent, with: [:]), exchange(&older, with: [:])].filter { !$0.isEmpty }
        if let isHeard { self.isHeard = isHeard }
    }
}
