package import RedisCommands
package import RedisRESP

/// Decides which messages of one durable channel are delivered, so that each comes once and in order, and asks the
/// stream for those that did not come. A plain value.
///
/// Messages come in two ways: pushed, each with the id of the one before it, and read from the stream. As long as each
/// pushed message follows the last one that was delivered, nothing is asked. Otherwise the stream is read from that one
/// on. The stream decides: what was pushed and is not in the stream is not delivered.
///
/// At most one question is open. `nextQuestion` is asked after each call, and `answered` or `failed` follows.
package struct ContinuityMachine: Sendable {
    /// What the stream is asked.
    package enum Question: Sendable, Hashable {
        /// For its last entry.
        case last
        /// For entries from this id on, the entry of this id included.
        case from(RedisStreamID, count: Int)
        /// For entries from this id on backwards, the entry of this id included.
        case back(RedisStreamID, count: Int)
        /// For what is known of it.
        case information

        /// Whether it is for more entries than a first page has.
        var isLarge: Bool {
            switch self {
            case .last, .information: false
            case .from(_, let count), .back(_, let count): PageSize.isLarge(count)
            }
        }
    }

    /// What the stream has answered.
    package enum Answer: Sendable, Hashable {
        /// To all questions for entries, in the order that was asked for. None if there is no stream.
        case entries([DurableEntry])
        /// To the question for information: there is no stream.
        case missing
        /// The highest id that the stream has ever had.
        case information(lastID: RedisStreamID)
    }

    /// What the reader gets.
    package enum Output: Sendable, Hashable {
        /// A message that was pushed.
        case message(DurablePosition, RedisBytes)
        /// A message that was read from the stream.
        case replayed(DurablePosition, RedisBytes)
        /// An entry that something else has appended.
        case foreign(DurableEntry)
        /// Messages between these two are missing: so many, if that is known.
        case gap(missed: Int?, after: DurablePosition, before: DurablePosition?)
        /// The server has lost messages that were delivered: all behind this position, if it is known, and so many.
        case rewound(to: DurablePosition?, lost: Int?)
    }

    /// What to do with a message that was pushed.
    package enum Decision: Sendable, Hashable {
        /// Deliver it now.
        case deliver
        /// Nothing. It was delivered already, or will be by `answered`.
        case keep
    }

    /// Behind which entry the next message is.
    private struct Place: Sendable {
        var position: DurablePosition
        /// Whether the stream has, or had, an entry of that id.
        var isEntry: Bool
        /// Whether that entry is known to be gone, without a loss of what was delivered.
        var isGone = false
    }

    /// What was found in the place of the last message that was delivered.
    private struct Suspicion: Sendable {
        /// The entry with the next higher id, if there is one.
        let following: DurableEntry?
        /// Whether the stream has never had an id as high as that of the message.
        let isBehind: Bool
        /// The entry with the next lower id, if it was not delivered.
        var highest: DurableEntry?
        /// The first entry before the message that can only belong to another history.
        var oldestNew: DurableEntry?
    }

    private struct Held: Sendable {
        let header: DurableHeader
        let payload: RedisBytes
    }

    /// `nil` until the stream was asked for its last entry, for a reader that begins now.
    private var place: Place?
    /// What was delivered last, the latest last: a server that has lost messages is found out by it.
    private var delivered: [DurablePosition] = []
    /// Messages that were pushed while the stream is read, each of which follows the one before.
    private var held: [Held] = []
    private var heldBytes = 0
    /// Whether the stream has to be read.
    private var mustRead = false
    private var suspicion: Suspicion?
    /// The highest id that a stream without later entries has had. Entries may have come since it was read.
    private var emptyUpTo: RedisStreamID?
    /// What has to be asked instead of the next entries.
    private var next: Question?
    private var open: Question?
    /// The last message that was held when the open question was asked: its entry was in the stream by then.
    private var heldBefore: RedisStreamID?
    private var isSubscribed = false
    /// Whether the reader can take no more.
    package private(set) var isFull = false
    /// Behind which message the reader has begun; `nil` while that is not known, and for one that begins at a time.
    package private(set) var start: DurablePosition?
    private var page = PageSize()

    package static let heldLimit = (messages: 1024, bytes: 1 << 20)
    /// How many positions are remembered.
    package static let memory = 64

    /// - Parameter start: Where to begin; `nil` for the end of the stream.
    package init(from start: DurablePosition?) {
        place = start.map { Place(position: $0, isEntry: $0.id != .zero) }
        if let place, place.isEntry { delivered = [place.position] }
        self.start = start
    }

    /// Begins at a time: with the first message that is not older.
    package init(fromMilliseconds milliseconds: UInt64) {
        let before =
            milliseconds == 0
            ? .zero : RedisStreamID(milliseconds: milliseconds - 1, sequence: .max)
        place = Place(position: DurablePosition(id: before), isEntry: false)
    }

    /// Behind which message the next one comes; `nil` while that is not known.
    package var position: DurablePosition? { place?.position }

    /// Whether the next question may be a large one.
    var mayAskForMany: Bool { next != nil || page.isLarge }

    /// Whether a message that is published from now on will come.
    package var isReady: Bool { isSubscribed && place != nil }

    // MARK: What happens

    /// Messages come from now on, and some may have been missed before.
    package mutating func subscribed() {
        isSubscribed = true
        missed()
    }

    /// Messages may have been missed. What was pushed before is held no longer, because another server may have taken
    /// over that has not got it.
    package mutating func missed() {
        mustRead = true
        forgetHeld()
    }

    /// The reader can take no more. What is pushed meanwhile is read from the stream later.
    package mutating func becameFull() {
        isFull = true
        if !held.isEmpty { mustRead = true }
        forgetHeld()
    }

    /// The reader can take messages again.
    package mutating func becameFree() { isFull = false }

    /// A message was pushed.
    package mutating func pushed(_ header: DurableHeader, _ payload: @autoclosure () -> RedisBytes) -> Decision {
        if isFull {
            mustRead = true
            return .keep
        }
        guard let place, open == nil, next == nil, !mustRead else {
            hold(header, payload())
            return .keep
        }
        if header.follows(place.position) {
            moveOn(to: header.position)
            return .deliver
        }
        if delivered.contains(header.position) { return .keep }
        hold(header, payload())
        mustRead = true
        return .keep
    }

    /// What to ask now, if anything. It is open until it is answered.
    package mutating func nextQuestion() -> Question? {
        // Where to begin is found out also by a reader that can take no message yet.
        guard open == nil, isSubscribed, !isFull || place == nil else { return nil }
        if let next = next.take() {
            open = next
        } else if mustRead {
            mustRead = false
            open = place.map { .from($0.position.id, count: page.count + 1) } ?? .last
        }
        heldBefore = held.last?.header.id
        return open
    }

    /// The open question could not be answered; it is asked again.
    package mutating func failed() {
        if case .last? = open { mustRead = true }
        if case .from? = open { mustRead = true }
        if case .back? = open { next = open }
        if case .information? = open { next = open }
        open = nil
    }

    /// The answer was larger than what can be received: fewer entries are asked for.
    package mutating func failedForSize() {
        page.wasTooLarge()
        if case .back(let id, _)? = open { open = .back(id, count: pageOfHistory) }
        failed()
    }

    /// The open question was answered. What it gives is appended to `outputs`.
    package mutating func answered(_ answer: Answer, into outputs: inout [Output]) {
        switch (open.take(), answer) {
        case (.last?, .entries(let entries)): begin(behind: entries.last)
        case (.from(_, let count)?, .entries(let entries)): read(entries, isWhole: entries.count < count, &outputs)
        case (.information?, .information(let last)): learned(last, &outputs)
        case (.information?, .missing): startOver(&outputs)
        case (.back(_, let count)?, .entries(let entries)): foundBack(entries, isWhole: entries.count < count, &outputs)
        case (.last?, _), (.from?, _), (.back?, _), (.information?, .entries), (nil, _): mustRead = true
        }
        if next == nil, !mustRead { releaseHeld(&outputs) }
    }
}

