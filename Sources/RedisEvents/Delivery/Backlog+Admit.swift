// The overflow rules that decide about each event before it is queued: all but `dropOldest`, which queues a whole read
// and then drops the oldest events.
extension Backlog {
    /// Beyond the limit, this many events that may not be dropped are kept one by one, and as many bytes. Beyond that,
    /// neighbours of the same kind are merged into one event.
    static var controlReserve: Int { 256 }
    static var controlReserveBytes: Int { 1 << 20 }

    /// Appends a read's events to the queue one by one, as far as there is room or room can be made. A dropped event
    /// leaves a drop marker in its place.
    mutating func admit(_ segment: inout Segment<Control>) {
        if rule == .latestPerChannel && index == nil { compact() }
        let since = segment.since
        while !segment.isEmpty {
            let record = segment.removeFirst()
            if record.kind == Record.drop {
                openTail(since)
                segments.modifyLast { $0.appendDropMarker(record.dropped) }
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
        // An index through which this many events have passed is mostly stale.
        if let index,
            index.noted > 4 * statistics.queuedEvents + 4096 || index.nameBytes > 2 * statistics.queuedBytes + 1 << 20
        {
            compact()
        }
    }

    /// Makes room for an event by dropping others, if the rule says so. Returns whether the event fits.
    private mutating func makeRoom(for record: Record, of segment: Segment<Control>) -> Bool {
        if rule == .pauseReading || hasRoom(events: 1, bytes: record.packedCost) { return true }
        guard rule == .latestPerChannel, limit.events > 0, record.packedCost <= limit.bytes else { return false }
        let channel = record.kind == Record.control ? nil : segment.channel(of: record)
        while !hasRoom(events: 1, bytes: record.packedCost) {
            guard let position = nextEvictionCandidate(for: channel) else { return false }
            replaceWithDropMarker(position)
        }
        return true
    }

    /// The event that the rule drops next: an older event of the channel, an outdated event, or the oldest of all.
    private mutating func nextEvictionCandidate(for channel: ChannelIndex.Channel?) -> ChannelIndex.Position? {
        // A local variable, so that the index can be changed while the segments are read.
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

    /// The oldest event that may be dropped. An event that was skipped once is never looked at again.
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

    /// Drops the event that has just come.
    private mutating func drop(_ record: Record, _ since: PackedInstant?) {
        count(record.asDrop)
        openTail(since)
        segments.modifyLast { $0.appendDropMarker(record.asDrop) }
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
        statistics.queuedBytes += record.packedCost
        append(record, of: segment, since)
    }

    /// Appends a copy of an event of another segment, packed.
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

    /// Frees the memory of dropped events, merges neighbouring drop markers, and for `latestPerChannel` builds the
    /// index anew. The cost is proportional to the queue, so this runs only when as much as the queue holds has been
    /// dropped.
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
                    segments.modifyLast { $0.appendDropMarker(record.dropped) }
                } else {
                    statistics.queuedBytes -= record.cost - record.packedCost
                    append(record, of: segment, segment.since)
                }
            }
        }
    }
}
