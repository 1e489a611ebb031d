/// Where the events of one server go when those of several are one stream: they are collected, and handed over a read at a time.
final class MergeLane<Control: MailboxControl>: SegmentSink {
    private let lane: Int
    private let merger: StreamMerger<Control>
    private var segment = Segment<Control>()
    /// The time of the last line: a line that tells none stands beside it.
    private var time = RedisTimestamp(microseconds: .min)

    init(_ lane: Int, _ merger: StreamMerger<Control>) {
        self.lane = lane
        self.merger = merger
    }

    func take(_ segment: inout Segment<Control>) { self.segment.takeAll(from: &segment) }

    func isRefused(for now: RedisError) { merger.assumeIsolated { $0.isRefused(for: now) } }

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

extension MergeLane: MonitorSink where Control == Monitor.Event {
    func line(_ line: RawSpan, node: NodeNumber) {
        time = MonitorLine.time(of: line) ?? time
        segment.append(line, at: time, node: node)
    }

    func event(_ event: Monitor.Event) { segment.append(event) }

    func linkChanged(isUp: Bool) { merger.assumeIsolated { [lane] in $0.linkChanged(of: lane, isUp: isUp) } }
}

extension MergeLane: KeyspaceSink where Control == KeyspaceEvents.Event {
    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        // Events of keys tell no time but that of their arrival, so that there is nothing to wait for.
        segment.append(name, key: key, database: database, at: time, node: node)
    }

    func event(_ event: KeyspaceEvents.Event) { segment.append(event) }

    // What the stream takes of all lanes is the buffer's to say.
    var roomForPushes: Int { RedisBufferLimit().pushBytes - segment.pushCost }
}
