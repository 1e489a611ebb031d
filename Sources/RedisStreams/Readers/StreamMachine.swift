package import RedisCommands
internal import RedisRESP

/// Decides which entries of one stream a reader gets, so that each comes once and in order, and what is told of those
/// that cannot be read any more. A plain value.
///
/// The stream is asked for its entries from the last one on that was delivered, that one included, together with what
/// is known of the stream at the same moment. If the last one is still there, nothing behind it was trimmed. If not,
/// the numbers of the stream tell how many entries are missing, or that it has another history.
///
/// At most one question is open. `nextQuestion` is asked after each call, and `answered` or `failed` follows.
package struct StreamMachine: Sendable {
    /// What the stream is asked.
    package enum Question: Sendable, Hashable {
        /// What is known of it, without entries.
        case state
        /// For entries from this id on, the entry of this id included.
        case from(RedisStreamID, count: Int)
        /// For entries from this id on backwards, the entry of this id included.
        case back(RedisStreamID, count: Int)

        /// Whether it is for more entries than a first page has.
        var isLarge: Bool {
            switch self {
            case .state: false
            case .from(_, let count), .back(_, let count): PageSize.isLarge(count)
            }
        }
    }

    /// What the stream has answered.
    package enum Answer: Sendable, Hashable {
        /// There is no such stream.
        case missing
        case found(StreamSnapshot)
    }

    /// What the reader gets.
    package enum Output: Sendable, Hashable {
        /// An entry, and its place.
        case entry(DurablePosition, [RedisField])
        /// Entries between these two are missing: so many, if that is known.
        case gap(missed: Int?, after: DurablePosition, before: DurablePosition?)
        /// The stream has another history: what was delivered behind this position, if it is known, is not in it, and
        /// that many entries are lost, if that is known. The reading goes on behind the last position.
        case rewound(to: DurablePosition?, lost: Int?, behind: DurablePosition)
        /// There is no such stream any more.
        case deleted
    }

    /// Behind what the next entry is. The number is how many entries were added up to there.
    private struct Place: Sendable {
        var position: DurablePosition
        /// Whether the stream has, or had, an entry of that id.
        var isEntry: Bool
        /// Whether somebody has named that id, who may know that there is such an entry.
        var isGiven = false
        /// Whether that entry is known to be gone, without a loss of what was delivered.
        var isGone = false

        var isNamed: Bool { isEntry || isGiven }
    }

    /// What was found in the place of the last entry that was delivered, while the entries before it are asked for.
    private struct Suspicion: Sendable {
        /// Whether the stream has never had an id as high as that of the entry.
        let isBehind: Bool
        /// Whether the numbers prove that the stream has another history.
        let isOther: Bool
        /// How many entries of that history were added up to the last id that was delivered.
        let number: Int?
        /// Whether somebody may have deleted the entry.
        let mayBeDeleted: Bool
        /// What the stream was.
        let lastID: RedisStreamID
        let addedCount: Int?
        /// The highest id below it that was not delivered.
        var highest: RedisStreamID?
        /// Whether there is an entry that can only belong to another history.
        var hasNew = false
    }

    /// `nil` until the stream was asked for its end, for a reader that begins now.
    private var place: Place?
    /// What was delivered last, the latest last: a server that has lost entries is found out by it.
    private var delivered: [DurablePosition] = []
    /// Behind this id all that was delivered is remembered.
    private var remembersFrom = RedisStreamID.zero
    /// Up to which deleted id the reader was told.
    private var toldDeleted = RedisStreamID.zero
    /// Whether the stream has to be read.
    private var mustRead = false
    private var suspicion: Suspicion?
    /// How often what was found in the place of the last entry has contradicted itself.
    private var repetitions = 0
    /// What has to be asked instead of the next entries.
    private var next: Question?
    private var open: Question?
    /// Whether the stream was asked once, so that the reader knows where it begins.
    package private(set) var isReady = false
    /// Behind which entry the reading has begun; `nil` while that is not known.
    package private(set) var start: DurablePosition?
    /// Whether the reader can take no more.
    package private(set) var isFull = false
    private var page = PageSize()

    /// How many positions are remembered.
    package static let memory = 128
    private static let mostRepetitions = 8

    /// Begins at the end of the stream.
    package init() {}

    /// Begins behind a position. With a number, its entry was in the stream.
    package init(behind position: DurablePosition) {
        let position = position.id == .zero ? .beginning : position
        let isEntry = position.id != .zero && position.number != nil
        place = Place(position: position, isEntry: isEntry, isGiven: position.id != .zero)
        if isEntry { delivered = [position] }
        remembersFrom = position.id
    }

    /// Begins at a time: with the first entry that is not older.
    package init(fromMilliseconds milliseconds: UInt64) {
        let before =
            milliseconds == 0 ? .zero : RedisStreamID(milliseconds: milliseconds - 1, sequence: .max)
        place = Place(position: DurablePosition(id: before), isEntry: false)
        remembersFrom = before
    }

    /// Behind which entry the next one comes; `nil` while that is not known. It has a number only if the stream has, or
    /// had, an entry of its id: whoever begins there can tell then that a server has lost it.
    package var position: DurablePosition? {
        guard let place else { return nil }
        if place.position.id == .zero { return .beginning }
        return place.isEntry ? place.position : DurablePosition(id: place.position.id)
    }

    /// Behind which id the server has to wait for the next entry; `nil` while something else has to be done.
    package var waitsBehind: RedisStreamID? {
        guard isReady, open == nil, next == nil, !mustRead, !isFull else { return nil }
        return place?.position.id
    }

    /// Whether the next question may be a large one.
    var mayAskForMany: Bool { next != nil || page.isLarge }

    // MARK: What happens

    /// There may be entries, or the stream may be another one.
    package mutating func changed() { mustRead = true }

    /// The reader can take no more.
    package mutating func becameFull() { isFull = true }

    /// The reader can take entries again.
    package mutating func becameFree() { isFull = false }

    /// What to ask now, if anything. It is open until it is answered.
    package mutating func nextQuestion() -> Question? {
        guard open == nil else { return nil }
        guard isReady, let place else {
            open = .state
            return open
        }
        guard !isFull else { return nil }
        if let next = next.take() {
            open = next
        } else if mustRead {
            mustRead = false
            open = .from(place.position.id, count: page.count + 1)
        }
        return open
    }

    /// The open question could not be answered; it is asked again.
    package mutating func failed() {
        switch open.take() {
        case .from?: mustRead = true
        case .back(let id, let count)?: next = .back(id, count: count)
        case .state?, nil: break
        }
    }

    /// The answer was larger than what can be received: fewer entries are asked for.
    package mutating func failedForSize() {
        page.wasTooLarge()
        failed()
        if case .back(let id, _)? = next { next = .back(id, count: pageOfHistory) }
    }

    /// The open question was answered. What it gives is appended to `outputs`.
    package mutating func answered(_ answer: Answer, into outputs: inout [Output]) {
        switch (open.take(), answer) {
        case (.state?, let answer): begin(answer, &outputs)
        case (.from?, .missing), (.back?, .missing): startOver(&outputs)
        case (.from(_, let count)?, .found(let stream)):
            read(stream, isWhole: stream.entries.count < count, &outputs)
        case (.back(_, let count)?, .found(let stream)):
            foundBack(stream, isWhole: stream.entries.count < count, &outputs)
        case (nil, _): break
        }
    }
}

