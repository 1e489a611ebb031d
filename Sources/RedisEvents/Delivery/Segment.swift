/// A series of events in order, with the bytes of all of them in one slab.
package struct Segment<Control: MailboxControl>: Sendable {
    package init() {}

    private(set) var slab: [UInt8] = []
    private(set) var records: [Record] = []
    package private(set) var controls: [Control] = []
    /// The first record that was not taken yet.
    private(set) var head = 0
    /// The bytes that the events from `head` on count towards the limit.
    package private(set) var cost = 0
    /// How many of the records from `head` on are drop markers.
    private(set) var dropMarkerCount = 0
    /// The bytes of the events that have become drop markers in this segment. They are still in the slab.
    private(set) var droppedBytes = 0
    /// The bytes of the unknown pushes among the events from `head` on.
    private(set) var pushCost = 0
    /// The events that were dropped before they reached this segment and that nobody has counted yet. Their drop
    /// markers are among the records.
    private var uncounted = RedisDrop.nothing
    /// When the first event arrived.
    var since: PackedInstant?

    /// The memory that the segment holds, including events that were taken already.
    package var footprint: Int { slab.count + records.count * MemoryLayout<Record>.stride }

    /// How many events the segment holds, without drop markers.
    package var count: Int { records.count - head - dropMarkerCount }
    package var isEmpty: Bool { head == records.count }

    /// Appends an event, with the only copy of its bytes that is made.
    package mutating func append(
        kind: UInt8,
        handler: UInt32,
        pattern: RawSpan,
        channel: RawSpan,
        payload: RawSpan,
        time: RedisTimestamp,
        node: NodeNumber = .none
    ) {
        let record = Record(
            kind: kind,
            node: node.value,
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

    /// Appends a record whose bytes a later `append` brings.
    @inline(__always)
    mutating func append(_ record: Record) {
        records.append(record)
        cost &+= record.cost
    }

    /// Appends the bytes of records that were appended before.
    mutating func append(_ bytes: RawSpan) { slab.append(bytes) }

    package mutating func append(_ control: Control) {
        if let drop = control.drop { return append(dropped: drop) }
        append(control, holding: control.heldBytes)
    }

    /// Appends a control event, for callers that know its size.
    mutating func append(_ control: Control, holding bytes: Int) {
        let record = Record.control(index: controls.count, holding: bytes)
        if control.isUnknownPush { pushCost += record.cost }
        controls.append(control)
        records.append(record)
        cost += record.cost
    }

    /// Appends the drop of events that nobody could count before.
    mutating func append(dropped drop: RedisDrop) {
        appendDropMarker(drop)
        uncounted += drop
    }

    /// The events that were dropped before they reached this segment. They are returned once.
    mutating func takeUncounted() -> RedisDrop { exchange(&uncounted, with: .nothing) }

    /// Appends the events of another segment, which is emptied but keeps its storage.
    mutating func takeAll(from other: inout Segment) {
        precondition(other.head == 0, "only what has just come is appended as a whole")
        let slabOffset = slab.count
        let controlOffset = controls.count
        slab += other.slab
        controls += other.controls
        records.reserveCapacity(records.count + other.records.count)
        for var record in other.records {
            if record.kind == Record.drop {
                appendDropMarker(record.dropped)
                continue
            }
            if record.kind == Record.control {
                record.controlIndex += controlOffset
            } else {
                record.start += slabOffset
            }
            records.append(record)
        }
        cost += other.cost
        pushCost += other.pushCost
        uncounted += other.uncounted
        other.removeAll()
    }

    /// The channel of a message in this segment.
    package func channelName(of record: Record) -> RedisBytes {
        RedisBytes(storage: slab, start: record.channelStart, count: record.channelLength)
    }

    /// The payload of a message in this segment.
    package func payload(of record: Record) -> RedisBytes {
        RedisBytes(storage: slab, start: record.payloadStart, count: record.payloadLength)
    }

    /// Removes the oldest event.
    package mutating func removeFirst() -> Record {
        let record = records[head]
        head += 1
        if record.kind == Record.drop { dropMarkerCount -= 1 } else { cost -= record.cost }
        if record.kind == Record.control, controls[record.controlIndex].isUnknownPush { pushCost -= record.cost }
        return record
    }

    /// Removes an event between others.
    mutating func remove(at index: Int) -> Record {
        let record = records.remove(at: index)
        cost -= record.cost
        if record.kind == Record.control, controls[record.controlIndex].isUnknownPush { pushCost -= record.cost }
        return record
    }

    /// Gives the queued messages the handlers of that assignment.
    mutating func rebind(_ assignment: HandlerAssignment) {
        for index in records.indices.dropFirst(head) {
            if let number = assignment.number(for: records[index], in: slab) { records[index].handler = number }
        }
    }

    /// Whether that assignment changes the handler of one of the events from `index` on.
    func isTouched(by assignment: HandlerAssignment, from index: Int) -> Bool {
        records.dropFirst(index).contains { assignment.number(for: $0, in: slab) != nil }
    }

    /// Skips the events before `index`.
    mutating func skip(to index: Int) {
        while head < index { _ = removeFirst() }
    }

    /// The events from `index` on as one drop. Drop markers add the events that were dropped before.
    func discarded(from index: Int) -> RedisDrop {
        records.dropFirst(index).reduce(into: RedisDrop.nothing) { sum, record in
            if record.kind != Record.drop { sum += record.asDrop }
        }
    }

    /// Appends a copy of a message of another segment.
    mutating func append(message record: Record, from other: borrowing Segment) {
        let copy = record.packed(at: slab.count)
        let bytes = other.slab.span.rawBytes
        slab.append(bytes.extracting(record.start..<(record.start + record.patternLength)))
        slab.append(bytes.extracting(record.channelStart..<(record.channelStart + record.channelLength)))
        slab.append(bytes.extracting(record.payloadStart..<(record.payloadStart + record.payloadLength)))
        records.append(copy)
        cost += copy.cost
    }

    mutating func appendDropMarkerRecord(_ marker: Record) {
        records.append(marker)
        dropMarkerCount += 1
    }

    mutating func replaceLast(by marker: Record) { records[records.count - 1] = marker }

    /// Replaces an event by the drop marker for it. Returns the event's record.
    mutating func replaceWithDropMarker(at index: Int) -> Record {
        let record = records[index]
        cost -= record.cost
        droppedBytes += record.cost
        if record.kind == Record.control, controls[record.controlIndex].isUnknownPush { pushCost -= record.cost }
        dropMarkerCount += 1
        records[index] = .drop(record.asDrop)
        return record
    }

    /// Drops the unknown pushes that exceed `room` together, and returns them as one drop. Their memory is freed.
    mutating func dropPushes(beyond room: Int) -> RedisDrop {
        guard pushCost > room else { return .nothing }
        var (room, dropped) = (room, RedisDrop.nothing)
        let before = records[head...]
        records = []
        head = 0
        dropMarkerCount = 0
        for record in before {
            let isPush = record.kind == Record.control && controls[record.controlIndex].isUnknownPush
            if isPush, record.cost > room {
                cost -= record.cost
                pushCost -= record.cost
                controls[record.controlIndex] = .dropped(.nothing)
                dropped += record.asDrop
                appendDropMarker(record.asDrop)
            } else if record.kind == Record.drop {
                appendDropMarker(record.dropped)
            } else {
                if isPush { room -= record.cost }
                records.append(record)
            }
        }
        return dropped
    }

    /// Merges a control event into the last one that can absorb it, if no message stands between that must come first.
    /// Returns how many bytes that one holds more, or `nil` when there was none.
    mutating func absorb(_ later: Control) -> Int? {
        // The control events are found by their records. An event that was taken or dropped has no record, so nobody
        // would receive what is merged into it.
        for place in (head..<records.count).reversed() where records[place].kind != Record.drop {
            guard records[place].kind == Record.control else {
                if later.mayPrecede(records[place]) { continue }
                return nil
            }
            let index = records[place].controlIndex
            guard controls[index].absorb(later) else { continue }
            let changed = records[place].holding(controls[index].heldBytes)
            let growth = changed.cost - records[place].cost
            records[place] = changed
            cost += growth
            return growth
        }
        return nil
    }

    /// Whether the segment has memory to fill.
    var hasRoom: Bool { records.capacity > 0 }

    /// Makes the segment empty again, whatever happened to its events.
    package mutating func recycle() {
        removeAll()
        head = 0
        droppedBytes = 0
    }

    private mutating func removeAll() {
        slab.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        controls.removeAll(keepingCapacity: true)
        cost = 0
        dropMarkerCount = 0
        pushCost = 0
        uncounted = .nothing
        since = nil
    }
}
