/// What a pump refused in one stretch, because its queue was full.
package struct OutputLoss: Sendable, Equatable {
    /// When the first of the events came, in microseconds since the epoch.
    package var from: Int64
    package var events = 0
    package var bytes = 0
    /// The records that were among them: told late rather than never.
    package var records: [UInt8] = []

    /// Nothing lost yet.
    package init(from: Int64) { self.from = from }

    /// At most that many bytes of records are kept.
    private static let mostRecords = 1 << 20

    /// Adds what was refused next; the first of its events came at `from`.
    mutating func add(events: Int, bytes: Int, records: [UInt8], from: Int64) {
        if self.events == 0, events > 0 { self.from = from }
        self.events += events
        self.bytes += bytes
        if self.records.count + records.count <= Self.mostRecords { self.records += records }
    }
}

/// Who is told of a pump's losses, and what of them stands in the data.
package struct OutputLossReport: Sendable {
    /// What is written in place of what was lost. Called with the pump locked, so it only formats.
    package var record: @Sendable (OutputLoss) -> [UInt8]
    /// A loss began.
    package var began: @Sendable () -> Void
    /// A loss is over: half of the queue is written, `record` stands behind it, and what comes next is taken.
    package var ended: @Sendable (OutputLoss) -> Void

    package init(
        record: @escaping @Sendable (OutputLoss) -> [UInt8] = { _ in [] },
        began: @escaping @Sendable () -> Void = {},
        ended: @escaping @Sendable (OutputLoss) -> Void = { _ in }
    ) {
        self.record = record
        self.began = began
        self.ended = ended
    }
}
