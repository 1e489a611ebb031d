/// Events that were dropped at this place of the stream, because the reader was too slow, or because they were pushes
/// of an unknown kind beyond their limit (`RedisBufferLimit.pushBytes`).
public struct RedisDrop: Sendable, Hashable {
    /// How many events.
    public var count: Int
    /// The bytes of the names and payloads of dropped messages, and the bytes that other dropped events held.
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
