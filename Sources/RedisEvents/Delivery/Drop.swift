/// Events that were dropped at this place of the stream because the reader was too slow.
public struct Drop: Sendable, Hashable {
    /// How many events.
    public var count: Int
    /// How many bytes of names and payloads they held.
    public var bytes: Int

    package init(count: Int, bytes: Int) {
        self.count = count
        self.bytes = bytes
    }
}

extension Drop {
    static func + (lhs: Drop, rhs: Drop) -> Drop {
        Drop(count: lhs.count + rhs.count, bytes: lhs.bytes + rhs.bytes)
    }
}
