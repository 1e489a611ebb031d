/// Where the lines of one server go when those of several are one stream: collected, with their times, and handed over a
/// read at a time.
final class MonitorLane: MonitorSink {
    private let lane: Int
    private let merger: StreamMerger<Monitor.Event>
    private var segment = Segment<Monitor.Event>()
    /// Of the last line: one that tells none stands beside it.
    private var time = RedisTimestamp(microseconds: .min)

    init(_ lane: Int, _ merger: StreamMerger<Monitor.Event>) {
        self.lane = lane
        self.merger = merger
    }

    func line(_ line: RawSpan, node: NodeNumber) {
        time = MonitorLine.time(of: line) ?? time
        segment.append(line, at: time, node: node)
    }

    func event(_ event: Monitor.Event) { segment.append(event) }

    func linkChanged(isUp: Bool) { merger.assumeIsolated { [lane] in $0.linkChanged(of: lane, isUp: isUp) } }

    func turnEnded(isDrained: Bool) {
        var events = exchange(&segment, with: Segment())
        merger.assumeIsolated { [lane] in $0.take(&events, from: lane, isDrained: isDrained) }
    }

    func ended(_ error: RedisError?) {
        turnEnded(isDrained: true)
        merger.assumeIsolated { [lane] in $0.laneEnded(lane, error) }
    }

    var failure: RedisError? { merger.assumeIsolated { $0.failure } }
}
