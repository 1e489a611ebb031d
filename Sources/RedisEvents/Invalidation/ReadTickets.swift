/// Which of the current reads of a cache may be stored, and whether invalidations come. Pure.
///
/// A read may be stored when no invalidation of its key came since it began and none can have been missed. If the key
/// changes after the read, the invalidation comes after the value was stored, and removes it. If an invalidation came
/// before the read, the change was made before, so that the read has it.
package struct ReadTickets {
    /// The state of a read at its beginning, to be checked at its end.
    package struct Stub: Sendable, Hashable {
        fileprivate let epoch: UInt64
        fileprivate let change: UInt64
    }

    /// The current reads and writes of one key.
    private struct Uses {
        var reads = 0
        /// The writes of this process whose replies have not come yet.
        var writes = 0
        /// Grows with each invalidation, and with the end of each write.
        var change: UInt64 = 0
    }

    private let prefixes: [RedisBytes]
    private var uses: [RedisBytes: Uses] = [:]
    /// Grows whenever all entries become invalid.
    private var epoch: UInt64 = 0
    /// Whether invalidations come.
    package private(set) var isHeard = false

    /// Tickets for keys with these prefixes; none means all keys.
    package init(prefixes: [RedisBytes]) { self.prefixes = prefixes }

    /// Begins a read. Returns `nil` when it can never be stored, because changes of that key, or of any key, are not
    /// reported.
    package mutating func begin(_ key: RedisBytes) -> Stub? {
        guard isHeard, prefixes.isEmpty || prefixes.contains(where: { key.starts(with: $0) }) else { return nil }
        uses[key, default: Uses()].reads += 1
        return Stub(epoch: epoch, change: uses[key]?.change ?? 0)
    }

    /// Whether the value of a read may be stored now.
    package func mayStore(_ key: RedisBytes, _ stub: Stub?) -> Bool {
        guard isHeard, let stub, stub.epoch == epoch, let uses = uses[key], uses.writes == 0 else { return false }
        return stub.change == uses.change
    }

    /// Ends a read, whether it was stored or not.
    package mutating func end(_ key: RedisBytes) { release(key) { $0.reads -= 1 } }

    /// Notes that this process is about to change a key. No read of the key may be stored until the reply has come, and
    /// no read that began before the reply may be stored at all: the reply may come before the invalidation does.
    package mutating func beginWrite(_ key: RedisBytes) { uses[key, default: Uses()].writes += 1 }

    /// Notes that the reply to a change has come, or will not come any more.
    package mutating func endWrite(_ key: RedisBytes) {
        changed(key)
        release(key) { $0.writes -= 1 }
    }

    private mutating func release(_ key: RedisBytes, _ change: (inout Uses) -> Void) {
        guard var entry = uses[key] else { return }
        change(&entry)
        uses[key] = entry.reads > 0 || entry.writes > 0 ? entry : nil
    }

    /// Notes that a key has changed.
    package mutating func changed(_ key: RedisBytes) {
        if uses[key] != nil { uses[key]?.change += 1 }
    }

    /// Notes that any key may have changed. `isHeard` says whether further changes are reported.
    package mutating func allChanged(isHeard: Bool? = nil) {
        epoch += 1
        if let isHeard { self.isHeard = isHeard }
    }
}
