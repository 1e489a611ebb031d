extension OutputPump {
    /// The state behind the pump's lock: queued chunks, written ones, and the waiting callers.
    struct State {
        /// One submitted chunk.
        struct Chunk {
            var bytes: [UInt8]
            let events: Int
            /// Called on the writer's thread when the chunk is written.
            var whenWritten: (@Sendable () -> Void)?
        }

        var queue: [Chunk] = []
        var spent: [[UInt8]] = []
        var statistics = OutputStatistics()
        var failure: OutputFailure?
        /// The current loss; at the end, the loss that was not reported before.
        var loss: OutputLoss?
        var isFinishing = false
        var hasEnded = false
        var writerSleeps = false
        /// Whether a new file has to be begun.
        var mustReopen = false
        var waiters = 0

        /// Whether a chunk has room. A chunk above the limit may come in alone.
        func hasRoom(for count: Int, limit: Int) -> Bool {
            statistics.queuedBytes == 0 || statistics.queuedBytes + count <= limit
        }

        /// Queues a chunk. Returns `true` when the writer sleeps and must be woken.
        mutating func enqueue(
            _ bytes: consuming [UInt8],
            events: Int,
            whenWritten: (@Sendable () -> Void)? = nil
        ) -> Bool {
            statistics.queuedBytes += bytes.count
            statistics.queuedEvents += events
            statistics.highWaterMark = max(statistics.highWaterMark, statistics.queuedBytes)
            queue.append(Chunk(bytes: bytes, events: events, whenWritten: whenWritten))
            defer { writerSleeps = false }
            return writerSleeps
        }

        /// Keeps the memory of a written chunk, unless there is enough of it or the chunk is very large.
        mutating func recycle(_ bytes: consuming [UInt8]) {
            guard spent.count < 4, bytes.capacity > 0, bytes.capacity <= 1 << 20 else { return }
            bytes.removeAll(keepingCapacity: true)
            spent.append(bytes)
        }

        /// Counts a chunk as refused. Returns whether that begins a loss.
        mutating func refuse(_ bytes: consuming [UInt8], events: Int, records: [UInt8], from: Int64) -> Bool {
            statistics.refusedEvents += events
            let begins = loss == nil
            if begins { loss = OutputLoss(from: from) }
            loss?.add(events: events, bytes: bytes.count, records: records, from: from)
            recycle(bytes)
            return begins
        }

        /// Ends a loss when enough of the queue is written. A chunk that fits by chance into a full queue does not show
        /// that the reader goes on, and would split one loss into many. The record of the loss goes to the end of the
        /// queue, at its place among the chunks.
        mutating func endLoss(limit: Int, _ record: (OutputLoss) -> [UInt8]) -> OutputLoss? {
            guard let over = loss, !isFinishing, statistics.queuedBytes <= limit / 2 else { return nil }
            loss = nil
            enqueue(over, record)
            return over
        }

        /// Queues the record of a loss, whether there is room or not.
        mutating func enqueue(_ loss: OutputLoss, _ record: (OutputLoss) -> [UInt8]) {
            let bytes = (loss.events > 0 ? record(loss) : []) + loss.records
            // The writer is awake, or is about to be woken.
            if !bytes.isEmpty { _ = enqueue(bytes, events: 0) }
        }

        /// Counts a chunk as written. Returns how many threads to wake.
        mutating func complete(_ bytes: consuming [UInt8], events: Int) -> Int {
            statistics.queuedBytes -= bytes.count
            statistics.queuedEvents -= events
            statistics.writtenBytes += bytes.count
            statistics.writtenEvents += events
            recycle(bytes)
            return takeWaiters()
        }

        mutating func takeWaiters() -> Int {
            defer { waiters = 0 }
            return waiters
        }
    }
}
