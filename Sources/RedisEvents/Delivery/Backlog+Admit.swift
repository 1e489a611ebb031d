// Overflow decided event by event, for all rules but `dropOldest`, which takes whole reads.
extension Backlog {
    /// So many events that may not be dropped, and so many bytes of them, are told in full beyond the limit; then
    /// neighbours of a kind are told as one.
    static var controlReserve: Int { 256 }
    static var controlReserveBytes: Int { 1 << 20 }

    /// Puts a read's events behind what waits, one by one, as far as there is room or room can be made. What is dropped
    /// of it leaves a mark in its place.
    mutating func admit(_ segment: inout Segment<Control>) {
        if rule == .latestPerChannel && index == nil { compact() }
        let since = segment.since
        while !segment.isEmpty {
            let record = segment.removeFirst()
            if record.kind == Record.drop {
                openTail(since)
                segments.modifyLast { $0.appendMark(record.dropped) }
            } else if record.kind == Record.control, !segment.controls[record.controlIndex].mayBeDropped {
                if hasFailed {
                    count(record.asDrop)
                } else {
                    keep(segment.controls[record.controlIndex], record, segment, since)
                }
            } else if !hasFailed, makeRoom(for: record, of: segment) {
                controlsBeyondLimit = 0
                controlBytesBeyondLimit = 0
                keep(record, of: segment, since)
            } else {
                if rule == .fail { hasFailed = true }
                drop(record, since)
            }
        }
        segment = Segment()
        if droppedBytes > max(statistics.queuedBytes, fullSegment) { compact() }
        // An index is mostly stale when this much passed through it.
        if let index,
            index.noted > 4 * statistics.queuedEvents + 4096 || index.nameBytes > 2 * statistics.queuedBytes + 1 << 20
        {
            compact()
        }
    }

    /// Returns whether the event fits, after others were dropped if the rule is to do so.
    private mutating func makeRoom(for record: Record, of segment: Segment<Control>) -> Bool {
        if rule == .pauseReading || hasRoom(events: 1, bytes: record.cost) { return true }
        guard rule == .latestPerChannel, limit.events > 0, record.cost <= limit.bytes else { return false }
        let channel = record.kind == Record.control ? nil : segment.channel(of: record)
        while !hasRoom(events: 1, bytes: record.cost) {
            guard let position = nextEvictionCandidate(for: channel) else { return false }
            replaceWithDropMarker(position)
        }
        return true
    }

    /// The event that matters least: an older one of the channel, one that is out of date, the oldest of all.
    private mutating func nextEvictionCandidate(for channel: ChannelIndex.Channel?) -> ChannelIndex.Position? {
        // In a local variable, so that it can be changed while the segments are looked at.
        var index = self.index.take() ?? ChannelIndex()
        defer { self.index = index }
        if let channel, let position = index.takeOldest(of: channel, mayBeDropped) { return position }
        return index.takeOutdated(mayBeDropped) ?? nextOldest()
    }

    private func mayBeDropped(_ position: ChannelIndex.Position) -> Bool {
        segments.peek(at: position.segment - segmentsTaken) { segment in
            let record = segment.records[position.record]
            guard record.kind == Record.control else { return record.kind != Record.drop }
            return segment.controls[record.controlIndex].mayBeDropped
        } ?? false
    }

    /// The oldest event that may be dropped. What was passed over once never may be.
    private mutating func nextOldest() -> ChannelIndex.Position? {
        if oldest.segment < segmentsTaken { oldest = ChannelIndex.Position(segment: segmentsTaken, record: 0) }
        while let count = segments.peek(at: oldest.segment - segmentsTaken, { $0.records.count }) {
            while oldest.record < count {
                defer { oldest.record += 1 }
                if mayBeDropped(oldest) { return oldest }
            }
            guard oldest.segment - segmentsTaken + 1 < segments.count else { return nil }
            oldest = ChannelIndex.Position(segment: oldest.segment + 1, record: 0)
        }
        return nil
    }

    private mutating func replaceWithDropMarker(_ position: ChannelIndex.Position) {
        var dropped: Record?
        segments.modify(at: position.segment - segmentsTaken) {
            dropped = $0.replaceWithDropMarker(at: position.record)
        }
        guard let dropped else { return }
        droppedBytes += dropped.cost
        statistics.queuedEvents -= 1
        statistics.queuedBytes -= dropped.cost
        count(dropped.asDrop)
    }

    /// The event that has just come is dropped.
    private mutating func drop(_ record: Record, _ since: PackedInstant?) {
        count(record.asDrop)
        openTail(since)
        segments.modifyLast { $0.appendMark(record.asDrop) }
    }

    private mutating func keep(
        _ control: Control,
        _ record: Record,
        _ segment: Segment<Control>,
        _ since: PackedInstant?
    ) {
        if !hasRoom(events: 1, bytes: record.cost) {
            if controlsBeyondLimit >= Self.controlReserve
                || controlBytesBeyondLimit + record.cost > Self.controlReserveBytes
            {
                var growth: Int?
                segments.modifyLast { growth = $0.absorb(control) }
                if let growth {
                    statistics.queuedBytes += growth
                    return
                }
            }
            controlsBeyondLimit += 1
            controlBytesBeyondLimit += record.cost
        }
        keep(record, of: segment, since)
    }

    private mutating func keep(
        _ record: Record,
        of segment: Segment<Control>,
        _ since: PackedInstant?
    ) {
        statistics.queuedEvents += 1
        statistics.queuedBytes += record.cost
        append(record, of: segment, since)
    }

    private mutating func append(
        _ record: Record,
        of segment: Segment<Control>,
        _ since: PackedInstant?
    ) {
        openTail(since)
        segments.modifyLast { $0.append(record, from: segment) }
        guard index != nil, record.kind != Record.control else { return }
        let last = segments.peekLast { $0.records.count - 1 } ?? 0
        let position = ChannelIndex.Position(segment: segmentsTaken + segments.count - 1, record: last)
        index?.note(segment.channel(of: record), at: position)
    }

    /// Makes sure that the last segment can be appended to.
    private mutating func openTail(_ since: PackedInstant?) {
        if segments.peekLast({ $0.footprint < fullSegment }) == true { return }
        var segment = Segment<Control>()
        segment.since = since
        segments.append(segment)
    }

    /// Gives back the memory of what was dropped, makes one mark of those that stand side by side, and for
    /// `latestPerChannel` notes afresh where everything is. It costs as much as what waits, and is due when as much
    /// again has been dropped.
    private mutating func compact() {
        let before = segments.elementsInOrder
        segments = Queue()
        droppedBytes = 0
        oldest = ChannelIndex.Position(segment: segmentsTaken, record: 0)
        index = rule == .latestPerChannel ? ChannelIndex() : nil
        for var segment in before {
            while !segment.isEmpty {
                let record = segment.removeFirst()
                if record.kind == Record.drop {
                    openTail(segment.since)
                    segments.modifyLast { $0.appendMark(record.dropped) }
                } else {
                    append(record, of: segment, segment.since)
                }
            }
        }
    }
}
