/// What is known of the keys of a `RedisConfigurationStore`. A plain value: times are passed in.
///
/// A value that was read counts until a change of its key is reported. What is read while such a report comes may be
/// older than it, so it is read again.
package struct ConfigurationEntries {
    private struct Entry {
        var value: RedisBytes?
        /// Whether the server may have another value.
        var isDirty = false
        /// Grows with each report.
        var version = 0
        /// When it was read last; `nil` if it never was.
        var readAt: ContinuousClock.Instant?
        /// When a read failed last, if none succeeded since.
        var failedAt: ContinuousClock.Instant?
    }

    /// What is known of a key.
    package enum Knowledge: Equatable {
        /// This is its value; `nil` if there is none.
        case fresh(RedisBytes?)
        /// It was this, and the server may have another value. `mayWait` says whether a read is worth waiting for, or
        /// has just failed.
        case old(RedisBytes?, mayWait: Bool)
        case unknown
    }

    /// What a finished read means.
    package enum Outcome: Equatable {
        /// The value is another one than before.
        case changed
        case same
        /// A change was reported meanwhile: it has to be read again.
        case overtaken
    }

    private var entries: [RedisBytes: Entry] = [:]

    package init() {}

    /// The keys that were ever asked for.
    package var keys: [RedisBytes] { Array(entries.keys) }

    /// The value of a key that was read last; `nil` if it has none, or was never read.
    package func lastValue(of key: RedisBytes) -> RedisBytes? { entries[key]?.value }

    /// What is known of a key.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - now: The time.
    ///   - staleness: How old a value may be where not all changes are reported; `nil` where they are.
    ///   - pause: For how long after a failed read another one is not worth waiting for.
    /// - Returns: Whether the value counts, is old, or is not known.
    package func knowledge(
        of key: RedisBytes,
        at now: ContinuousClock.Instant,
        staleness: Duration?,
        pause: Duration
    ) -> Knowledge {
        guard let entry = entries[key], let readAt = entry.readAt else { return .unknown }
        let isYoung = staleness.map { readAt.duration(to: now) < $0 } ?? true
        if !entry.isDirty, isYoung { return .fresh(entry.value) }
        let mayWait = entry.failedAt.map { $0.duration(to: now) >= pause } ?? true
        return .old(entry.value, mayWait: mayWait)
    }

    /// Notes that a key is read now. Returns a ticket for `finished`.
    package mutating func begin(_ key: RedisBytes) -> Int {
        let entry = entries[key, default: Entry()]
        // From now on reports of this key are noted, also while it is read for the first time.
        entries[key] = entry
        return entry.version
    }

    /// Notes what a read has brought.
    package mutating func finished(
        _ key: RedisBytes,
        _ ticket: Int,
        _ value: RedisBytes?,
        at now: ContinuousClock.Instant
    ) -> Outcome {
        var entry = entries[key, default: Entry()]
        defer { entries[key] = entry }
        entry.failedAt = nil
        guard entry.version == ticket else { return .overtaken }
        let isNew = entry.readAt == nil || entry.value != value
        entry.value = value
        entry.isDirty = false
        entry.readAt = now
        return isNew ? .changed : .same
    }

    /// Notes that a read has failed.
    package mutating func failed(_ key: RedisBytes, at now: ContinuousClock.Instant) {
        entries[key]?.failedAt = now
    }

    /// Notes that a key has changed. Returns whether it was ever asked for.
    package mutating func noticed(_ key: RedisBytes) -> Bool {
        guard entries[key] != nil else { return false }
        entries[key]?.version += 1
        entries[key]?.isDirty = true
        return true
    }

    /// Notes that any key may have changed.
    package mutating func noticedAll() {
        for key in entries.keys { _ = noticed(key) }
    }
}
