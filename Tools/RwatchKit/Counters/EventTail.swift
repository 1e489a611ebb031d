/// One of the last events, as a line in MONITOR's own grammar, and what it is found by.
package struct TailEvent: Sendable, Equatable {
    /// How much of a line is kept.
    static let longestLine = 512

    /// Each event has the next number.
    package var number: Int
    /// In microseconds since the epoch.
    package var time: Int64
    /// The line, or its beginning.
    package var line: [UInt8]
    /// The command in lower case, the channel, or the event of a key.
    package var name: [UInt8]
    package var key: [UInt8]?
    package var client: [UInt8]
    package var node: [UInt8]

    package init(
        number: Int,
        time: Int64,
        line: [UInt8],
        name: [UInt8],
        key: [UInt8]? = nil,
        client: [UInt8] = [],
        node: [UInt8] = []
    ) {
        self.number = number
        self.time = time
        self.line = line
        self.name = name
        self.key = key
        self.client = client
        self.node = node
    }

    /// How much is kept of a name.
    static let longestName = 128
}

/// The last events of a watch, in bounded memory. It belongs to whoever counts. A plain value.
package struct EventTail: Sendable {
    private let most: Int
    private var events: [TailEvent] = []
    /// The place of the oldest, once all places are taken.
    private var oldest = 0
    private var next = 0

    /// Keeps at most so many.
    package init(most: Int = 2048) { self.most = max(most, 1) }

    package mutating func add(_ event: TailEvent) {
        var event = event
        event.number = next
        next += 1
        if events.count < most { return events.append(event) }
        events[oldest] = event
        oldest = (oldest + 1) % most
    }

    /// The last events that fulfil a condition, the newest last.
    package func last(_ limit: Int, _ isWanted: (TailEvent) -> Bool = { _ in true }) -> [TailEvent] {
        var found: [TailEvent] = []
        for index in events.indices.reversed() where found.count < limit {
            let event = events[(oldest + index) % events.count]
            if isWanted(event) { found.append(event) }
        }
        return found.reversed()
    }

    package mutating func removeAll() {
        events = []
        oldest = 0
    }
}