// MARK: - Reading on

extension StreamMachine {
    private mutating func begin(_ answer: Answer, _ outputs: inout [Output]) {
        isReady = true
        switch (answer, place) {
        case (.missing, _): startOver(&outputs)
        case (.found(let stream), nil):
            let position = DurablePosition(id: stream.lastID, number: stream.addedCount)
            place = Place(position: position, isEntry: stream.lastID != .zero)
            if stream.lastID != .zero { delivered = [position] }
            remembersFrom = stream.lastID
            toldDeleted = stream.highestDeletedID ?? .zero
        case (.found, .some): mustRead = true
        }
        start = position
    }

    /// The stream is gone. If there is one again, it is read from its beginning.
    private mutating func startOver(_ outputs: inout [Output]) {
        if let place, place.isNamed { outputs.append(.deleted) }
        beginAgain()
        mustRead = false
    }

    private mutating func beginAgain() {
        delivered = []
        remembersFrom = .zero
        toldDeleted = .zero
        suspicion = nil
        next = nil
        place = Place(position: .beginning, isEntry: false)
    }

    /// The entries from the last one on that was delivered.
    private mutating func read(_ stream: StreamSnapshot, isWhole: Bool, _ outputs: inout [Output]) {
        guard let place else { return }
        let last = place.position
        var rest = stream.entries[...]
        let isThere = last.id != .zero && rest.first?.id == last.id
        if isThere { rest.removeFirst() }
        // How many entries were added up to the last one, as the stream knows it now.
        let number = isWhole ? stream.addedCount.map { $0 - rest.count } : nil
        let isOther = if let number, let before = last.number { number < before } else { false }
        if isThere {
            self.place?.isEntry = true
            self.place?.isGone = false
            if isOther {
                // Another stream happens to have an entry of the same id.
                outputs.append(.deleted)
                beginAgain()
                mustRead = true
                return
            }
        } else if mayBeOther(stream, isOther) {
            suspicion = Suspicion(
                isBehind: stream.lastID < last.id,
                // What nobody has deleted, and what is not trimmed, because an older entry is there, was never in it.
                isOther: isOther || !mayBeDeleted(last.id, stream),
                number: number,
                mayBeDeleted: mayBeDeleted(last.id, stream),
                lastID: stream.lastID,
                addedCount: stream.addedCount
            )
            next = .back(last.id, count: pageOfHistory)
            return
        }
        let account = StreamAccount(
            behind: last,
            isNamed: place.isNamed,
            isThere: isThere,
            stream,
            count: rest.count,
            highest: rest.last?.id,
            told: toldDeleted,
            isWhole: isWhole
        )
        deliver(rest, account, &outputs)
        let bytes = stream.entries.reduce(0) { $0 + $1.byteCount }
        page.took(stream.entries.count, bytes: bytes, isLast: isWhole)
        if isWhole { reachedEnd(stream, hadNothing: stream.entries.isEmpty) } else { mustRead = true }
    }

