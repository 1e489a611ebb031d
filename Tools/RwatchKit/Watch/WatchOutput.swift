import RESP

/// The formatted events on their way to the pump: gathered until the socket is drained or 64 KiB are full, and accounted
/// for when the reader of the output is too slow. It belongs to the loop's thread.
final class WatchOutput {
    private static let chunkSize = 64 << 10

    private var buffer = OutputBuffer()
    private var events = 0
    private var lostEvents = 0
    private var lostBytes = 0
    private var isDropping = false
    /// Records in the buffer, and those of chunks that were refused: they are told late rather than never.
    private var records: [UInt8] = []
    private var refusedRecords: [UInt8] = []
    private let run: WatchRun
    /// Writes the record of a loss into the data, where the form has one.
    private let recordDrop: (_ count: Int, _ bytes: Int, inout OutputBuffer) -> Void

    init(_ run: WatchRun, recordDrop: @escaping (Int, Int, inout OutputBuffer) -> Void) {
        self.run = run
        self.recordDrop = recordDrop
    }

    /// Lets `format` append one event, if the limit of the run has room for it.
    func event(_ format: (inout OutputBuffer) -> Void) {
        let admission = run.counter.admit()
        guard admission != .none else { return }
        format(&buffer)
        events += 1
        if admission == .last {
            flush()
            run.end(.countReached)
        } else if buffer.count >= Self.chunkSize {
            flush()
        }
    }

    /// Lets `format` append a record: data, but no event that anybody counts, and not to be lost.
    func record(_ format: (inout OutputBuffer) -> Void) {
        var record = OutputBuffer(capacity: 256)
        format(&record)
        let bytes = record.take()
        records += bytes
        buffer.append(bytes)
    }

    /// Hands over what is there.
    func flush() {
        guard !buffer.isEmpty else { return }
        let bytes = buffer.count
        let chunk = buffer.take(replacement: run.pump.takeEmptyChunk())
        // What is told of a loss stands in front of the first chunk that is taken again, in one piece with it.
        if mayGoOn, run.pump.submit(chunk: isDropping ? lossRecords + chunk : chunk, events: events) {
            if isDropping {
                run.say("the output is read again: \(lostEvents) events were dropped (\(lostBytes) bytes)")
            }
            isDropping = false
            lostEvents = 0
            lostBytes = 0
            refusedRecords = []
        } else if run.pump.failure == nil {
            if !isDropping { run.say("the output is not read fast enough: events are being dropped") }
            isDropping = true
            lostEvents += events
            lostBytes += bytes
            if refusedRecords.count < Self.chunkSize { refusedRecords += records }
        }
        records = []
        events = 0
    }

    /// After a loss nothing is handed over until half of the queue is written: a small chunk that fits by chance into a full
    /// queue is no sign of a reader, and would tear one loss into many.
    private var mayGoOn: Bool {
        !isDropping || run.pump.failure != nil || run.pump.statistics.queuedBytes <= run.pump.limit / 2
    }

    /// What was lost to the end is told too.
    func finish() {
        flush()
        guard isDropping, run.pump.failure == nil else { return }
        _ = run.pump.submit(chunk: lossRecords, events: 0)
        run.say("dropped \(lostEvents) events (\(lostBytes) bytes): the output was not read fast enough")
    }

    private var lossRecords: [UInt8] {
        var record = OutputBuffer(capacity: 128)
        if lostEvents > 0 { recordDrop(lostEvents, lostBytes, &record) }
        return record.take() + refusedRecords
    }
}
