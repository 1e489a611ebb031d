/// The keys of one invalidation in one run of bytes, so that one record in the mailbox holds all of them and counts
/// their bytes.
package enum KeyList {
    private static let headerLength = 8

    /// Appends a key after its length.
    package static func append(_ key: RawSpan, to list: inout [UInt8]) {
        var length = UInt64(key.byteCount)
        for _ in 0..<headerLength {
            list.append(UInt8(truncatingIfNeeded: length))
            length >>= 8
        }
        list.append(key)
    }

    /// The keys of a list. Small keys own their bytes.
    static func keys(of list: RedisBytes) -> [RedisBytes] {
        var keys: [RedisBytes] = []
        forEach(in: list) { keys.append(list.part($0)) }
        return keys
    }

    /// Calls `body` with the place of each key of a list.
    package static func forEach(in list: RedisBytes, _ body: (Range<Int>) -> Void) {
        var index = 0
        while index + headerLength <= list.count {
            var length = 0
            for offset in (0..<headerLength).reversed() { length = length << 8 | Int(list[index + offset]) }
            index += headerLength
            body(index..<(index + length))
            index += length
        }
    }
}
