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

    private struct Input {
        let number: Int
        var batches = Queue<Batch>()
        var isUp = false
        /// No more will come.
        var hasEnded = false
        /// The time that came last.
        var shown = Int64.min
    }

    /// Whose line is next, and how far its successors may follow without another look at the other inputs.
    private struct Turn {
        var input: Int
        /// The least time that is next in another input.
        var others: Int64
        /// The time that all have shown that are up and hold nothing.
        var shown: Int64
        /// Something has been held long enough, and this goes before it.
        var isDue: Bool
    }

    private let window: Duration
    private let limit: RedisBufferLimit
    /// In the order in which they came; of equal times that of the first goes first.
    private var inputs: [Input] = []
    /// How many events are held.
    package private(set) var heldEvents = 0
    /// What they come to, as `RedisBufferLimit` counts.
    package private(set) var heldBytes = 0

    package init(window: Duration, limit: RedisBufferLimit = RedisBufferLimit(events: 65_536, bytes: 16 << 20)) {
        self.window = window
        self.limit = limit
    }

    /// The input's link is up, and its silence means that nothing has happened yet; or it is down, and means nothing.
    package mutating func linkChanged(of input: Int, isUp: Bool) { inputs[index(of: input)].isUp = isUp }

    /// The input has ended. What it holds still goes out.
    package mutating func inputEnded(_ input: Int) {
        let index = index(of: input)
        inputs[index].isUp = false
        inputs[index].hasEnded = true
    }

    /// Takes over what one read of the input's link has brought; the records' times are the server's.
    package mutating func add(_ segment: inout Segment<Control>, from input: Int, at now: ContinuousClock.Instant) {
        guard !segment.isEmpty else { return }
        let index = index(of: input)
        var latest = Int64.min
        for record in segment.records[segment.head...] where record.kind < Record.drop {
            latest = max(latest, record.time)
            inputs[index].shown = record.time
        }
        heldEvents += segment.count
        heldBytes += segment.cost
        inputs[index].batches.append(Batch(segment: segment, due: now.advanced(by: window), latest: latest))
        segment = Segment()
    }

    /// Puts what may go behind what is in `output`. Returns when to look again, if nothing comes before.
    package mutating func release(
        at now: ContinuousClock.Instant,
        into output: inout Segment<Control>
    ) -> ContinuousClock.Instant? {
        while let turn = nextTurn(at: now) { take(turn, now, &output) }
        inputs.removeAll { $0.hasEnded && $0.batches.isEmpty }
        return inputs.lazy.compactMap { $0.batches.peekFirst { $0.due } }.min()
    }

    /// Puts everything into `output`, in order.
    package mutating func releaseAll(into output: inout Segment<Control>) {
        while let turn = nextTurn(at: nil) { take(turn, nil, &output) }
        inputs.removeAll { $0.hasEnded }
    }

    private mutating func index(of number: Int) -> Int {
        if let index = inputs.firstIndex(where: { $0.number == number && !$0.hasEnded }) { return index }
        inputs.append(Input(number: number))
        return inputs.count - 1
    }

    private var isOverLimit: Bool { heldEvents > limit.events || heldBytes > limit.bytes }

    /// `nil` when nothing may go. Without a time everything may.
    private func nextTurn(at now: ContinuousClock.Instant?) -> Turn? {
        var first: (input: Int, time: Int64)?
        var turn = Turn(input: 0, others: .max, shown: .max, isDue: now == nil)
        for index in inputs.indices {
            let next = inputs[index].batches.peekFirst { (time: $0.segment.nextTime, due: $0.due) }
            guard let next else {
                if inputs[index].isUp { turn.shown = min(turn.shown, inputs[index].shown) }
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
        turn.input = first.input
        return first.time <= turn.shown || turn.isDue || isOverLimit ? turn : nil
    }

    /// Moves the input's next event out, and those behind it for as long as nobody else's turn comes.
    private mutating func take(
        _ turn: Turn,
        _ now: ContinuousClock.Instant?,
        _ output: inout Segment<Control>
    ) {
        let (events, bytes) = (heldEvents, heldBytes)
        var (takenEvents, takenBytes) = (0, 0)
        let limit = limit
        inputs[turn.input].batches.modifyFirst { batch in
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
        if inputs[turn.input].batches.peekFirst({ $0.segment.isEmpty }) == true {
            _ = inputs[turn.input].batches.popFirst()
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
