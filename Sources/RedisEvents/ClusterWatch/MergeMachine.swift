/// Puts the lines of several servers into one order, by the servers' own times. Pure: the times of arrival are given.
///
/// Each server's lines keep the order that they came in, whatever its clock does; what else it has to tell stands in
/// its place among them and waits for nothing but what came before. Of the lines that are next, the one with the least
/// time goes out as soon as every server whose link is up has shown that time or a later one, and at the latest when it
/// has been held for the window: a quiet server holds up the others no longer than that. When more is held than the
/// limit allows, the order is given up rather than a line.
package struct MergeMachine<Control: MailboxControl> {
    private struct Batch {
        var segment: Segment<Control>
        /// When none of it is held any longer.
        let due: ContinuousClock.Instant
        /// The greatest time in it.
        let latest: Int64
    }

    private struct Lane {
        let number: Int
        var batches = Queue<Batch>()
        var isUp = false
        /// No more will come.
        var hasEnded = false
        /// The time that came last.
        var shown = Int64.min
    }

    /// Whose line is next, and how far its successors may follow without another look at the other lanes.
    private struct Turn {
        var lane: Int
        /// The least time that is next in another lane.
        var others: Int64
        /// The time that all have shown that are up and hold nothing.
        var shown: Int64
        /// Something has been held long enough, and this goes before it.
        var isDue: Bool
    }

    private let window: Duration
    private let limit: RedisBufferLimit
    /// In the order in which they came; of equal times that of the first goes first.
    private var lanes: [Lane] = []
    /// How many events are held.
    package private(set) var heldEvents = 0
    /// What they come to, as `RedisBufferLimit` counts.
    package private(set) var heldBytes = 0

    package init(window: Duration, limit: RedisBufferLimit = RedisBufferLimit(events: 65_536, bytes: 16 << 20)) {
        self.window = window
        self.limit = limit
    }

    /// The lane's link is up, and its silence means that nothing has happened yet; or it is down, and means nothing.
    package mutating func linkChanged(of lane: Int, isUp: Bool) { lanes[index(of: lane)].isUp = isUp }

    /// The lane has ended. What it holds still goes out.
    package mutating func laneEnded(_ lane: Int) {
        let index = index(of: lane)
        lanes[index].isUp = false
        lanes[index].hasEnded = true
    }

    /// Takes over what one read of the lane's link has brought; the records' times are the server's.
    package mutating func add(_ segment: inout Segment<Control>, from lane: Int, at now: ContinuousClock.Instant) {
        guard !segment.isEmpty else { return }
        let index = index(of: lane)
        var latest = Int64.min
        for record in segment.records[segment.head...] where record.kind < Record.drop {
            latest = max(latest, record.time)
            lanes[index].shown = record.time
        }
        heldEvents += segment.count
        heldBytes += segment.cost
        lanes[index].batches.append(Batch(segment: segment, due: now.advanced(by: window), latest: latest))
        segment = Segment()
    }

    /// Puts what may go behind what is in `output`. Returns when to look again, if nothing comes before.
    package mutating func release(
        at now: ContinuousClock.Instant,
        into output: inout Segment<Control>
    ) -> ContinuousClock.Instant? {
        while let turn = nextTurn(at: now) { take(turn, now, &output) }
        lanes.removeAll { $0.hasEnded && $0.batches.isEmpty }
        return lanes.lazy.compactMap { $0.batches.peekFirst { $0.due } }.min()
    }

    /// Puts everything into `output`, in order.
    package mutating func releaseAll(into output: inout Segment<Control>) {
        while let turn = nextTurn(at: nil) { take(turn, nil, &output) }
        lanes.removeAll { $0.hasEnded }
    }

    private mutating func index(of number: Int) -> Int {
        if let index = lanes.firstIndex(where: { $0.number == number && !$0.hasEnded }) { return index }
        lanes.append(Lane(number: number))
        return lanes.count - 1
    }

    private var isOverLimit: Bool { heldEvents > limit.events || heldBytes > limit.bytes }

    /// `nil` when nothing may go. Without a time everything may.
    private func nextTurn(at now: ContinuousClock.Instant?) -> Turn? {
        var first: (lane: Int, time: Int64)?
        var turn = Turn(lane: 0, others: .max, shown: .max, isDue: now == nil)
        for index in lanes.indices {
            let next = lanes[index].batches.peekFirst { (time: $0.segment.nextTime, due: $0.due) }
            guard let next else {
                if lanes[index].isUp { turn.shown = min(turn.shown, lanes[index].shown) }
                continue
            }
            if let now, next.due <= now { turn.isDue = true }
            if let least = first, least.time <= next.time {
                turn.others = min(turn.others, next.time)
            } else {
                if let least = first { turn.others = min(turn.others, least.time) }
                first = (index, next.time)
            }
        }
        guard let first else { return nil }
        turn.lane = first.lane
        return first.time <= turn.shown || turn.isDue || isOverLimit ? turn : nil
    }

    /// Moves the lane's next event out, and those behind it for as long as nobody else's turn comes.
    private mutating func take(
        _ turn: Turn,
        _ now: ContinuousClock.Instant?,
        _ output: inout Segment<Control>
    ) {
        let (events, bytes) = (heldEvents, heldBytes)
        var (takenEvents, takenBytes) = (0, 0)
        let limit = limit
        lanes[turn.lane].batches.modifyFirst { batch in
            takenEvents = batch.segment.count
            takenBytes = batch.segment.cost
            if batch.segment.head == 0, batch.latest < turn.others, batch.latest <= turn.shown || turn.isDue {
                return output.takeAll(from: &batch.segment)
            }
            repeat {
                let record = batch.segment.removeFirst()
                output.append(record, from: batch.segment)
                guard !batch.segment.isEmpty, batch.segment.nextTime < turn.others else { break }
                let (isMany, isMuch) = (
                    events - takenEvents + batch.segment.count > limit.events,
                    bytes - takenBytes + batch.segment.cost > limit.bytes
                )
                guard batch.segment.nextTime <= turn.shown || turn.isDue || isMany || isMuch else { break }
            } while true
            takenEvents -= batch.segment.count
            takenBytes -= batch.segment.cost
        }
        heldEvents -= takenEvents
        heldBytes -= takenBytes
        if lanes[turn.lane].batches.peekFirst({ $0.segment.isEmpty }) == true {
            _ = lanes[turn.lane].batches.popFirst()
        }
    }
}

extension Segment {
    /// The time of the first record, before all others where it is none of a line: that waits for nobody.
    fileprivate var nextTime: Int64 {
        let record = records[head]
        return record.kind < Record.drop ? record.time : .min
    }
}
