/// Where the events of keys go. Called on the loop, in order; it must not block.
package protocol KeyspaceSink: SegmentSink where Control == KeyspaceEvents.Event {
    /// Something happened to a key of the server that `node` stands for.
    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber)

    /// Anything else.
    func event(_ event: KeyspaceEvents.Event)

    /// How many bytes of pushes of unknown kinds this can take now. By default as many as a buffer does.
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
    /// Takes a copy of an event of a key.
    mutating func append(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        // No reader calls handlers here; the record's number is the database.
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
    /// The event that a record stands for.
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
