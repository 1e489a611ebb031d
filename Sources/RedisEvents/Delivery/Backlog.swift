/// What waits in a mailbox, in order, and what goes when it is too much. A plain value: the mailbox has the lock.
struct Backlog<Control: MailboxControl>: Sendable {
    let limit: RedisBufferLimit
    let rule: OverflowRule

    /// Events that stand before the segments: what `dropOldest` leaves of those that it took off.
    private(set) var front: [Control] = []
    /// What these hold.
    private(set) var frontBytes = 0
    var segments = Queue<Segment<Control>>()
    var statistics = RedisDeliveryStatistics()
    /// The most bytes that have waited since a burst ended.
    private var burstBytes = 0
    /// More came than the limit allows, and the rule is to fail.
    var hasFailed = false

    // For the rules that decide event by event.

    /// Events that may not be dropped and came when there was no room.
    var controlsBeyondLimit = 0
    /// What these count.
    var controlBytesBeyondLimit = 0
    /// How many segments were taken off before the first one here.
    var segmentsTaken = 0
    /// What the events counted whose bytes still lie in the segments behind marks.
    var droppedBytes = 0
    /// As long as `latestPerChannel` has had to drop and something of that time waits.
    var index: ChannelIndex?
    /// Nothing that may be dropped waits before this place.
    var oldest = ChannelIndex.Position(segment: 0, record: 0)

    init(limit: RedisBufferLimit, rule: OverflowRule) {
        self.limit = limit
        self.rule = rule
    }

    var isEmpty: Bool { front.isEmpty && segments.isEmpty }

    /// Whether so much waits that nothing should be read.
    var isFull: Bool { statistics.queuedEvents >= limit.events || statistics.queuedBytes >= limit.bytes }

    /// Whether so little waits that reading may go on.
    var isHalfEmpty: Bool {
        statistics.queuedEvents <= limit.events / 2 && statistics.queuedBytes <= limit.bytes / 2
    }

    /// Below this a commit is copied into the last segment, so that lone messages do not make a segment each.
    private var smallCommit: Int { 4096 }
    /// A segment that is this large is not appended to.
    var fullSegment: Int { 64 << 10 }

    /// Puts the events of one read behind what waits; `segment` is empty afterwards.
    mutating func add(_ segment: inout Segment<Control>) {
        count(segment.takeUncounted())
        if segment.pushCost > 0 { count(segment.dropPushes(beyond: limit.pushBytes - queuedPushCost)) }
        switch rule {
        case .dropOldest:
            append(&segment)
            dropOldest()
        case .dropNewest, .fail, .latestPerChannel:
            if index == nil && hasRoom(events: segment.count, bytes: segment.cost) {
                append(&segment)
            } else {
                admit(&segment)
            }
        case .pauseReading:
            // What was read is kept; but how often the link comes and goes meanwhile is not ours to bound.
            if segment.controls.isEmpty || hasRoom(events: segment.count, bytes: segment.cost) {
                append(&segment)
            } else {
                admit(&segment)
            }
        }
        statistics.highWaterEvents = max(statistics.highWaterEvents, statistics.queuedEvents)
        statistics.highWaterBytes = max(statistics.highWaterBytes, statistics.queuedBytes)
        burstBytes = max(burstBytes, statistics.queuedBytes)
    }

    /// Whether nothing waits any more after so many bytes had. It is told once.
    mutating func endBurst(above bytes: Int) -> Bool {
        guard burstBytes > bytes, isEmpty else { return false }
        burstBytes = 0
        segments = Queue()
        return true
    }

    func hasRoom(events: Int, bytes: Int) -> Bool {
        events <= limit.events - statistics.queuedEvents && bytes <= limit.bytes - statistics.queuedBytes
    }

    /// What the unknown pushes count that wait. Asked only when one comes.
    private var queuedPushCost: Int {
        (0..<segments.count).reduce(0) { $0 + (segments.peek(at: $1) { $0.pushCost } ?? 0) }
    }

    /// Puts an event before all others that are there by now, behind the front.
    mutating func appendToFront(_ control: Control) {
        front.append(control)
        frontBytes += control.heldBytes
    }