// MARK: - Answers

extension ContinuityMachine {
    /// Begins behind the last entry, or before the first message that was pushed since the subscription.
    private mutating func begin(behind last: DurableEntry?) {
        var position = last?.position ?? .beginning
        if let first = held.first?.header, first.previous < position.id {
            position = DurablePosition(id: first.previous, number: first.number > 0 ? first.number - 1 : nil)
        }
        place = Place(position: position, isEntry: position.id != .zero)
        if position.id != .zero { delivered = [position] }
        start = position
    }

    /// The entries from the last one on that was delivered.
    private mutating func read(_ entries: [DurableEntry], isWhole: Bool, _ outputs: inout [Output]) {
        guard let place else { return }
        let last = place.position
        var rest = entries[...]
        if !entries.isEmpty { emptyUpTo = nil }
        if let first = rest.first, first.id == last.id {
            if let number = last.number, let other = first.number, number != other {
                // Another history has an entry of the same id.
                return suspect(Suspicion(following: first, isBehind: false))
            }
            if last.number == nil { self.place?.position = first.position }
            rest.removeFirst()
        } else if place.isEntry, !place.isGone {
            if entries.isEmpty {
                next = .information
            } else {
                suspect(Suspicion(following: rest.first, isBehind: false))
            }
            return
        } else if let first = rest.first {
            tellWhatIsMissing(between: place, and: first, &outputs)
        }
        for entry in rest { deliver(entry, isFirst: entry.id == entries.first?.id, &outputs) }
        page.took(entries.count, bytes: entries.reduce(0) { $0 + $1.byteCount }, isLast: isWhole)
        if !isWhole { mustRead = true }
        if rest.isEmpty { dropHeldThatTheStreamLacks(&outputs) }
    }

