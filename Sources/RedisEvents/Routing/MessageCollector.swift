/// Collects a run's messages in the segment that the sink lends, and copies their frames as late and as many at once as
/// possible.
///
/// Frames for other receivers are not copied, and none that nobody gets, because the limit of the buffer counts what is
/// delivered. Whoever skips such frames, or gives something else to the sink, calls `copyFrames` or `suspend` first.
struct MessageCollector: ~Copyable {
    private let sink: any PubSubSink
    /// `nil` if the sink looks at each message, or while the segment is in the sink.
    private var segment: Segment<PubSubControl>?
    /// Where the frames begin whose bytes have to be copied.
    private var start: Int?

    init(_ sink: any PubSubSink, _ run: borrowing MessageRun) {
        self.sink = sink
        resume(run)
    }

    /// Collects the current message and all that follow with the same names.
    @inline(__always)
    mutating func take(_ run: inout MessageRun, _ pass: inout FilterPass, handler: UInt32) {
        if segment == nil {
            repeat { sink.message(run.view, handler: handler) } while pass.nextOfSameNames(&run)
        } else {
            start = segment?.appendAll(&run, &pass, handler: handler, from: start ?? run.frameStart)
        }
    }

    /// Copies the frames of the messages that were collected, up to `end`.
    @inline(__always)
    mutating func copyFrames(of run: borrowing MessageRun, before end: Int) {
        if let begin = start.take() { segment?.appendFrames(of: run, begin..<end) }
    }

    /// Gives the segment back, so that something else can be put behind the messages before the current one.
    mutating func suspend(_ run: borrowing MessageRun) {
        copyFrames(of: run, before: run.frameStart)
        if let segment = segment.take() { sink.takeBack(segment) }
    }

    /// Goes on after `suspend`.
    mutating func resume(_ run: borrowing MessageRun) { segment = run.fitsRecords ? sink.lend() : nil }

    /// Ends behind the last message.
    @inline(__always)
    consuming func end(_ run: borrowing MessageRun, before end: Int) {
        copyFrames(of: run, before: end)
        if let segment { sink.takeBack(segment) }
    }
}
