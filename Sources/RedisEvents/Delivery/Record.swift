/// One event in a segment: plain numbers that point into the segment's slab, so that taking an event in costs no
/// allocation and no reference count.
@usableFromInline
package struct Record: BitwiseCopyable, Sendable {
    /// Whom or what it belongs to: a message's handler, or a key event's database.
    private var owner: UInt32
    /// The server that it came from, as a `NodeNumber`.
    package var node: UInt16 = 0
    /// The raw value of a message's kind, or `control`.
    @usableFromInline package var kind: UInt8
    /// What the wire has between pattern and channel, and between channel and payload: two lengths below 16, in four
    /// bits each.
    @usableFromInline var spaces: UInt8 = 0
    /// Where its bytes begin, or of which control event it is, or how many events the mark of a drop stands for.
    @usableFromInline var place: Int
    @usableFromInline var patternLength: Int
    @usableFromInline var channelLength: Int
    /// The length of a message's payload, or how many bytes a control event holds, or the dropped events had.
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
        self.patternLength = patternLength
        self.channelLength = channelLength
        self.payloadLength = payloadLength
        self.time = time
    }

    /// An event whose bytes lie as they came.
    @inline(__always)
    init(_ run: borrowing MessageRun, handler: UInt32, start: Int) {
        kind = run.kind.rawValue
        node = run.node.value
        owner = handler
        place = start
        patternLength = run.patternLength
        channelLength = run.channelLength
        payloadLength = run.payloadLength
        spaces = UInt8(truncatingIfNeeded: run.spaceAfterPattern << 4 | run.spaceAfterChannel)
        time = run.receivedAt.microseconds
    }

    /// A line that lies there, behind so many bytes of others.
    @inline(__always)
    init(line: Range<Int>, behind start: Int, node: NodeNumber) {
        self.init(
            kind: 0,
            node: node.value,
            handler: 0,
            start: start + line.lowerBound,
            patternLength: 0,
            channelLength: 0,
            payloadLength: line.count,
            time: 0
        )
    }

    /// The number of the handler that takes a message; 0 for none.
    package var handler: UInt32 {
        get { owner }
        set { owner = newValue }
    }

    /// The database that a key event is of.
    var database: Int { Int(owner) }

    /// Where its bytes begin: pattern, channel, payload.
    @inlinable package var start: Int {
        get { place }
        set { place = newValue }
    }

    /// The index of a control event.
    var controlIndex: Int {
        get { place }
        set { place = newValue }
    }

    /// Where a message's channel begins.
    @inlinable var channelStart: Int { start + patternLength + Int(spaces >> 4) }

    /// Where its payload begins.
    @inlinable package var payloadStart: Int { channelStart + channelLength + Int(spaces & 15) }

    /// The same event with its bytes side by side, beginning there.
    func packed(at start: Int) -> Record {
        var record = self
        record.start = start
        record.spaces = 0
        return record
    }

    static let control: UInt8 = .max
    /// A mark where events were dropped. It counts neither as an event nor towards the limit.
    static let drop: UInt8 = .max - 1

    /// The bytes of names and payload; of a control event what it holds.
    package var byteCount: Int { patternLength + channelLength + payloadLength }

    /// What the event counts towards the limit in bytes: with what the wire has around it, when that was copied along.
    var cost: Int { byteCount + MemoryLayout<Record>.stride + (spaces == 0 ? 0 : 40) }

    /// What a mark stands for.
    var dropped: RedisDrop { RedisDrop(count: place, bytes: payloadLength) }

    /// What the record comes to when it is dropped: itself, or what it is the mark of.
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

    /// A control event that holds so many bytes.
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

    /// The same when it holds so many bytes.
    func holding(_ bytes: Int) -> Record {
        var record = self
        record.payloadLength = bytes
        return record
    }
}