    /// The last message that was delivered is not in the stream. It asks for what is there before it.
    private mutating func suspect(_ suspicion: Suspicion) {
        guard let place else { return }
        self.suspicion = suspicion
        next = .back(place.position.id, count: pageOfHistory)
    }

    private var pageOfHistory: Int { page.backwards(atMost: Self.memory) }

    /// Tells what was trimmed between the last message and this entry, which follows it.
    private func tellWhatIsMissing(between place: Place, and first: DurableEntry, _ outputs: inout [Output]) {
        let last = place.position
        switch (last.number, first.number) {
        case (let before?, let number?) where number > before:
            guard number - 1 > before else { return }
            outputs.append(.gap(missed: number - 1 - before, after: last, before: first.position))
        case (.some, .some):
            outputs.append(.rewound(to: nil, lost: nil))
        case (nil, _), (_, nil):
            if place.isEntry { outputs.append(.gap(missed: nil, after: last, before: first.position)) }
        }
    }

    private mutating func deliver(_ entry: DurableEntry, isFirst: Bool, _ outputs: inout [Output]) {
        // Entries may have been removed from the middle. What comes before the first one was told already.
        if !isFirst, let last = place?.position, let before = last.number, let number = entry.number, number > 0,
            number - 1 > before
        {
            outputs.append(.gap(missed: number - 1 - before, after: last, before: entry.position))
        }
        if let payload = entry.payload {
            outputs.append(.replayed(entry.position, payload))
        } else {
            outputs.append(.foreign(entry))
        }
        // What something else appends has no number, and the count goes on behind it.
        moveOn(to: entry.number == nil ? DurablePosition(id: entry.id, number: place?.position.number) : entry.position)
    }

    /// The stream has nothing from the last entry on that was delivered, and has had this id as its highest.
    private mutating func learned(_ last: RedisStreamID, _ outputs: inout [Output]) {
        guard let place else { return }
        if last < place.position.id {
            suspect(Suspicion(following: nil, isBehind: true))
        } else {
            guard emptyUpTo == last else {
                // Entries may have come since the stream was read; another history may even have this id again.
                emptyUpTo = last
                mustRead = true
                return
            }
            if last > place.position.id {
                let end = DurablePosition(id: last)
                outputs.append(.gap(missed: nil, after: place.position, before: end))
                moveOn(to: end)
            }
            self.place?.isGone = true
            dropHeldThatTheStreamLacks(&outputs)
        }
    }

    /// The entries before the last message that was delivered, the latest first. Either that message was removed, and
    /// those behind it are still to be read, or the server has another history since some earlier message.
    private mutating func foundBack(_ entries: [DurableEntry], isWhole: Bool, _ outputs: inout [Output]) {
        guard let place, var suspicion = suspicion.take() else { return }
        let last = place.position
        for entry in entries {
            if let index = delivered.lastIndex(where: { entry.isAt($0) }) {
                mustRead = true
                return found(entry, at: index, suspicion, &outputs)
            }
            suspicion.highest = suspicion.highest ?? entry
            if isOfAnotherHistory(entry, last) { suspicion.oldestNew = entry }
        }
        if let oldest = entries.last, !isWhole, oldest.id > delivered.first?.id ?? last.id {
            self.suspicion = suspicion
            next = .back(oldest.id, count: pageOfHistory)
            return
        }
        mustRead = true
        if let new = suspicion.oldestNew {
            delivered = []
            let before = new.number.map { $0 - 1 }
            self.place = Place(position: DurablePosition(id: new.id.predecessor, number: before), isEntry: false)
            let lost: Int? = if let number = last.number, let before { max(number - before, 0) } else { nil }
            outputs.append(.rewound(to: nil, lost: lost))
        } else if suspicion.isBehind {
            // It is another stream, of a server whose clock is late.
            let end = suspicion.highest?.position ?? .beginning
            delivered = []
            self.place = Place(position: end, isEntry: end.id != .zero)
            outputs.append(.rewound(to: nil, lost: nil))
            if end.id != .zero { outputs.append(.gap(missed: nil, after: last, before: end)) }
        } else if isNumberedAgain(suspicion, behind: last) {
            delivered = []
            self.place = Place(position: DurablePosition(id: last.id), isEntry: false)
            outputs.append(.rewound(to: nil, lost: nil))
        } else {
            self.place?.isGone = true
        }
    }

