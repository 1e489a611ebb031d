import Foundation
import RwatchKit

/// What `body` appends to an empty buffer.
func formatted(_ body: (inout OutputBuffer) -> Void) -> [UInt8] {
    var buffer = OutputBuffer(capacity: 64)
    body(&buffer)
    return buffer.take()
}

/// The formatted output as text.
func text(_ body: (inout OutputBuffer) -> Void) -> String {
    String(decoding: formatted(body), as: UTF8.self)
}

/// Lends bytes to a formatter.
func withBytes<Result>(_ bytes: [UInt8], _ body: (RawSpan) -> Result) -> Result {
    var buffer = OutputBuffer(capacity: max(bytes.count, 64))
    buffer.append(bytes)
    return body(buffer.bytes)
}

/// What Foundation makes of a base64 text.
func base64Decoded(_ text: String?) -> [UInt8]? {
    text.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
}

/// Random bytes, the same in every run with the same seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// Bytes of one of several tempers: anything, ASCII, UTF-8 text, mostly escapes.
    mutating func bytes(upTo limit: Int) -> [UInt8] {
        let count = Int.random(in: 0...limit, using: &self)
        switch Int.random(in: 0..<4, using: &self) {
        case 0: return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
        case 1: return (0..<count).map { _ in UInt8.random(in: 0x20...0x7e, using: &self) }
        case 2:
            let letters = ["a", "é", "€", "😀", "\n", "\"", "\u{2028}", "\u{7f}", "z", "\u{0}"]
            return (0..<count).flatMap { _ in Array(letters[Int.random(in: 0..<10, using: &self)].utf8) }
        default:
            let hard: [UInt8] = [0x22, 0x5c, 0x0a, 0x0d, 0x5d, 0x20, 0x78, 0xff]
            return (0..<count).map { _ in hard[Int.random(in: 0..<8, using: &self)] }
        }
    }
}