    /// Whether the last entry is not in the stream because the stream has another history, and not because it was
    /// trimmed or deleted.
    private func mayBeOther(_ stream: StreamSnapshot, _ isOther: Bool) -> Bool {
        guard let place, place.isNamed else { return false }
        // Whoever names an id without a number may wait for it. Servers that do not count give no numbers.
        if stream.lastID < place.position.id { return place.isEntry || stream.addedCount == nil }
        guard place.isEntry, !place.isGone, let first = stream.firstID, first < place.position.id else { return false }
        return isOther || stream.highestDeletedID != place.position.id
    }

    /// Whether an entry is missing because somebody has deleted it; before Redis 7.0 nobody knows.
    private func mayBeDeleted(_ id: RedisStreamID, _ stream: StreamSnapshot) -> Bool {
        stream.addedCount == nil || (stream.highestDeletedID ?? .zero) >= id
    }

    private mutating func deliver(
        _ entries: ArraySlice<RedisStreamEntry>,
        _ account: StreamAccount,
        _ outputs: inout [Output]
    ) {
        guard let start = place?.position else { return }
        var account = account
        if account.isOther {
            outputs.append(.rewound(to: nil, lost: nil, behind: DurablePosition(id: start.id)))
            delivered = []
            remembersFrom = start.id
        }
        if case .entries(let missed) = account.front {
            outputs.append(.gap(missed: missed, after: start, before: entries.first.map { DurablePosition(id: $0.id) }))
        }
        for entry in entries {
            if case .entries(let missed) = account.missing(before: entry.id) {
                let last = place?.position ?? start
                outputs.append(.gap(missed: missed, after: last, before: DurablePosition(id: entry.id)))
            }
            let position = DurablePosition(id: entry.id, number: account.next())
            moveOn(to: position)
            outputs.append(.entry(position, entry.fields))
        }
        if case .entries(let missed) = account.missing(before: nil) {
            outputs.append(.gap(missed: missed, after: place?.position ?? start, before: nil))
        }
    }

    /// All that the stream has was delivered, or told.
    private mutating func reachedEnd(_ stream: StreamSnapshot, hadNothing: Bool) {
        guard let last = place else { return }
        toldDeleted = max(toldDeleted, stream.highestDeletedID ?? .zero)
        if hadNothing {
            // What was behind the last entry is gone too.
            place?.isGone = last.isEntry
            if stream.lastID > last.position.id {
                place = Place(position: DurablePosition(id: stream.lastID), isEntry: true, isGone: true)
            }
        }
        // Behind the end of the stream there is no number: what is added up to there is not read, and not missing.
        guard let id = place?.position.id, id <= stream.lastID, let count = stream.addedCount else { return }
        let position = DurablePosition(id: id, number: count)
        place?.position = position
        if delivered.last?.id == id { delivered[delivered.count - 1] = position }
    }

    private var pageOfHistory: Int { page.backwards(atMost: Self.memory) }

