/// Events that were dropped at this place of the stream, because the reader was too slow, or because they were pushes of an
/// unknown kind and too much (`RedisBufferLimit.pushBytes`).
public struct RedisDrop: Sendable, Hashable {
    /// How many events.
    public var count: Int
    /// How many bytes of names and payloads they held, and what those of them held that were no messages.
    public var bytes: Int

    package init(count: Int, bytes: Int) {
        self.count = count
        self.bytes = bytes
    }
}

extension RedisDrop {
    static let nothing = RedisDrop(count: 0, bytes: 0)

    static func + (lhs: RedisDrop, rhs: RedisDrop) -> RedisDrop {
        RedisDrop(count: lhs.count + rhs.count, bytes: lhs.bytes + rhs.bytes)
    }

    static func += (lhs: inout RedisDrop, rhs: RedisDrop) { lhs = lhs + rhs }
}
