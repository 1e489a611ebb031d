/// The queue of a mailbox, in order, and the rules for what is dropped when it is full. A plain value; the mailbox has
/// the lock.
struct Backlog<Control: MailboxControl>: Sendable {
    let limit: RedisBufferLimit
    let rule: OverflowRule

    /// Events before the segments: those that `dropOldest` has kept of the segments that it removed.
    private(set) var front: [Control] = []
    /// The bytes of the events in `front`.
    private(set) var frontBytes = 0
    var segments = Queue<Segment<Control>>()
    var statistics = RedisDeliveryStatistics()
    /// The most bytes that have waited since a burst ended.
    private var burstBytes = 0
    /// Whether more came than the limit allows and the rule is to fail.
    var hasFailed = false

    // The rules that decide about each event before it is queued (`admit`) use what follows.

    /// The number of events that may not be dropped and came when there was no room.
    var controlsBeyondLimit = 0
    /// The bytes of these events.
    var controlBytesBeyondLimit = 0
    /// How many segments were removed before the first segment of the queue.
    var segmentsTaken = 0
    /// The bytes of dropped events whose memory still lies in the segments behind drop markers.
    var droppedBytes = 0
    /// Set while `latestPerChannel` has had to drop and events of that time wait.
    var index: ChannelIndex?
    /// Nothing that may be dropped waits before this position.
    var oldest = ChannelIndex.Position(segment: 0, record: 0)

    init(limit: RedisBufferLimit, rule: OverflowRule) {
        self.limit = limit
        self.rule = rule
    }

    var isEmpty: Bool { front.isEmpty && segments.isEmpty }

    /// Whether so much waits that the link should not be read.
    var isFull: Bool { statistics.queuedEvents >= limit.events || statistics.queuedBytes >= limit.bytes }

    /// Whether so much waits beyond the limit that the link should not even be read for a reply. A server that keeps to
    /// its own limits (32 MiB of output for a subscriber) never has as much in front of one.
    var isOverfull: Bool { statistics.queuedBytes - limit.bytes > 128 << 20 }

    /// Whether so little waits that reading may go on.
    var isHalfEmpty: Bool {
        statistics.queuedEvents <= limit.events / 2 && statistics.queuedBytes <= limit.bytes / 2
    }

    /// A commit below this size is copied into the last segment, so that single messages do not make a segment each.
    private var smallCommit: Int { 4096 }
    /// A segment of this size is not appended to.
    var fullSegment: Int { 64 << 10 }

    /// Appends the events of one read to the queue. `segment` is empty afterwards.
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
            // A read is kept whole. Link events do not count here, because how often the link is lost meanwhile has no
            // bound.
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

    /// Whether the queue is empty after more than `bytes` had waited. Returns `true` once for each burst.
    mutating func endBurst(above bytes: Int) -> Bool {
        guard burstBytes > bytes, isEmpty else { return false }
        burstBytes = 0
        segments = Queue()
        return true
    }

    func hasRoom(events: Int, bytes: Int) -> Bool {
        events <= limit.events - statistics.queuedEvents && bytes <= limit.bytes - statistics.queuedBytes
    }

    /// The bytes of the unknown pushes in the queue. Used only when another one comes.
    private var queuedPushCost: Int {
        (0..<segments.count).reduce(0) { $0 + (segments.peek(at: $1) { $0.pushCost } ?? 0) }
    }

    /// Adds an event at the end of the front, before all segments.
    mutating func appendToFront(_ control: Control) {
        front.append(control)
        frontBytes += control.heldBytes
    }

    /// Merges an event into the one of the front at `index`, if that is possible.
    mutating func absorb(_ control: Control, inFrontAt index: Int) -> Bool {
        let before = front[index].heldBytes
        guard front[index].absorb(control) else { return false }
        frontBytes += front[index].heldBytes - before
        return true
    }

    /// Takes the first event of the front.
    mutating func takeFront() -> Control? {
        guard !front.isEmpty else { return nil }
        let control = front.removeFirst()
        frontBytes -= control.heldBytes
        return control
    }

    /// Takes the first event that `isWanted` selects, wherever it is, together with its segment. The cost is
    /// proportional to the queue.
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
            // The positions behind the event have changed. The index is built anew when it is needed.
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

    /// Takes the first event of the front that `isWanted` selects.
    mutating func takeFront(where isWanted: (Control) -> Bool) -> Control? {
        guard let index = front.firstIndex(where: isWanted) else { return nil }
        let control = front.remove(at: index)
        frontBytes -= control.heldBytes
        return control
    }

    private mutating func append(_ segment: inout Segment<Control>) {
        if hasRoom(events: segment.count, bytes: segment.cost) {
            // What comes beyond the limit the next time is kept one by one again.
            controlsBeyondLimit = 0
            controlBytesBeyondLimit = 0
        }
        statistics.queuedEvents += segment.count
        statistics.queuedBytes += segment.cost
        if segment.cost < smallCommit, segments.peekLast({ $0.footprint < fullSegment }) == true {
            segments.modifyLast { $0.takeAll(from: &segment) }
        } else {
            segments.append(segment)
            segment = Segment()
        }
    }

    /// Takes the first segment, for a reader to read.
    mutating func takeSegment() -> Segment<Control>? {
        guard let segment = segments.popFirst() else { return nil }
        statistics.queuedEvents -= segment.count
        statistics.queuedBytes -= segment.cost
        segmentTaken(segment)
        return segment
    }

    /// Takes the drops before the next event.
    mutating func takeLeadingDrops() -> RedisDrop {
        var drop = RedisDrop.nothing
        while segments.peekFirst({ $0.startsWithDropMarker }) == true {
            segments.modifyFirst { segment in
                while segment.startsWithDropMarker { drop += segment.removeFirst().dropped }
            }
            guard segments.peekFirst({ $0.isEmpty }) == true, let spent = segments.popFirst() else { break }
            segmentTaken(spent)
        }
        return drop
    }

    private mutating func segmentTaken(_ segment: borrowing Segment<Control>) {
        segmentsTaken += 1
        droppedBytes -= segment.droppedBytes
        // A mailbox whose readers have caught up needs no index any more.
        if segments.isEmpty { index = nil }
    }

    /// Gives the queued messages the handlers of that assignment. The cost is proportional to the queue.
    mutating func rebind(_ assignment: HandlerAssignment) {
        for offset in 0..<segments.count { segments.modify(at: offset) { $0.rebind(assignment) } }
    }

    /// Counts events that nobody will read as dropped.
    mutating func count(_ drop: RedisDrop) {
        statistics.droppedEvents += drop.count
        statistics.droppedBytes += drop.bytes
    }

    /// Discards everything, and counts it as dropped.
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
