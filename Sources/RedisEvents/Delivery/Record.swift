/// One event in a segment: plain numbers that point into the segment's slab, so that taking an event in costs no
/// allocation and no reference count.
@usableFromInline
package struct Record: BitwiseCopyable, Sendable {
    /// The handler of a message, or the database of a key event.
    private var owner: UInt32
    /// The server that the event came from, as a `NodeNumber`.
    package var node: UInt16 = 0
    /// The raw value of a message's kind, or `control`.
    @usableFromInline package var kind: UInt8
    /// The number of bytes on the wire between pattern and channel, and between channel and payload: two lengths below
    /// 16, in four bits each.
    @usableFromInline var spaces: UInt8 = 0
    /// The position of the event's bytes, the index of a control event, or the number of events of a drop marker.
    @usableFromInline var place: Int
    // Half the size is enough for names: `PubSubDriver` closes a link whose messages have longer ones.
    @usableFromInline var patternSize: UInt32
    @usableFromInline var channelSize: UInt32
    /// The length of a message's payload, the bytes that a control event holds, or the bytes of dropped events.
    @usableFromInline package var payloadLength: Int
    /// Microseconds since 1970.
    var time: Int64

    init(
        kind: UInt8,
        node: UInt16 = 0,
        handler: UInt32,
        start: Int,
        patternLength: Int,
        channelLength: Int,
        payloadLength: Int,
        time: Int64
    ) {
        self.kind = kind
        self.node = node
        owner = handler
        place = start
        patternSize = UInt32(patternLength)
        channelSize = UInt32(channelLength)
        self.payloadLength = payloadLength
        self.time = time
    }

    /// A record of an event whose bytes are laid out as they came.
    @inline(__always)
    init(_ run: borrowing MessageRun, handler: UInt32, start: Int) {
        kind = run.view.kind.rawValue
        node = run.view.nodeNumber.value
        owner = handler
        place = start
        patternSize = UInt32(truncatingIfNeeded: run.view.pattern.byteCount)
        channelSize = UInt32(truncatingIfNeeded: run.view.channel.byteCount)
        payloadLength = run.view.payload.byteCount
        spaces = UInt8(truncatingIfNeeded: run.spaceAfterPattern << 4 | run.spaceAfterChannel)
        time = run.view.receivedAt.microseconds
    }

    /// Makes it the record of a later message with the same names, `offset` bytes behind where the run has it.
    @inline(__always)
    mutating func move(to run: borrowing MessageRun, behind offset: Int) {
        place = run.namesStart &+ offset
        payloadLength = run.view.payload.byteCount
        spaces = UInt8(truncatingIfNeeded: run.spaceAfterPattern << 4 | run.spaceAfterChannel)
    }

    /// A record of a line at that position, behind as many bytes of other events.
    @inline(__always)
    init(line: Range<Int>, behind start: Int, node: NodeNumber) {
        self.init(
            kind: 0,
            node: node.value,
            handler: 0,
            start: start &+ line.lowerBound,
            patternLength: 0,
            channelLength: 0,
            payloadLength: line.count,
            time: 0
        )
    }

    /// The number of the handler of a message; 0 for none.
    package var handler: UInt32 {
        get { owner }
        set { owner = newValue }
    }

    /// The database of a key event.
    var database: Int { Int(owner) }

    /// Where the event's bytes begin: pattern, channel, payload.
    @inlinable package var start: Int {
        get { place }
        set { place = newValue }
    }

    /// The index of a control event.
    package var controlIndex: Int {
        get { place }
        set { place = newValue }
    }

    @inlinable package var patternLength: Int { Int(patternSize) }
    @inlinable package var channelLength: Int { Int(channelSize) }
    /// The longest pattern or channel that a record can point to.
    package static let longestName = Int(UInt32.max)

    /// Where a message's channel begins.
    @inlinable package var channelStart: Int { start &+ patternLength &+ Int(spaces >> 4) }

    /// Where a message's payload begins.
    @inlinable package var payloadStart: Int { channelStart &+ channelLength &+ Int(spaces & 15) }

    /// A record of the same event whose bytes are side by side, beginning at `start`.
    func packed(at start: Int) -> Record {
        var record = self
        record.start = start
        record.spaces = 0
        return record
    }

    package static let control: UInt8 = .max
    /// The kind of a drop marker. A drop marker counts neither as an event nor towards the limit.
    static let drop: UInt8 = .max - 1

    /// The bytes of names and payload, or those that a control event holds.
    package var byteCount: Int { patternLength &+ channelLength &+ payloadLength }

    /// The bytes that the event counts towards the limit. They include the bytes around it on the wire when those were
    /// copied as well.
    var cost: Int { packedCost &+ (spaces == 0 ? 0 : 40) }

    /// What the event counts towards the limit once it is `packed`.
    var packedCost: Int { byteCount &+ MemoryLayout<Record>.stride }

    /// The dropped events of a drop marker.
    var dropped: RedisDrop { RedisDrop(count: place, bytes: payloadLength) }

    /// The drop that this record becomes when it is dropped: one event, or the events of a drop marker.
    var asDrop: RedisDrop { kind == Record.drop ? dropped : RedisDrop(count: 1, bytes: byteCount) }

    static func drop(_ drop: RedisDrop) -> Record {
        Record(
            kind: Record.drop,
            handler: 0,
            start: drop.count,
            patternLength: 0,
            channelLength: 0,
            payloadLength: drop.bytes,
            time: 0
        )
    }

    /// A record of a control event that holds this many bytes.
    static func control(index: Int, holding bytes: Int) -> Record {
        Record(
            kind: control,
            handler: 0,
            start: index,
            patternLength: 0,
            channelLength: 0,
            payloadLength: bytes,
            time: 0
        )
    }

    /// A record of the same control event that holds this many bytes.
    func holding(_ bytes: Int) -> Record {
        var record = self
        record.payloadLength = bytes
        return record
    }
}
