import RESP

/// The formatted events on their way to the pump: gathered until the socket is drained or 64 KiB are full, and accounted
/// for when the reader of the output is too slow. It belongs to the loop's thread.
final class WatchOutput {
    private static let chunkSize = 64 << 10

    var buffer = OutputBuffer()
    private var events = 0
    private var lostEvents = 0
    private var lostBytes = 0
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

    /// Hands over what is there.
    func flush() {
        if lostEvents > 0 { submitDrop() }
        guard !buffer.isEmpty else { return }
        let bytes = buffer.count
        if !run.pump.submit(chunk: buffer.take(replacement: run.pump.takeEmptyChunk()), events: events) {
            if lostEvents == 0 && events > 0 {
                Notices.say("the output is not read fast enough: events are being dropped")
            }
            lostEvents += events
            lostBytes += bytes
        }
        events = 0
    }

    /// The record stands in front of the first chunk that is taken again.
    private func submitDrop() {
        var record = OutputBuffer(capacity: 128)
        recordDrop(lostEvents, lostBytes, &record)
        guard run.pump.submit(chunk: record.take(), events: 0) else { return }
        Notices.say("dropped \(lostEvents) events (\(lostBytes) bytes): the output was not read fast enough")
        lostEvents = 0
        lostBytes = 0
    }
}