    private mutating func moveOn(to position: DurablePosition) {
        place = Place(position: position, isEntry: true)
        // Twice the memory, so that forgetting is rare.
        if delivered.count >= 2 * Self.memory {
            remembersFrom = delivered[Self.memory - 1].id
            delivered.removeFirst(Self.memory)
        }
        delivered.append(position)
    }
}

// MARK: - Another history

extension StreamMachine {
    /// The entries before the last one that was delivered, the latest first. Either that entry was deleted, or the
    /// stream has another history since some earlier entry.
    private mutating func foundBack(_ stream: StreamSnapshot, isWhole: Bool, _ outputs: inout [Output]) {
        guard let place, var suspicion = suspicion.take() else { return }
        let last = place.position
        for entry in stream.entries {
            if let index = delivered.lastIndex(where: { $0.id == entry.id }) {
                mustRead = true
                return found(at: index, suspicion, stream, &outputs)
            }
            suspicion.highest = suspicion.highest ?? entry.id
            // All that was delivered from there on is known, and this was not.
            if entry.id > remembersFrom { suspicion.hasNew = true }
        }
        if let oldest = stream.entries.last, !isWhole, oldest.id > delivered.first?.id ?? last.id {
            self.suspicion = suspicion
            next = .back(oldest.id.predecessor, count: pageOfHistory)
            return
        }
        mustRead = true
        let lost = last.number.flatMap { number in suspicion.number.map { number - $0 } }.flatMap { $0 > 0 ? $0 : nil }
        if suspicion.hasNew {
            moveBack(to: DurablePosition(id: remembersFrom), lost: lost, &outputs)
        } else if stream.lastID < last.id {
            // What there is may have been delivered long ago, or not at all. What comes now is new.
            let end = DurablePosition(id: stream.lastID, number: stream.addedCount)
            moveBack(to: end, isEntry: end.id != .zero, lost: lost, &outputs)
        } else if suspicion.isBehind || suspicion.isOther {
            // What has come behind the last one meanwhile was not delivered.
            moveBack(to: DurablePosition(id: last.id, number: suspicion.number), lost: lost, &outputs)
        } else {
            self.place?.isGone = true
        }
    }

    /// The latest entry that both histories have.
    private mutating func found(
        at index: Int,
        _ suspicion: Suspicion,
        _ stream: StreamSnapshot,
        _ outputs: inout [Output]
    ) {
        let lost = delivered.count - 1 - index
        let position = delivered[index]
        // Where nothing is lost that was delivered, entries behind it may be that were told as missing.
        let isBack = lost == 0 && suspicion.isBehind && position.id < (place?.position.id ?? position.id)
        guard isBack || lost > 0 && (suspicion.isBehind || suspicion.isOther || suspicion.highest != nil) else {
            // What contradicts itself was two histories, one after the other: the stream is asked again.
            let hasChanged = suspicion.lastID != stream.lastID || suspicion.addedCount != stream.addedCount
            let isStrange = !suspicion.mayBeDeleted && hasChanged && repetitions < Self.mostRepetitions
            repetitions = isStrange ? repetitions + 1 : 0
            place?.isGone = !isStrange
            return
        }
        delivered.removeLast(lost)
        // What was told behind it belongs to the other history.
        toldDeleted = min(toldDeleted, position.id)
        place = Place(position: position, isEntry: true)
        outputs.append(.rewound(to: position, lost: lost, behind: position))
    }

    /// Goes on behind a place where nothing is known of what was delivered before.
    private mutating func moveBack(
        to position: DurablePosition,
        isEntry: Bool = false,
        lost: Int?,
        _ outputs: inout [Output]
    ) {
        delivered = []
        remembersFrom = position.id
        toldDeleted = .zero
        place = Place(position: position, isEntry: isEntry)
        outputs.append(.rewound(to: nil, lost: lost, behind: self.position ?? position))
    }
}

extension RedisStreamEntry {
    /// The bytes of its contents.
    fileprivate var byteCount: Int { fields.reduce(64) { $0 + $1.name.count + $1.value.count } }
}

extension DurableStart {
    var streamMachine: StreamMachine {
        switch self {
        case .now: StreamMachine()
        case .after(let position): StreamMachine(behind: position)
        case .time(let time): StreamMachine(fromMilliseconds: UInt64(max(time.microseconds, 0) / 1000))
        case .beginning: StreamMachine(behind: .beginning)
        }
    }
}
