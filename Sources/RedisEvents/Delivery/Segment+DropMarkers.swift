// Changes of a segment by overflow policies, other than removing its oldest event.
extension Segment {
    /// Whether the next record is a drop marker.
    var startsWithDropMarker: Bool { head < records.count && records[head].kind == Record.drop }

    /// Appends a copy of another segment's event or drop marker.
    mutating func append(_ record: Record, from other: borrowing Segment) {
        switch record.kind {
        case Record.control: append(other.controls[record.controlIndex], holding: record.byteCount)
        case Record.drop: append(dropped: record.dropped)
        default: append(message: record, from: other)
        }
    }

    /// Appends a drop marker, or adds to the marker at the end.
    mutating func appendDropMarker(_ drop: RedisDrop) {
        guard drop.count > 0 else { return }
        if !isEmpty, let last = records.last, last.kind == Record.drop {
            replaceLast(by: .drop(last.dropped + drop))
        } else {
            appendDropMarkerRecord(.drop(drop))
        }
    }

    /// The channel of a message, as one subscription sees it.
    func channel(of record: Record) -> ChannelIndex.Channel {
        ChannelIndex.Channel(
            kind: record.kind,
            pattern: RedisBytes(storage: slab, start: record.start, count: record.patternLength),
            name: channelName(of: record)
        )
    }
}
