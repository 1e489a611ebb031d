/// Collects the events of one server when those of several are merged into one stream, and hands them over after each
/// read.
final class MergeInput<Control: MailboxControl>: SegmentSink {
    private let input: Int
    private let merger: StreamMerger<Control>
    private var segment = Segment<Control>()
    /// The time of the last line. An event without a time of its own gets it.
    private var time = RedisTimestamp(microseconds: .min)

    init(_ input: Int, _ merger: StreamMerger<Control>) {
        self.input = input
        self.merger = merger
    }

    func take(_ segment: inout Segment<Control>) { self.segment.takeAll(from: &segment) }

    func refusedForNow(_ error: RedisError) { merger.assumeIsolated { $0.refusedForNow(error) } }

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
        // Key events have no time but that of their arrival, so there is nothing to wait for.
        segment.append(name, key: key, database: database, at: time, node: node)
    }

    func event(_ event: KeyspaceEvents.Event) { segment.append(event) }

    // The merged buffer limits what the stream takes of all inputs together.
    var roomForPushes: Int { RedisBufferLimit().pushBytes - segment.pushCost }
}

extension MergeInput: InvalidationSink where Control == Invalidations.Event {
    // Invalidations have no time, so there is nothing to wait for.
    func keys(_ list: RawSpan) { segment.append(keys: list) }

    func event(_ event: Invalidations.Event) { segment.append(event) }

    // The merged buffer limits what the stream takes of all inputs together.
    var roomForPushes: Int { RedisBufferLimit().pushBytes - segment.pushCost }
}
