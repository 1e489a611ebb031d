import RedisRESP

/// An event that stands out: one of the largest, or one behind which nothing came for a long time.
package struct NotableEvent: Sendable, Equatable {
    /// `command`, `message` and so on, as JSON has it.
    package var kind: String
    /// In microseconds since the epoch.
    package var time: Int64
    /// The command, the channel or the event; its beginning if it is long.
    package var name: [UInt8]
    /// The first key, or its beginning; `nil` without one.
    package var key: [UInt8]?
    package var client: [UInt8]
    package var node: [UInt8]

    package init(
        kind: String,
        time: Int64,
        name: [UInt8],
        key: [UInt8]? = nil,
        client: [UInt8] = [],
        node: [UInt8] = []
    ) {
        self.kind = kind
        self.time = time
        self.name = name
        self.key = key
        self.client = client
        self.node = node
    }
}

/// The event before, of each server: what a gap that follows is told with. The parts are copied, because the bytes that
/// an event was read from are gone when the next one comes.
struct PreviousEvents: Sendable {
    /// Where the parts of an event are, how much is kept of each, and how much there is for one event.
    private enum Part {
        static let name = (start: 0, size: 64)
        static let client = (start: 64, size: 64)
        static let key = (start: 128, size: 128)
        static let node = (start: 256, size: 128)
        static let all = 384
    }

    /// Servers beyond these share a place.
    private static let mostNodes = 256

    private struct Place: BitwiseCopyable, Sendable {
        var time: Int64 = .min
        var kind = CountedEvent.Kind.command
        var name: UInt8 = 0
        var client: UInt8 = 0
        var key: UInt8 = 0
        var hasKey = false
        /// How long the whole name of the server is.
        var node = 0
    }

    private var places = [Place()]
    private var bytes = [UInt8](repeating: 0, count: Part.all)
    // Nearly always there is one server, or the same one as before.
    private var current = 0

    /// Goes to the place of an event's server. Returns how long ago its event before was, in microseconds; negative
    /// when there is none, or when time went back.
    @inline(__always)
    mutating func select(_ node: RawSpan, at time: Int64) -> Int64 {
        if !isNode(current, node) { find(node) }
        let before = places[current].time
        return before == .min ? -1 : time &- before
    }

    @inline(__always)
    private func isNode(_ index: Int, _ node: RawSpan) -> Bool {
        guard places[index].node == node.byteCount else { return false }
        let kept = min(node.byteCount, Part.node.size)
        let start = index &* Part.all &+ Part.node.start
        return bytes.rawSpan.part(at: start, count: kept).equals(node.part(at: 0, count: kept))
    }

    @inline(never)
    private mutating func find(_ node: RawSpan) {
        for index in places.indices where isNode(index, node) {
            current = index
            return
        }
        guard places.count < Self.mostNodes else {
            current = places.count - 1
            return
        }
        current = places.count
        var place = Place()
        place.node = node.byteCount
        places.append(place)
        bytes += Array(repeating: 0, count: Part.all)
        _ = copy(node, Part.node, current * Part.all)
    }

    /// Forgets the times, because what follows does not follow directly.
    mutating func interrupt() {
        for index in places.indices { places[index].time = .min }
    }

    /// Keeps an event at the current place.
    @inline(__always)
    mutating func keep(_ event: borrowing CountedEvent) {
        let start = current &* Part.all
        places[current].name = copy(event.name, Part.name, start)
        places[current].client = copy(event.client, Part.client, start)
        places[current].key = copy(event.key, Part.key, start)
        places[current].time = event.time
        places[current].kind = event.kind
        places[current].hasKey = event.hasKey
    }

    /// Copies as much as is kept. Returns how much that is.
    @inline(__always)
    private mutating func copy(_ source: RawSpan, _ part: (start: Int, size: Int), _ start: Int) -> UInt8 {
        let count = min(source.byteCount, part.size)
        RawOutput.copy(source.part(at: 0, count: count), to: &bytes, at: start &+ part.start)
        return UInt8(truncatingIfNeeded: count)
    }

    /// The event at the current place.
    var event: NotableEvent {
        let place = places[current]
        let start = current * Part.all
        func part(_ part: (start: Int, size: Int), _ count: Int) -> [UInt8] {
            Array(bytes[(start + part.start)..<(start + part.start + count)])
        }
        return NotableEvent(
            kind: place.kind.name,
            time: place.time,
            name: part(Part.name, Int(place.name)),
            key: place.hasKey ? part(Part.key, Int(place.key)) : nil,
            client: part(Part.client, Int(place.client)),
            node: part(Part.node, min(place.node, Part.node.size))
        )
    }
}
