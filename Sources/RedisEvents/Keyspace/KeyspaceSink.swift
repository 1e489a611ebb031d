/// Receives key events. Called on the loop, in order; it must not block.
package protocol KeyspaceSink: SegmentSink where Control == KeyspaceEvents.Event {
    /// An event of a key. `node` is the server that sent it.
    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber)

    /// Any other event.
    func event(_ event: KeyspaceEvents.Event)

    /// How many bytes of pushes of unknown kinds can be taken now. The default is the default of `RedisBufferLimit`.
    var roomForPushes: Int { get }
}

extension KeyspaceSink {
    package var roomForPushes: Int { RedisBufferLimit().pushBytes }

    package func take(_ segment: inout Segment<KeyspaceEvents.Event>) {
        while !segment.isEmpty {
            let record = segment.removeFirst()
            switch record.kind {
            case Record.control: event(segment.controls[record.controlIndex])
            case Record.drop: event(.drop(record.dropped))
            default:
                let name = segment.channelName(of: record)
                let key = segment.payload(of: record)
                keyEvent(
                    name.rawSpan,
                    key: key.rawSpan,
                    database: record.database,
                    at: RedisTimestamp(microseconds: record.time),
                    node: NodeNumber(value: record.node)
                )
            }
        }
        segment = Segment()
    }
}

extension Segment<KeyspaceEvents.Event> {
    /// Appends a copy of a key event.
    mutating func append(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        // Readers call no handlers for key events, so the record's handler number holds the database.
        append(
            kind: 0,
            handler: UInt32(truncatingIfNeeded: database),
            pattern: RawSpan(),
            channel: name,
            payload: key,
            time: time,
            node: node
        )
    }
}

extension KeyspaceEvents.KeyEvent {
    /// Creates the event of a record.
    init(_ record: Record, slab: [UInt8]) {
        self.init(
            name: Name(RedisBytes(storage: slab, start: record.start, count: record.channelLength)),
            key: RedisBytes(partOf: slab, start: record.start + record.channelLength, count: record.payloadLength),
            database: record.database,
            receivedAt: RedisTimestamp(microseconds: record.time),
            NodeNumber(value: record.node)
        )
    }
}
