/// The chunks that a pump refused in a row, because its queue was full.
package struct OutputLoss: Sendable, Equatable {
    /// When the first of the events came, in microseconds since the epoch.
    package var from: Int64
    package var events = 0
    package var bytes = 0
    /// The records in these chunks, which are written late rather than never.
    package var records: [UInt8] = []

    /// A loss without any chunk.
    package init(from: Int64) { self.from = from }

    /// At most this many bytes of records are kept.
    private static let mostRecords = 1 << 20

    /// Adds a refused chunk, whose first event came at `from`.
    mutating func add(events: Int, bytes: Int, records: [UInt8], from: Int64) {
        if self.events == 0, events > 0 { self.from = from }
        self.events += events
        self.bytes += bytes
        if self.records.count + records.count <= Self.mostRecords { self.records += records }
    }
}

/// How losses of a pump are reported, and what is written about them into the data.
package struct OutputLossReport: Sendable {
    /// Formats the record that takes the place of the lost events. Called with the pump locked, so it must only format.
    package var record: @Sendable (OutputLoss) -> [UInt8]
    /// Called when a loss begins.
    package var began: @Sendable () -> Void
    /// Called when a loss is over: half of the queue is written, `record` is at its end, and new chunks are accepted.
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