    /// Whether an entry before the last message, which is not among those that were delivered, cannot belong to their
    /// history: all of these between the first that is remembered and the last one are known, and what is before the
    /// first has lower numbers.
    private func isOfAnotherHistory(_ entry: DurableEntry, _ last: DurablePosition) -> Bool {
        let first = delivered.first ?? last
        if entry.id >= first.id { return true }
        guard let number = entry.number, let least = first.number else { return false }
        return number >= least
    }

    /// Whether what follows counts on from an earlier message than the last one that was delivered.
    private func isNumberedAgain(_ suspicion: Suspicion, behind last: DurablePosition) -> Bool {
        guard let number = last.number, let following = suspicion.following?.number else { return false }
        return following <= number
    }

    /// The latest entry that both histories have.
    private mutating func found(
        _ common: DurableEntry,
        at index: Int,
        _ suspicion: Suspicion,
        _ outputs: inout [Output]
    ) {
        guard let last = place?.position else { return }
        let lost = delivered.count - 1 - index
        let isOther = suspicion.highest != nil || suspicion.isBehind || isNumberedAgain(suspicion, behind: last)
        guard lost > 0, isOther else {
            place?.isGone = true
            return
        }
        let position = delivered[index]
        delivered.removeLast(lost)
        place = Place(position: position, isEntry: true)
        outputs.append(.rewound(to: position, lost: lost))
    }

    /// The stream is gone.
    private mutating func startOver(_ outputs: inout [Output]) {
        if let place, place.isEntry { outputs.append(.rewound(to: .beginning, lost: nil)) }
        delivered = []
        place = Place(position: .beginning, isEntry: false)
        mustRead = true
    }
}

// MARK: - Places and held messages

extension ContinuityMachine {
    private mutating func moveOn(to position: DurablePosition) {
        place = Place(position: position, isEntry: true)
        // Twice the memory, so that forgetting is rare.
        if delivered.count >= 2 * Self.memory { delivered.removeFirst(Self.memory) }
        delivered.append(position)
    }

    private mutating func hold(_ header: DurableHeader, _ payload: RedisBytes) {
        if let last = held.last, header.previous != last.header.id { forgetHeld() }
        if held.count >= Self.heldLimit.messages || heldBytes + payload.count > Self.heldLimit.bytes {
            forgetHeld()
            mustRead = true
            return
        }
        held.append(Held(header: header, payload: payload))
        heldBytes += payload.count
    }

    private mutating func forgetHeld() {
        held = []
        heldBytes = 0
    }

    /// Delivers the held messages, if they follow what was read.
    private mutating func releaseHeld(_ outputs: inout [Output]) {
        guard let place, !held.isEmpty else { return }
        let rest = held.drop { $0.header.id <= place.position.id }
        guard let first = rest.first else { return forgetHeld() }
        guard first.header.follows(place.position) else {
            mustRead = true
            return
        }
        for message in rest {
            outputs.append(.message(message.header.position, message.payload))
            moveOn(to: message.header.position)
        }
        forgetHeld()
    }

    /// The stream was read to its end without anything new. Held messages that do not follow are not in it: they were
    /// removed, or are nobody's.
    private mutating func dropHeldThatTheStreamLacks(_ outputs: inout [Output]) {
        guard let place, let heldBefore, let first = held.first(where: { $0.header.id > place.position.id }),
            first.header.id <= heldBefore, !first.header.follows(place.position)
        else { return }
        outputs.append(.gap(missed: nil, after: place.position, before: first.header.position))
        forgetHeld()
    }
}
