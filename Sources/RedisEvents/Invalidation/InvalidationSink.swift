/// Receives invalidations. Called on the loop, in order; it must not block.
package protocol InvalidationSink: SegmentSink where Control == Invalidations.Event {
    /// The keys of one invalidation, in the layout of `KeyList`.
    func keys(_ list: RawSpan)

    /// Any other event.
    func event(_ event: Invalidations.Event)

    /// How many bytes of pushes of unknown kinds can be taken now. The default is the default of `RedisBufferLimit`.
    var roomForPushes: Int { get }
}

extension InvalidationSink {
    package var roomForPushes: Int { RedisBufferLimit().pushBytes }

    package func take(_ segment: inout Segment<Invalidations.Event>) {
        while !segment.isEmpty {
            let record = segment.removeFirst()
            switch record.kind {
            case Record.control: event(segment.controls[record.controlIndex])
            case Record.drop: event(.flushAll(.dropped(record.dropped)))
            default: keys(segment.payload(of: record).rawSpan)
            }
        }
        segment = Segment()
    }
}

extension Segment<Invalidations.Event> {
    /// Appends a copy of the keys of one invalidation, in the layout of `KeyList`.
    mutating func append(keys list: RawSpan) {
        append(
            kind: 0,
            handler: 0,
            pattern: RawSpan(),
            channel: RawSpan(),
            payload: list,
            time: RedisTimestamp(microseconds: 0)
        )
    }
}
