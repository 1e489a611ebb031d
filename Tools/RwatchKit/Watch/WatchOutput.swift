import RedisRESP

/// Collects formatted events for the pump until the socket is drained or 64 KiB are full. It belongs to the loop's
/// thread.
///
/// A value, because each access to a property of a class is checked at run time: a sink passes it on for all events of
/// a read, and the check is made once.
struct WatchOutput: ~Copyable {
    private static var chunkSize: Int { 64 << 10 }

    private var buffer = OutputBuffer()
    private var events = 0
    /// When the first of the events in the buffer came, in microseconds since the epoch.
    private var from: Int64 = 0
    /// The records in the buffer.
    private var records: [UInt8] = []
    private let run: WatchRun

    init(_ run: WatchRun) { self.run = run }

    /// Calls `format` to append one event that came at that time, if the limit of the run has room for it.
    @inline(__always)
    mutating func event(at time: @autoclosure () -> Int64, _ format: (inout OutputBuffer) -> Void) {
        let admission = run.counter.admit()
        guard admission != .none else { return }
        if events == 0 { from = time() }
        format(&buffer)
        events += 1
        if admission == .last || buffer.count >= Self.chunkSize { flush() }
    }

    /// Calls `count` for one event that is counted and not printed, if the limit of the run has room for it.
    @inline(__always)
    func counted(_ count: () -> Void) {
        guard run.counter.admit() != .none else { return }
        count()
        run.figures.noteCounted()
        run.idle?.noteEvents()
        if run.counter.wereTaken(1) { run.end(.countReached) }
    }

    /// Calls `format` to append a record: data that does not count as an event and must not be lost.
    mutating func record(_ format: (inout OutputBuffer) -> Void) {
        var record = OutputBuffer(capacity: 256)
        format(&record)
        let bytes = record.take()
        records += bytes
        buffer.append(bytes)
    }

    /// Ends the run with the event before.
    mutating func end() {
        flush()
        run.end(.lastEventSeen)
    }

    /// Passes the collected bytes to the pump.
    mutating func flush() {
        // An event may have no bytes at all: an empty payload without a delimiter.
        guard !buffer.isEmpty || events > 0 else { return }
        if events > 0 { run.idle?.noteEvents() }
        let chunk = buffer.take(replacement: run.pump.takeEmptyChunk())
        let count = exchange(&events, with: 0)
        if run.pump.submit(chunk: chunk, events: count, records: exchange(&records, with: []), from: from) {
            if run.counter.wereTaken(count) { run.end(.countReached) }
        } else {
            run.pump.addToLoss(events: run.counter.wereLost(count))
        }
    }
}
