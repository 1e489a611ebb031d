/// One of the last events, as a line in MONITOR's own grammar, and what it is found by.
package struct TailEvent: Sendable, Equatable {
    /// How much of a line is kept.
    static let longestLine = 512
    /// How much is kept of a name.
    static let longestName = 128

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
}
