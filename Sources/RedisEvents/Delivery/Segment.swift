/// A run of events in order, with the bytes of all of them in one slab.
package struct Segment<Control: MailboxControl>: Sendable {
    package init() {}

    private(set) var slab: [UInt8] = []
    private(set) var records: [Record] = []
    private(set) var controls: [Control] = []
    /// The first record that was not taken yet.
    private(set) var head = 0
    /// What the events from `head` on count towards the limit in bytes.
    private(set) var cost = 0
    /// How many of the records from `head` on are marks of drops.
    private(set) var marks = 0
    /// What the events counted that have become marks here. Their bytes are still in the slab.
    private(set) var droppedBytes = 0
    /// What the unknown pushes among the events from `head` on count.
    private(set) var pushCost = 0
    /// What was dropped before it got here, and is not counted by anybody yet. Its marks are among the records.
    private var uncounted = RedisDrop.nothing
    /// When the first event arrived.
    var since: PackedInstant?

    /// The memory that it holds, what was taken already included.
    var footprint: Int { slab.count + records.count * MemoryLayout<Record>.stride }

    /// How many events it holds, marks left aside.
    package var count: Int { records.count - head - marks }
    package var isEmpty: Bool { head == records.count }

    /// Takes a copy of an event's bytes, the only one there is.
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

    /// Notes an event whose bytes `append` will bring.
    @inline(__always)
    mutating func append(_ record: Record) {
        records.append(record)
        cost += record.cost
    }

    /// Brings the bytes of events that were noted.
    mutating func append(_ bytes: RawSpan) { slab.append(bytes) }

    package mutating func append(_ control: Control) {
        if let drop = control.drop { return append(dropped: drop) }
        append(control, holding: control.heldBytes)
    }

    /// The same with what it holds, for who knows that.
    mutating func append(_ control: Control, holding bytes: Int) {
        let record = Record.control(index: controls.count, holding: bytes)
        if control.isUnknownPush { pushCost += record.cost }
        controls.append(control)
        records.append(record)
        cost += record.cost
    }

    /// Events were dropped here before anybody could count them.
    mutating func append(dropped drop: RedisDrop) {
        appendMark(drop)
        uncounted += drop
    }

    /// What was dropped before it got here. It is told once.
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
                appendMark(record.dropped)
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

    /// The channel of a message here.
    func channelName(of record: Record) -> RedisBytes {
        RedisBytes(storage: slab, start: record.channelStart, count: record.channelLength)
    }

    /// The payload of a message here.
    func payload(of record: Record) -> RedisBytes {
        RedisBytes(storage: slab, start: record.payloadStart, count: record.payloadLength)
    }

    /// Takes the oldest event off.
    mutating func removeFirst() -> Record {
        let record = records[head]
        head += 1
        if record.kind == Record.drop { marks -= 1 } else { cost -= record.cost }
        if record.kind == Record.control, controls[record.controlIndex].isUnknownPush { pushCost -= record.cost }
        return record
    }

    /// Takes an event out of the midst of others.
    mutating func remove(at index: Int) -> Record {
        let record = records.remove(at: index)
        cost -= record.cost
        if record.kind == Record.control, controls[record.controlIndex].isUnknownPush { pushCost -= record.cost }
        return record
    }

    /// Gives queued messages to the handlers of that assignment.
    mutating func rebind(_ assignment: HandlerAssignment) {
        for index in records.indices.dropFirst(head) {
            if let number = assignment.number(for: records[index], in: slab) { records[index].handler = number }
        }
    }

    /// Whether that assignment changes the handler of one of the events from `index` on.
    func isTouched(by assignment: HandlerAssignment, from index: Int) -> Bool {
        records.dropFirst(index).contains { assignment.number(for: $0, in: slab) != nil }
    }

    /// Leaves out the events before `index`.
    mutating func skip(to index: Int) {
        while head < index { _ = removeFirst() }
    }

    /// The events from `index` on, as what they come to when they are discarded; marks tell of what was dropped before.
    func discarded(from index: Int) -> RedisDrop {
        records.dropFirst(index).reduce(into: RedisDrop.nothing) { sum, record in
            if record.kind != Record.drop { sum += record.asDrop }
        }
    }

    /// Takes a copy of a message of another segment.
    mutating func append(message record: Record, from other: borrowing Segment) {
        let copy = record.packed(at: slab.count)
        let bytes = other.slab.span.rawBytes
        slab.append(bytes.extracting(record.start..<(record.start + record.patternLength)))
        slab.append(bytes.extracting(record.channelStart..<(record.channelStart + record.channelLength)))
        slab.append(bytes.extracting(record.payloadStart..<(record.payloadStart + record.payloadLength)))
        records.append(copy)
        cost += copy.cost
    }

    mutating func appendMarkRecord(_ mark: Record) {
        records.append(mark)
        marks += 1
    }

    mutating func replaceLast(by mark: Record) { records[records.count - 1] = mark }

    /// Makes an event the mark of its own drop. Returns what it was.
    mutating func replaceWithDropMarker(at index: Int) -> Record {
        let record = records[index]
        cost -= record.cost
        droppedBytes += record.cost
        if record.kind == Record.control, controls[record.controlIndex].isUnknownPush { pushCost -= record.cost }
        marks += 1
        records[index] = .drop(record.asDrop)
        return record
    }

    /// Drops the unknown pushes that come to more than `room` together, and returns what that is. Nothing of them is
    /// kept.
    mutating func dropPushes(beyond room: Int) -> RedisDrop {
        guard pushCost > room else { return .nothing }
        var (room, dropped) = (room, RedisDrop.nothing)
        let before = records[head...]
        records = []
        head = 0
        marks = 0
        for record in before {
            let isPush = record.kind == Record.control && controls[record.controlIndex].isUnknownPush
            if isPush, record.cost > room {
                cost -= record.cost
                pushCost -= record.cost
                controls[record.controlIndex] = .dropped(.nothing)
                dropped += record.asDrop
                appendMark(record.asDrop)
            } else if record.kind == Record.drop {
                appendMark(record.dropped)
            } else {
                if isPush { room -= record.cost }
                records.append(record)
            }
        }
        return dropped
    }

    /// Offers the control events to `body`, latest first, until it has changed one. Returns by how much that one holds
    /// more.
    mutating func absorb(_ body: (inout Control) -> Bool) -> Int? {
        // By their records: one that was taken off or dropped has none, and nobody would hear of what it tells.
        for place in (head..<records.count).reversed() where records[place].kind == Record.control {
            let index = records[place].controlIndex
            guard body(&controls[index]) else { continue }
            let changed = records[place].holding(controls[index].heldBytes)
            let growth = changed.cost - records[place].cost
            records[place] = changed
            cost += growth
            return growth
        }
        return nil
    }

    /// Whether it has memory to fill.
    var hasRoom: Bool { records.capacity > 0 }

    /// Makes it empty again, whatever became of its events.
    mutating func recycle() {
        removeAll()
        head = 0
        droppedBytes = 0
    }

    private mutating func removeAll() {
        slab.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        controls.removeAll(keepingCapacity: true)
        cost = 0
        marks = 0
        pushCost = 0
        uncounted = .nothing
        since = nil
    }
}
