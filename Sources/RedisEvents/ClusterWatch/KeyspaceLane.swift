/// Where the events of one server's keys go when those of several are one stream: collected, and handed over a read at a
/// time. They tell no time but that of their arrival, so that there is nothing to wait for.
final class KeyspaceLane: KeyspaceSink {
    private let lane: Int
    private let merger: StreamMerger<KeyspaceEvents.Event>
    private var segment = Segment<KeyspaceEvents.Event>()

    init(_ lane: Int, _ merger: StreamMerger<KeyspaceEvents.Event>) {
        self.lane = lane
        self.merger = merger
    }

    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        segment.append(name, key: key, database: database, at: time, node: node)
    }

    func event(_ event: KeyspaceEvents.Event) { segment.append(event) }

    // What the stream takes of all lanes is the buffer's to say.
    var roomForPushes: Int { RedisBufferLimit().pushBytes - segment.pushCost }

    func isRefused(for now: RedisError) { merger.assumeIsolated { $0.isRefused(for: now) } }

    func turnEnded(isDrained: Bool) {
        var events = exchange(&segment, with: Segment())
        merger.assumeIsolated { [lane] in $0.take(&events, from: lane, isDrained: isDrained) }
    }

    func ended(_ error: RedisError?) {
        turnEnded(isDrained: true)
        merger.assumeIsolated { [lane] in $0.laneEnded(lane, error) }
    }
}
