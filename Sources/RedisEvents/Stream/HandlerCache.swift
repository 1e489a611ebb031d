/// Handlers that a reader has looked up before, because the table of all handlers is behind a lock.
package struct HandlerCache: Sendable {
    private struct Place: Sendable {
        var number: UInt32 = 0
        var handler: PubSub.Handler?
    }

    /// The handlers by number. Each number has one possible position; there is only one position while there is only
    /// one handler.
    private var places = HandlerCache.nothing
    /// The version of the table from which the handlers were read.
    private var version = 0
    private static var limit: Int { 1 << 17 }
    /// Shared by all caches, so that a reader that calls no handlers allocates nothing.
    private static let nothing = [Place()]

    package init() {}

    /// The handler of a number now.
    @inline(__always)
    package mutating func handler(_ number: UInt32, in table: HandlerTable) -> PubSub.Handler? {
        refresh(table)
        let index = Int(number) & (places.count - 1)
        if places[index].number == number { return places[index].handler }
        return find(number, in: table)
    }

    /// Forgets handlers that may have been replaced.
    @inline(__always)
    mutating func refresh(_ table: HandlerTable) {
        let current = table.version
        if version == current { return }
        version = current
        places = Self.nothing
    }

    @inline(never)
    private mutating func find(_ number: UInt32, in table: HandlerTable) -> PubSub.Handler? {
        // Another handler has this position, so the cache grows, up to its limit.
        while case let held = places[Int(number) & (places.count - 1)].number, held != 0, held != number,
            places.count < Self.limit
        {
            let old = places
            places = Array(repeating: Place(), count: old.count * 2)
            for place in old where place.number != 0 { places[Int(place.number) & (places.count - 1)] = place }
        }
        let handler = table[number]
        places[Int(number) & (places.count - 1)] = Place(number: number, handler: handler)
        return handler
    }
}
