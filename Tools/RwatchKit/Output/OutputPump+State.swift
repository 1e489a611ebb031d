extension OutputPump {
    /// Chunks on their way, the spent ones, and who waits: everything behind the pump's lock.
    struct State {
        /// One submitted chunk.
        struct Chunk {
            var bytes: [UInt8]
            let events: Int
        }

        var queue: [Chunk] = []
        var spent: [[UInt8]] = []
        var statistics = OutputStatistics()
        var failure: OutputFailure?
        var isFinishing = false
        var hasEnded = false
        var writerSleeps = false
        var waiters = 0

        /// Whether a chunk may come in; one that is larger than the limit may, alone.
        func hasRoom(for count: Int, limit: Int) -> Bool {
            statistics.queuedBytes == 0 || statistics.queuedBytes + count <= limit
        }

        /// Queues a chunk; true when the writer sleeps and must be woken.
        mutating func enqueue(_ bytes: consuming [UInt8], events: Int) -> Bool {
            statistics.queuedBytes += bytes.count
            statistics.highWaterMark = max(statistics.highWaterMark, statistics.queuedBytes)
            queue.append(Chunk(bytes: bytes, events: events))
            defer { writerSleeps = false }
            return writerSleeps
        }

        /// Keeps a spent chunk's memory, unless there is enough of it or it is a giant's.
        mutating func recycle(_ bytes: consuming [UInt8]) {
            guard spent.count < 4, bytes.capacity > 0, bytes.capacity <= 1 << 20 else { return }
            bytes.removeAll(keepingCapacity: true)
            spent.append(bytes)
        }

        /// Counts a chunk as written; returns how many threads to wake.
        mutating func complete(_ bytes: consuming [UInt8], events: Int) -> Int {
            statistics.queuedBytes -= bytes.count
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
