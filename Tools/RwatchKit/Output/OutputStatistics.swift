/// The pump's counters.
package struct OutputStatistics: Sendable, Equatable {
    /// Bytes queued or being written now.
    package var queuedBytes = 0
    /// The most bytes that were ever queued.
    package var highWaterMark = 0
    /// Events of the chunks that are queued or being written; when writing has ended, of those that were never written.
    package var queuedEvents = 0
    /// Bytes of the chunks written to their end.
    package var writtenBytes = 0
    /// Events of the chunks written to their end.
    package var writtenEvents = 0
    /// Events of the chunks refused because the queue was full.
    package var refusedEvents = 0

    /// Counters of zero.
    package init() {}
}
