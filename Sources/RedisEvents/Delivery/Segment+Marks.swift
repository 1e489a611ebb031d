// What overflow policies do to a segment besides taking its oldest event off.
extension Segment {
    /// Whether the next record is the mark of a drop.
    var startsWithMark: Bool { head < records.count && records[head].kind == Record.drop }

    /// Takes a copy of another segment's event, or of its mark of a drop.
    mutating func append(_ record: Record, from other: borrowing Segment) {
        switch record.kind {
        case Record.control: append(other.controls[record.controlIndex], holding: record.byteCount)
        case Record.drop: append(dropped: record.dropped)
        default: append(message: record, from: other)
        }
    }

    /// Notes a drop behind what is there. Marks that would stand side by side are one.
    mutating func appendMark(_ drop: RedisDrop) {
        guard drop.count > 0 else { return }
        if !isEmpty, let last = records.last, last.kind == Record.drop {
            replaceLast(by: .drop(last.dropped + drop))
        } else {
            appendMarkRecord(.drop(drop))
        }
    }

    /// Makes the control event at the end, or one of its kind before it, tell the later one as well. Returns by how
    /// much it holds more, or `nil` when there was none.
    mutating func absorb(_ later: Control) -> Int? { absorb { $0.absorb(later) } }

    /// The name that a message's channel, of its subscription, is known by.
    func channel(of record: Record) -> ChannelIndex.Channel {
        ChannelIndex.Channel(
            kind: record.kind,
            pattern: RedisBytes(storage: slab, start: record.start, count: record.patternLength),
            name: channelName(of: record)
        )
    }
}
