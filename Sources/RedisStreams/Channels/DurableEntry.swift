package import RedisCommands
package import RedisRESP

/// An entry of a channel's stream.
///
/// `publish` writes the fields `n`, the number of the message; `t`, a token that nobody else uses, by which a repeated
/// publish finds the entry of the first one; and `p`, the payload.
package struct DurableEntry: Sendable, Hashable {
    package let id: RedisStreamID
    /// The number of the message; `nil` if something else has appended the entry.
    package let number: Int?
    /// The payload; `nil` if something else has appended the entry.
    package let payload: RedisBytes?
    /// All fields of an entry that something else has appended.
    package let fields: [RedisField]

    package var position: DurablePosition { DurablePosition(id: id, number: number) }

    /// Whether it is the entry of this position. One that something else has appended has no number of its own.
    package func isAt(_ position: DurablePosition) -> Bool {
        id == position.id && (number == nil || position.number == nil || number == position.number)
    }

    /// The bytes of its contents.
    package var byteCount: Int {
        (payload?.count ?? 0) + fields.reduce(64) { $0 + $1.name.count + $1.value.count }
    }

    package init(id: RedisStreamID, number: Int?, payload: RedisBytes?, fields: [RedisField] = []) {
        self.id = id
        self.number = number
        self.payload = payload
        self.fields = fields
    }

    package init(_ entry: RedisStreamEntry) {
        let number = entry["t"] == nil ? nil : entry["n"].flatMap { $0.decimal(Int.self) }.flatMap { $0 > 0 ? $0 : nil }
        let payload = entry["p"]
        let isOurs = number != nil && payload != nil
        self.init(
            id: entry.id,
            number: isOurs ? number : nil,
            payload: isOurs ? payload : nil,
            fields: isOurs ? [] : entry.fields
        )
    }
}

extension RedisStreamID {
    /// The highest id below this one; of the lowest id, itself.
    var predecessor: RedisStreamID {
        if sequence > 0 { return RedisStreamID(milliseconds: milliseconds, sequence: sequence - 1) }
        if milliseconds == 0 { return self }
        return RedisStreamID(milliseconds: milliseconds - 1, sequence: .max)
    }
}
