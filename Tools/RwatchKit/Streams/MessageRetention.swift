import RedisStreams

/// How much of a durable channel is kept, as `--keep` says: `1000` messages, `10mb`, `12h`, or `all`.
package struct MessageRetention: Sendable, Equatable {
    let retention: DurableRetention

    /// The last 10,000 messages.
    package static let usual = MessageRetention(retention: .last(10_000))

    private init(retention: DurableRetention) { self.retention = retention }

    /// Reads a text; `nil` for one that is no amount.
    package init?(_ text: String) {
        if text == "all" {
            retention = .everything
        } else if let count = Int(text), count > 0 {
            retention = .last(count)
        } else if text.lowercased().hasSuffix("b"), let bytes = try? ByteSizeText.parse(text), bytes > 0 {
            retention = .bytes(bytes)
        } else if let age = try? DurationText.parse(text), age >= .milliseconds(1) {
            retention = .age(age)
        } else {
            return nil
        }
    }
}
