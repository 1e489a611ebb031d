/// One event in a segment: plain numbers that point into the segment's slab, so that taking an event in costs no
/// allocation and no reference count.
package struct Record: BitwiseCopyable, Sendable {
    /// The raw value of a message's kind, or `control`.
    package var kind: UInt8
    /// The server that it came from, as a `NodeNumber`.
    package var node: UInt16 = 0
    /// The number of the handler that takes the event; 0 for none.
    package var handler: UInt32
    /// Where the event's bytes begin: pattern, channel, payload. For a control event its index.
    package var start: Int
    var patternLength: Int
    var channelLength: Int
    package var payloadLength: Int
    /// Microseconds since 1970.
    var time: Int64

    static let control: UInt8 = .max
    /// A mark where events were dropped. It counts neither as an event nor towards the limit.
    static let drop: UInt8 = .max - 1

    package var byteCount: Int { patternLength + channelLength + payloadLength }

    /// What the event counts towards the limit in bytes.
    var cost: Int { byteCount + MemoryLayout<Record>.stride }

    /// What a mark stands for.
    var dropped: Drop { Drop(count: start, bytes: payloadLength) }

    /// What the record comes to when it is dropped: itself, or what it is the mark of.
    var asDrop: Drop { kind == Record.drop ? dropped : Drop(count: 1, bytes: byteCount) }

    static func drop(_ drop: Drop) -> Record {
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

    static func control(index: Int) -> Record {
        Record(kind: control, handler: 0, start: index, patternLength: 0, channelLength: 0, payloadLength: 0, time: 0)
    }
}
