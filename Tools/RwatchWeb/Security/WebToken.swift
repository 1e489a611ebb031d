/// The secret that a browser or a scraper has to show. Whoever has it sees what rwatch sees.
package struct WebToken: Sendable {
    /// 256 random bits as 64 hexadecimal digits, which need no escape in a URL, a cookie or a header.
    package let text: String

    /// A new token of the system's random numbers.
    package init() {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        for _ in 0..<4 {
            var word: UInt64 = generator.next()
            for _ in 0..<16 {
                bytes.append(digits[Int(word & 15)])
                word >>= 4
            }
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// Whether this is the token. The time that it takes tells nothing of where they differ.
    package func matches(_ other: some Collection<UInt8>) -> Bool {
        let own = Array(text.utf8)
        let other = Array(other)
        guard other.count == own.count else { return false }
        var difference: UInt8 = 0
        for index in own.indices { difference |= own[index] ^ other[index] }
        return difference == 0
    }
}

/// Only ``WebToken/text`` tells it, so that no log does by mistake.
extension WebToken: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "WebToken" }
    package var debugDescription: String { "WebToken" }
}
