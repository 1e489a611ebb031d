/// Where the events of one server go when those of several are one stream: they are collected, and handed over a read at a time.
final class MergeInput<Control: MailboxControl>: SegmentSink {
    private let input: Int
    private let merger: StreamMerger<Control>
    private var segment = Segment<Control>()
    /// The time of the last line: a line that tells none stands beside it.
    private var time = RedisTimestamp(microseconds: .min)

    init(_ input: Int, _ merger: StreamMerger<Control>) {
        self.input = input
        self.merger = merger
    }

    func take(_ segment: inout Segment<Control>) { self.segment.takeAll(from: &segment) }

    func isRefused(for now: RedisError) { merger.assumeIsolated { $0.isRefused(for: now) } }

    func turnEnded(isDrained: Bool) {
        var events = exchange(&segment, with: Segment())
        merger.assumeIsolated { [input] in $0.take(&events, from: input, isDrained: isDrained) }
    }

    func ended(_ error: RedisError?) {
        turnEnded(isDrained: true)
        merger.assumeIsolated { [input] in $0.inputEnded(input, error) }
    }

    var failure: RedisError? { merger.assumeIsolated { $0.failure } }
}

extension MergeInput: MonitorSink where Control == Monitor.Event {
    func line(_ line: RawSpan, node: NodeNumber) {
        time = MonitorLine.time(of: line) ?? time
        segment.append(line, at: time, node: node)
    }

    func event(_ event: Monitor.Event) { segment.append(event) }

    func linkChanged(isUp: Bool) { merger.assumeIsolated { [input] in $0.linkChanged(of: input, isUp: isUp) } }
}

extension MergeInput: KeyspaceSink where Control == KeyspaceEvents.Event {
    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        // Events of keys tell no time but that of their arrival, so that there is nothing to wait for.
        segment.append(name, key: key, database: database, at: time, node: node)
    }

    func event(_ event: KeyspaceEvents.Event) { segment.append(event) }

    // What the stream takes of all inputs is the buffer's to say.
    var roomForPushes: Int { RedisBufferLimit().pushBytes - segment.pushCost }
}
