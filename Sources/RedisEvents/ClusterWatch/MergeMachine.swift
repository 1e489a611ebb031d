/// Puts the lines of several servers into one order, by the servers' own times. Pure: the caller passes the times of
/// arrival.
///
/// The lines of one server keep the order in which they came, whatever its clock does. Its other events keep their
/// place among its lines and wait only for what came before them. Of the next lines of all servers, the line with the
/// lowest time is released as soon as every server whose link is up has shown that time or a later one, and at the
/// latest when the line has been held for the window. So a quiet server holds up the others for no longer than the
/// window. When more is held than the limit allows, the order is given up rather than a line.
package struct MergeMachine<Control: MailboxControl> {
    private struct Batch {
        var segment: Segment<Control>
        /// When none of the batch may be held any longer.
        let due: ContinuousClock.Instant
        /// The greatest time in the batch.
        let latest: Int64
    }

    private struct Input {
        let number: Int
        var batches = Queue<Batch>()
        var isUp = false
        /// Whether no more events will come.
        var hasEnded = false
        /// The time of the last event.
        var shown = Int64.min
    }

    /// Which input is next, and how far its events may be taken before the other inputs are looked at again.
    private struct Turn {
        var input: Int
        /// The lowest of the next times of the other inputs.
        var others: Int64
        /// The time that all inputs that are up and hold nothing have shown.
        var shown: Int64
        /// Whether something has been held for the whole window and must be released after this event.
        var isDue: Bool
    }

    private let window: Duration
    private let limit: RedisBufferLimit
    /// The inputs in the order in which they were added. Of equal times, that of the earlier input goes first.
    private var inputs: [Input] = []
    /// How many events are held.
    package private(set) var heldEvents = 0
    /// The bytes of the held events, as `RedisBufferLimit` counts them.
    package private(set) var heldBytes = 0

    package init(window: Duration, limit: RedisBufferLimit = RedisBufferLimit(events: 65_536, bytes: 16 << 20)) {
        self.window = window
        self.limit = limit
    }

    /// Notes whether the input's link is up. The silence of a link that is up means that nothing has happened yet; the
    /// silence of a link that is down means nothing.
    package mutating func linkChanged(of input: Int, isUp: Bool) { inputs[index(of: input)].isUp = isUp }

    /// Notes that the input has ended. The events that it holds are still released.
    package mutating func inputEnded(_ input: Int) {
        let index = index(of: input)
        inputs[index].isUp = false
        inputs[index].hasEnded = true
    }

    /// Takes the events of one read of the input's link. The times of the records are those of the server.
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

    /// Appends the events that may be released to `output`. Returns when to call this again if nothing comes before.
    package mutating func release(
        at now: ContinuousClock.Instant,
        into output: inout Segment<Control>
    ) -> ContinuousClock.Instant? {
        while let turn = nextTurn(at: now) { take(turn, now, &output) }
        inputs.removeAll { $0.hasEnded && $0.batches.isEmpty }
        return inputs.lazy.compactMap { $0.batches.peekFirst { $0.due } }.min()
    }

    /// Appends all events to `output`, in order.
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

    /// The next turn; `nil` when nothing may be released. Without a time, everything may be.
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

    /// Moves the next event of the input to the output, and the events behind it until it is another input's turn.
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
    /// The time of the first record. A record that is not a line sorts before all others, because it waits for no other
    /// server.
    fileprivate var nextTime: Int64 {
        let record = records[head]
        return record.kind < Record.drop ? record.time : .min
    }
}
