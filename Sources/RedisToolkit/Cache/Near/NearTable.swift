internal import RedisCore

/// One part of the values that a process keeps of a cache, bounded by bytes. A plain value: times are passed in, in
/// nanoseconds of `SteadyClock`.
///
/// Values are found by a number of 64 bits that stands for a region and a key; the caller compares the key. What is
/// discarded for want of room is found as SIEVE does it (Zhang et al., NSDI 2024): values stand in the order in which
/// they came, a hand moves from the oldest to the newest and back, takes the mark of each value that was used since it
/// came by, and discards the first one without a mark. A hit sets the mark and moves nothing.
package struct NearTable: Sendable {
    /// A value with what is known of it.
    package struct Entry: Sendable {
        /// The key at the server.
        package let key: RedisBytes
        /// The value with its key, as the region keeps them.
        package let object: any AnyObject & Sendable
        /// The bytes that it counts for.
        package let cost: Int
        /// Which flush it has come after.
        package let epoch: Int
        /// When it must not be used any more.
        package let usableUntil: Int64
        /// From when on the value should be computed anew, although it is used.
        package let refreshAt: Int64

        package init(
            key: RedisBytes,
            object: any AnyObject & Sendable,
            cost: Int,
            epoch: Int,
            usableUntil: Int64,
            refreshAt: Int64
        ) {
            self.key = key
            self.object = object
            self.cost = cost
            self.epoch = epoch
            self.usableUntil = usableUntil
            self.refreshAt = refreshAt
        }
    }

    /// How a value was discarded.
    package struct Removed: Sendable {
        package let key: RedisBytes
        /// It is released outside the lock, because that may run code of the value's own.
        package let object: any AnyObject & Sendable
    }

    private struct Place {
        var number: Int
        var entry: Entry
        var isUsed = false
        var isRefreshing = false
        var newer = NearTable.none
        var older = NearTable.none
    }

    private static let none = -1

    /// The most bytes.
    package let limit: Int
    private var indices: [Int: Int] = [:]
    private var places: [Place] = []
    private var newest = NearTable.none
    private var oldest = NearTable.none
    private var hand = NearTable.none

    /// The bytes of all values.
    package private(set) var bytes = 0
    package private(set) var hits = 0
    package private(set) var misses = 0
    /// How many values were discarded for want of room.
    package private(set) var discarded = 0

    /// A table for that many bytes.
    package init(limit: Int) { self.limit = limit }

    package var count: Int { places.count }

    /// The value of a number, if it may be used. `isDue` says that the caller is the one who has to have it computed
    /// anew.
    package mutating func find(_ number: Int, at now: Int64, epoch: Int) -> (
        object: any AnyObject & Sendable, isDue: Bool
    )? {
        guard let index = indices[number], places[index].entry.usableUntil > now, places[index].entry.epoch == epoch
        else {
            misses += 1
            return nil
        }
        hits += 1
        places[index].isUsed = true
        let isDue = places[index].entry.refreshAt <= now && !places[index].isRefreshing
        if isDue { places[index].isRefreshing = true }
        return (places[index].entry.object, isDue)
    }

    /// The last value of a number, whether or not it may be used.
    package func last(_ number: Int) -> (any AnyObject & Sendable)? { indices[number].map { places[$0].entry.object } }

    /// Keeps a value, and returns those that it displaces. One that is too large for the table is not kept, and
    /// displaces the one of its number alone.
    package mutating func insert(_ entry: Entry, for number: Int) -> [Removed] {
        var removed: [Removed] = []
        if let old = remove(number) { removed.append(old) }
        guard entry.cost <= limit else { return removed }
        while bytes + entry.cost > limit, let victim = nextVictim() {
            discarded += 1
            removed.append(removePlace(victim))
        }
        indices[number] = places.count
        places.append(Place(number: number, entry: entry, older: newest))
        if newest != Self.none { places[newest].newer = places.count - 1 }
        newest = places.count - 1
        if oldest == Self.none { oldest = newest }
        bytes += entry.cost
        return removed
    }

    /// Discards the value of a number.
    package mutating func remove(_ number: Int) -> Removed? { indices[number].map { removePlace($0) } }

    /// Discards all values.
    package mutating func removeAll() -> [Removed] {
        let removed = places.map { Removed(key: $0.entry.key, object: $0.entry.object) }
        indices = [:]
        places = []
        (newest, oldest, hand, bytes) = (Self.none, Self.none, Self.none, 0)
        return removed
    }

    /// Moves the hand to the next value without a mark.
    private mutating func nextVictim() -> Int? {
        if hand == Self.none { hand = oldest }
        while hand != Self.none, places[hand].isUsed {
            places[hand].isUsed = false
            hand = places[hand].newer == Self.none ? oldest : places[hand].newer
        }
        return hand == Self.none ? nil : hand
    }

    /// Takes a value out of the order, and moves the last place into the gap that it leaves.
    private mutating func removePlace(_ index: Int) -> Removed {
        let place = places[index]
        if hand == index { hand = place.newer }
        link(place.older, place.newer)
        indices[place.number] = nil
        bytes -= place.entry.cost
        let last = places.removeLast()
        if index < places.count {
            places[index] = last
            indices[last.number] = index
            if hand == places.count { hand = index }
            if newest == places.count { newest = index }
            if oldest == places.count { oldest = index }
            if last.older != Self.none { places[last.older].newer = index }
            if last.newer != Self.none { places[last.newer].older = index }
        }
        return Removed(key: place.entry.key, object: place.entry.object)
    }

    /// Makes two places neighbours.
    private mutating func link(_ older: Int, _ newer: Int) {
        if older == Self.none { oldest = newer } else { places[older].newer = newer }
        if newer == Self.none { newest = older } else { places[newer].older = older }
    }
}