    /// Makes the event of the front at `index` tell a later one as well, if it can.
    mutating func absorb(_ control: Control, inFrontAt index: Int) -> Bool {
        let before = front[index].heldBytes
        guard front[index].absorb(control) else { return false }
        frontBytes += front[index].heldBytes - before
        return true
    }

    /// The first event that stands before the segments.
    mutating func takeFront() -> Control? {
        guard !front.isEmpty else { return nil }
        let control = front.removeFirst()
        frontBytes -= control.heldBytes
        return control
    }

    /// Takes the first event out that `isWanted`, wherever it stands, and the segment that it was in. It costs as much
    /// as what is queued.
    mutating func takeFirst(where isWanted: (Record, Segment<Control>) -> Bool) -> (Record, Segment<Control>)? {
        for offset in 0..<segments.count {
            let index = segments.peek(at: offset) { segment in
                (segment.head..<segment.records.count).first { isWanted(segment.records[$0], segment) }
            }
            guard let index = index.flatMap(\.self) else { continue }
            var found: (Record, Segment<Control>)?
            segments.modify(at: offset) { segment in found = (segment.remove(at: index), segment) }
            guard let found else { return nil }
            statistics.queuedEvents -= 1
            statistics.queuedBytes -= found.0.cost
            // The places behind it have changed: it is noted afresh when it is needed.
            self.index = nil
            if found.1.isEmpty {
                let left = segments.elementsInOrder.filter { !$0.isEmpty }
                segments = Queue()
                for segment in left { segments.append(segment) }
            }
            return found
        }
        return nil
    }

    /// Takes the first event out that stands before the segments and `isWanted`.
    mutating func takeFront(where isWanted: (Control) -> Bool) -> Control? {
        guard let index = front.firstIndex(where: isWanted) else { return nil }
        let control = front.remove(at: index)
        frontBytes -= control.heldBytes
        return control
    }

    private mutating func append(_ segment: inout Segment<Control>) {
        statistics.queuedEvents += segment.count
        statistics.queuedBytes += segment.cost
        if segment.cost < smallCommit, segments.peekLast({ $0.footprint < fullSegment }) == true {
            segments.modifyLast { $0.takeAll(from: &segment) }
        } else {
            segments.append(segment)
            segment = Segment()
        }
    }

    /// The first segment, for a reader to work through.
    mutating func takeSegment() -> Segment<Control>? {
        guard let segment = segments.popFirst() else { return nil }
        statistics.queuedEvents -= segment.count
        statistics.queuedBytes -= segment.cost
        segmentTaken(segment)
        return segment
    }

    /// The drops that stand before the next event.
    mutating func takeLeadingDrops() -> RedisDrop {
        var drop = RedisDrop.nothing
        while segments.peekFirst({ $0.startsWithMark }) == true {
            segments.modifyFirst { segment in
                while segment.startsWithMark { drop += segment.removeFirst().dropped }
            }
            guard segments.peekFirst({ $0.isEmpty }) == true, let spent = segments.popFirst() else { break }
            segmentTaken(spent)
        }
        return drop
    }

    private mutating func segmentTaken(_ segment: borrowing Segment<Control>) {
        segmentsTaken += 1
        droppedBytes -= segment.droppedBytes
        // Whoever has caught up pays for the bookkeeping no more.
        if segments.isEmpty { index = nil }
    }

    /// Gives queued messages to the handlers of that assignment. It costs as much as what is queued.
    mutating func rebind(_ assignment: HandlerAssignment) {
        for offset in 0..<segments.count { segments.modify(at: offset) { $0.rebind(assignment) } }
    }

    /// Counts events that nobody will read as dropped.
    mutating func count(_ drop: RedisDrop) {
        statistics.droppedEvents += drop.count
        statistics.droppedBytes += drop.bytes
    }

    /// Discards everything, counted.
    mutating func removeAll() {
        for control in front where !control.isDrop { count(RedisDrop(count: 1, bytes: control.heldBytes)) }
        for segment in segments.elementsInOrder { count(segment.discarded(from: segment.head)) }
        front = []
        frontBytes = 0
        segments = Queue()
        index = nil
        droppedBytes = 0
        statistics.queuedEvents = 0
        statistics.queuedBytes = 0
    }
}
