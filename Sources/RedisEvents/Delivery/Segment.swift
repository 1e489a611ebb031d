/// A run of events in order, with the bytes of all of them in one slab.
package struct Segment<Control: Sendable>: Sendable {
    package init() {}

    private(set) var slab: [UInt8] = []
    private(set) var records: [Record] = []
    private(set) var controls: [Control] = []
    /// The first record that was not taken yet.
    private(set) var head = 0
    /// What the records from `head` on count towards the limit in bytes.
    private(set) var cost = 0

    /// The memory that it holds, what was taken already included.
    var footprint: Int { slab.count + records.count * MemoryLayout<Record>.stride }

    package var count: Int { records.count - head }
    package var isEmpty: Bool { head == records.count }

    /// Takes a copy of an event's bytes, the only one there is.
    package mutating func append(
        kind: UInt8,
        handler: UInt32,
        pattern: RawSpan,
        channel: RawSpan,
        payload: RawSpan,
        time: Timestamp
    ) {
        let record = Record(
            kind: kind,
            handler: handler,
            start: slab.count,
            patternLength: pattern.byteCount,
            channelLength: channel.byteCount,
            payloadLength: payload.byteCount,
            time: time.microseconds
        )
        slab.append(pattern)
        slab.append(channel)
        slab.append(payload)
        records.append(record)
        cost += record.cost
    }

    package mutating func append(_ control: Control) {
        let record = Record.control(index: controls.count)
        controls.append(control)
        records.append(record)
        cost += record.cost
    }

    /// Appends the events of another segment, which is emptied but keeps its storage.
    mutating func takeAll(from other: inout Segment) {
        precondition(other.head == 0, "only a segment that nobody has read from is appended")
        let slabOffset = slab.count
        let controlOffset = controls.count
        slab += other.slab
        controls += other.controls
        records.reserveCapacity(records.count + other.records.count)
        for var record in other.records {
            record.start += record.kind == Record.control ? controlOffset : slabOffset
            records.append(record)
        }
        cost += other.cost
        other.removeAll()
    }

    /// Takes the oldest event off.
    mutating func removeFirst() -> Record {
        let record = records[head]
        head += 1
        cost -= record.cost
        return record
    }

    private mutating func removeAll() {
        slab.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        controls.removeAll(keepingCapacity: true)
        cost = 0
    }
}
