/// Handlers that a reader has looked up lately: the table of all is behind a lock.
package struct HandlerCache: Sendable {
    private struct Place: Sendable {
        var number: UInt32 = 0
        /// The table's version then.
        var version = 0
        var handler: MessageHandler?
    }

    /// A number has one place that it can be in. There is one place as long as there is one handler.
    private var places = [Place()]
    private static var limit: Int { 1 << 17 }

    package init() {}

    /// The handler that a number stands for now.
    @inline(__always)
    package mutating func handler(_ number: UInt32, in table: HandlerTable) -> MessageHandler? {
        let index = Int(number) & (places.count - 1)
        if places[index].number == number, places[index].version == table.version { return places[index].handler }
        return find(number, in: table)
    }

    @inline(never)
    private mutating func find(_ number: UInt32, in table: HandlerTable) -> MessageHandler? {
        let version = table.version
        // Somebody else is there, and neither is out of date: more room, as long as there is any.
        while case let held = places[Int(number) & (places.count - 1)], held.number != 0, held.number != number,
            held.version == version, places.count < Self.limit
        {
            let old = places
            places = Array(repeating: Place(), count: old.count * 2)
            for place in old where place.number != 0 { places[Int(place.number) & (places.count - 1)] = place }
        }
        let handler = table[number]
        places[Int(number) & (places.count - 1)] = Place(number: number, version: version, handler: handler)
        return handler
    }
}
