/// Handlers that a reader has looked up lately: the table of all is behind a lock.
package struct HandlerCache: Sendable {
    private struct Place: Sendable {
        var number: UInt32 = 0
        var handler: PubSub.Handler?
    }

    /// A number has one place that it can be in. There is one place as long as there is one handler.
    private var places = HandlerCache.nothing
    /// The version of the table that they are from.
    private var version = 0
    private static var limit: Int { 1 << 17 }
    /// One for all: a reader that calls no handlers allocates nothing.
    private static let nothing = [Place()]

    package init() {}

    /// The handler that a number stands for now.
    @inline(__always)
    package mutating func handler(_ number: UInt32, in table: HandlerTable) -> PubSub.Handler? {
        refresh(table)
        let index = Int(number) & (places.count - 1)
        if places[index].number == number { return places[index].handler }
        return find(number, in: table)
    }

    /// Forgets what may have been replaced.
    @inline(__always)
    mutating func refresh(_ table: HandlerTable) {
        let current = table.version
        if version == current { return }
        version = current
        places = Self.nothing
    }

    @inline(never)
    private mutating func find(_ number: UInt32, in table: HandlerTable) -> PubSub.Handler? {
        // Somebody else is there: more room, as long as there is any.
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
