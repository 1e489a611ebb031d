internal import RedisCore
package import RedisEvents
internal import RedisReactor
internal import Synchronization

/// The values that a process keeps of a cache, so that most reads ask nobody. Any thread may call.
///
/// What is kept is correct by three rules. A value is kept only if nothing was heard of its key since its read began
/// (`ReadTickets`). It is used only while the links that report changes were heard lately (`TrackingLease`). And a key
/// that this process writes is forgotten before the command is sent, and kept again only by reads that began after the
/// reply.
@usableFromInline
package final class NearLevel: Sendable {
    /// A value that is used.
    @usableFromInline
    package struct Hit: Sendable {
        @usableFromInline package let object: any AnyObject & Sendable
        /// Whether the caller has to have it computed anew. No other caller is told so.
        @usableFromInline package let isDue: Bool
    }

    private let tables: [Locked<NearTable>]
    private let ledger: Locked<NearLedger>
    /// Grows whenever all values become invalid, so that none has to be touched for that.
    private let epoch = Atomic(0)
    private let lease: TrackingLease
    /// For how long after the links were heard values may be used, in nanoseconds.
    private let leaseLength: Int64

    private static var tableCount: Int { 16 }

    package init(prefixes: [RedisBytes], limit: Int, lease: TrackingLease, leaseLength: Duration) {
        tables = (0..<Self.tableCount).map { _ in Locked(NearTable(limit: limit / Self.tableCount)) }
        ledger = Locked(NearLedger(prefixes: prefixes))
        self.lease = lease
        self.leaseLength = leaseLength.nanoseconds
    }

    private func table(of number: Int) -> Locked<NearTable> { tables[number & (Self.tableCount - 1)] }

    // MARK: Use

    /// The value of a number, if it may be used now.
    @usableFromInline
    package func find(_ number: Int) -> Hit? {
        let now = SteadyClock.now
        guard lease.heardAt > now - leaseLength else { return nil }
        let epoch = epoch.load(ordering: .acquiring)
        return table(of: number).withLock { $0.find(number, at: now, epoch: epoch) }
            .map { Hit(object: $0.object, isDue: $0.isDue) }
    }

    /// The last value of a number, whether or not it may be used.
    package func last(_ number: Int) -> (any AnyObject & Sendable)? { table(of: number).withLock { $0.last(number) } }

    // MARK: Reads

    /// Begins a read of a key. It must be called before the command is sent, and `end` has to follow.
    package func begin(_ key: RedisBytes) -> ReadTickets.Stub? { ledger.withLock { $0.tickets.begin(key) } }

    /// Keeps the value of a read, if it may be kept, and returns whether it may.
    @discardableResult
    package func keep(_ ticket: ReadTickets.Stub?, for number: Int, _ entry: (_ epoch: Int) -> NearTable.Entry) -> Bool
    {
        guard ticket != nil else { return false }
        let (isKept, removed) = ledger.withLock { ledger -> (Bool, [NearTable.Removed]) in
            let entry = entry(epoch.load(ordering: .relaxed))
            guard ledger.tickets.mayStore(entry.key, ticket) else { return (false, []) }
            let (removed, isKept) = table(of: number).withLock { table in
                (table.insert(entry, for: number), entry.cost <= table.limit)
            }
            for old in removed where ledger.numbers[old.key] != nil { ledger.numbers[old.key] = nil }
            if isKept { ledger.numbers[entry.key] = number }
            return (isKept, removed)
        }
        _ = consume removed
        return isKept
    }

    /// Ends a read, whether or not its value was kept.
    package func end(_ key: RedisBytes, _ ticket: ReadTickets.Stub?) {
        if ticket != nil { ledger.withLock { $0.tickets.end(key) } }
    }

    // MARK: Writes of this process

    /// Forgets a key that is about to be written. `endWrite` has to follow when the reply has come, or will not come.
    package func beginWrite(_ key: RedisBytes) { change(key) { $0.beginWrite($1) } }

    /// Ends a write.
    package func endWrite(_ key: RedisBytes) { change(key) { $0.endWrite($1) } }

    private func change(_ key: RedisBytes, _ note: (inout ReadTickets, RedisBytes) -> Void) {
        let removed = ledger.withLock { ledger in
            note(&ledger.tickets, key)
            return forget(key, in: &ledger)
        }
        _ = consume removed
    }

    private func forget(_ key: RedisBytes, in ledger: inout NearLedger) -> NearTable.Removed? {
        guard let number = ledger.numbers.removeValue(forKey: key) else { return nil }
        return table(of: number).withLock { $0.remove(number) }
    }

    // MARK: What the links say. Called on the loop.

    /// Forgets the keys of one invalidation.
    package func changed(_ list: RedisBytes) {
        let removed = ledger.withLock { ledger in
            var removed: [NearTable.Removed] = []
            KeyList.forEach(in: list) { range in
                let key = list.slice(range)
                ledger.tickets.changed(key)
                if let old = forget(key, in: &ledger) { removed.append(old) }
            }
            return removed
        }
        _ = consume removed
    }

    /// Notes that the watch has begun.
    package func watchStarted() { allChanged { $0.hasStarted = true } }

    /// Notes that the watch has ended. Nothing is kept any more.
    package func watchEnded() { allChanged(removing: true) { $0.hasStarted = false } }

    /// Notes that changes are not reported any more.
    package func linkLost() { allChanged { $0.isLost = true } }

    /// Notes that changes are reported again.
    package func trackingResumed() { allChanged { $0.isLost = false } }

    /// Notes that the server has removed all keys.
    package func serverFlushed() { allChanged(removing: true) { _ in } }

    /// Notes that reports may have been missed.
    package func reportsMissed() { allChanged { _ in } }

    /// Makes all values unusable. With `removing` they are also forgotten; otherwise they serve as the last ones that
    /// were known.
    private func allChanged(removing: Bool = false, _ change: (inout NearLedger) -> Void) {
        let removed = ledger.withLock { ledger -> [NearTable.Removed] in
            change(&ledger)
            ledger.tickets.allChanged(isHeard: ledger.isHeard)
            epoch.add(1, ordering: .releasing)
            guard removing else { return [] }
            ledger.numbers = [:]
            return tables.flatMap { table in table.withLock { $0.removeAll() } }
        }
        _ = consume removed
    }

    /// Whether changes are reported.
    package var isHeard: Bool { ledger.withLock { $0.tickets.isHeard } }

    /// When the links were heard last, by `SteadyClock`.
    var heardAt: Int64 { lease.heardAt }

    /// The sums of all tables.
    package var statistics: RedisCache.NearStatistics {
        var sum = RedisCache.NearStatistics()
        for table in tables {
            table.withLock { table in
                sum.count += table.count
                sum.bytes += table.bytes
                sum.hits += table.hits
                sum.misses += table.misses
                sum.discarded += table.discarded
            }
        }
        return sum
    }
}

extension Duration {
    /// Whole nanoseconds, within the bounds of the type.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isFar) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return isOver || isFar ? (seconds < 0 ? .min : .max) : sum
    }
}
