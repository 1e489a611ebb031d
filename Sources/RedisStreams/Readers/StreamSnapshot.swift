package import RedisCommands
internal import RedisRESP

/// What a stream was at one moment, with some of its entries.
package struct StreamSnapshot: Sendable, Hashable {
    /// How many entries it had.
    package let length: Int
    /// The highest id that it has ever had.
    package let lastID: RedisStreamID
    /// The lowest id of its entries; `nil` if it had none.
    package let firstID: RedisStreamID?
    /// How many entries were ever added; `nil` before Redis 7.0.
    package let addedCount: Int?
    /// The highest id that XDEL has removed; `nil` if there is none, and before Redis 7.0.
    package let highestDeletedID: RedisStreamID?
    /// The entries that were asked for, in the order that was asked for.
    package let entries: [RedisStreamEntry]

    package init(
        length: Int,
        lastID: RedisStreamID,
        firstID: RedisStreamID?,
        addedCount: Int?,
        highestDeletedID: RedisStreamID?,
        entries: [RedisStreamEntry] = []
    ) {
        self.length = length
        self.lastID = lastID
        self.firstID = firstID
        self.addedCount = addedCount
        self.highestDeletedID = highestDeletedID
        self.entries = entries
    }

    /// Reads the reply to XINFO STREAM; `nil` if it is none.
    package init?(information reply: RESPValue, entries: [RedisStreamEntry]) {
        guard let length = reply["length"]?.count,
            let lastID = reply["last-generated-id"].flatMap({ RedisStreamID(reply: $0) })
        else { return nil }
        let first = reply["first-entry"]?.elements?.first.flatMap { RedisStreamID(reply: $0) }
        let deleted = reply["max-deleted-entry-id"].flatMap { RedisStreamID(reply: $0) }
        self.init(
            length: length,
            lastID: lastID,
            firstID: length > 0 ? first : nil,
            addedCount: reply["entries-added"]?.count,
            highestDeletedID: deleted.flatMap { $0 == .zero ? nil : $0 },
            entries: entries
        )
    }

    /// How many entries were added before the first one that it had. `nil` if that is not known: before Redis 7.0, and
    /// when entries were deleted behind the first one.
    package var countBeforeFirst: Int? {
        guard let addedCount else { return nil }
        if let firstID, let highestDeletedID, highestDeletedID >= firstID { return nil }
        return max(addedCount - length, 0)
    }
}
