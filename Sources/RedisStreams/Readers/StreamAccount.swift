internal import RedisCommands

/// Says of entries that a reader gets next how many others are missing before and among them, and their numbers: how
/// many entries were added up to each. A plain value.
struct StreamAccount {
    /// What is missing: so many entries, if that is known.
    enum Missing: Equatable {
        case nothing
        case entries(Int?)
    }

    /// Whether the numbers prove that it is another history than that of the last entry.
    private(set) var isOther = false
    /// What is missing before the first entry.
    private(set) var front = Missing.nothing
    /// What is missing somewhere behind the first place, and is told before the first entry behind this id.
    private(set) var hole: (id: RedisStreamID, missed: Int?)?
    /// The number of the last entry before the next one.
    private(set) var number: Int?

    /// The account of what follows now.
    ///
    /// - Parameters:
    ///   - last: The last entry that was delivered.
    ///   - isNamed: Whether there was an entry of that id, or somebody said so.
    ///   - isThere: Whether the stream has it.
    ///   - stream: The stream.
    ///   - count: How many entries follow now.
    ///   - highest: The id of the last one of them.
    ///   - told: Up to which deleted id was told.
    ///   - isWhole: Whether they are all that the stream has behind the last one.
    init(
        behind last: DurablePosition,
        isNamed: Bool,
        isThere: Bool,
        _ stream: StreamSnapshot,
        count: Int,
        highest: RedisStreamID?,
        told: RedisStreamID,
        isWhole: Bool
    ) {
        number = last.number
        // What is trimmed is trimmed from the front.
        if !isThere, stream.firstID.map({ $0 > last.id }) ?? true {
            lookForTrimmed(stream, isNamed: isNamed && stream.lastID > last.id, isWhole: isWhole)
        }
        let deleted = stream.highestDeletedID.flatMap { $0 > max(last.id, told) ? $0 : nil }
        if isWhole, let added = stream.addedCount {
            let before = added - count
            switch number {
            case let number? where before < number:
                isOther = true
                self.number = before
            case let number? where before > number:
                hole = (deleted ?? last.id, before - number)
            case .some: break
            case nil:
                if deleted == nil { self.number = before }
                if let deleted, front == .nothing { hole = (deleted, nil) }
            }
        } else if let deleted, let highest, deleted < highest, front == .nothing {
            hole = (deleted, nil)
        }
    }

    private mutating func lookForTrimmed(_ stream: StreamSnapshot, isNamed: Bool, isWhole: Bool) {
        if let before = stream.countBeforeFirst {
            if let number {
                isOther = before < number
                if before > number { front = .entries(before - number) }
            } else if isNamed, before > 0 {
                front = .entries(nil)
            }
            number = before
        } else if stream.addedCount == nil || number == nil || !isWhole {
            if isNamed { front = .entries(nil) }
            number = nil
        }
    }

    /// The number of the next entry.
    mutating func next() -> Int? {
        number = number.map { $0 + 1 }
        return number
    }

    /// What is missing before an entry of this id, or at the end; `nil` for nothing that was not told before.
    mutating func missing(before id: RedisStreamID?) -> Missing {
        guard let hole, id.map({ $0 > hole.id }) ?? true else { return .nothing }
        self.hole = nil
        number = hole.missed.flatMap { missed in number.map { $0 + missed } }
        return .entries(hole.missed)
    }
}
