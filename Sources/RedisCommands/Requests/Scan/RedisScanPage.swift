/// One page of a SCAN, HSCAN, SSCAN or ZSCAN.
public struct RedisScanPage<Element: Sendable>: Sendable {
    /// Where the next page begins; 0 after the last page.
    public let next: UInt64
    /// The elements of this page, which may be none although more pages follow.
    public let elements: [Element]

    /// A page.
    public init(next: UInt64, elements: [Element]) {
        self.next = next
        self.elements = elements
    }

    /// An array of the cursor and the elements, which `elements` reads.
    private static func read(_ reply: RESPValue, _ elements: (RESPValue) -> [Element]?) -> RedisScanPage? {
        guard let parts = reply.elements, parts.count == 2, let next = parts[0].bytes?.decimal(UInt64.self),
            let elements = elements(parts[1])
        else { return nil }
        return RedisScanPage(next: next, elements: elements)
    }
}

extension RedisScanPage where Element == RedisBytes {
    static func read(_ reply: RESPValue) -> RedisScanPage? { read(reply) { [RedisBytes](reply: $0) } }
}

extension RedisScanPage where Element == RedisField {
    static func read(_ reply: RESPValue) -> RedisScanPage? { read(reply) { RedisField.list($0) } }
}

extension RedisScanPage where Element == RedisScoredMember {
    static func read(_ reply: RESPValue) -> RedisScanPage? { read(reply) { RedisScoredMember.list($0) } }
}

extension RedisScanPage: Equatable where Element: Equatable {}
extension RedisScanPage: Hashable where Element: Hashable {}
