internal import RedisCore

/// A value of the cache as the server keeps it: how long it is fresh and how long it is kept, both counted from its
/// writing, and how long it took to compute.
///
/// No clock's time is in it: the age of a value is what the key's time to live has lost, so that clocks of several
/// machines need not agree.
///
/// The bytes are `0xCA 0x01`, three numbers in the variable-length form of LEB128 (fresh for, kept for, computed in,
/// each in milliseconds), and the payload.
package struct CacheEnvelope: Hashable {
    package var freshFor: Int
    package var keptFor: Int
    package var computedIn: Int
    package var payload: RedisBytes

    private static let head: [UInt8] = [0xca, 0x01]

    /// The bytes at the server.
    package var bytes: RedisBytes {
        var bytes = Self.head
        bytes.reserveCapacity(payload.count + 24)
        for number in [freshFor, keptFor, computedIn] { Self.append(UInt64(max(number, 0)), to: &bytes) }
        bytes += payload
        return RedisBytes(bytes)
    }

    package init(freshFor: Int, keptFor: Int, computedIn: Int, payload: RedisBytes) {
        self.freshFor = freshFor
        self.keptFor = keptFor
        self.computedIn = computedIn
        self.payload = payload
    }

    /// Reads what the server has; `nil` when it is not the cache's.
    package init?(_ bytes: RedisBytes) {
        guard bytes.starts(with: Self.head) else { return nil }
        var position = Self.head.count
        var numbers: [Int] = []
        for _ in 0..<3 {
            guard let number = Self.readNumber(bytes, &position) else { return nil }
            numbers.append(number)
        }
        self.init(
            freshFor: numbers[0],
            keptFor: numbers[1],
            computedIn: numbers[2],
            payload: bytes.slice(position..<bytes.count)
        )
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A number of at most eight bytes, which is less than 2⁵⁶; `nil` for anything else.
    private static func readNumber(_ bytes: RedisBytes, _ position: inout Int) -> Int? {
        var number = 0
        for shift in stride(from: 0, to: 56, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            number |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }
}
