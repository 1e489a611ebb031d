import RedisRESP
import TestSupport
import Testing

@Suite("Bytes, several at a time", .tags(.unit))
struct ByteOperationTests {
    @Test("digits are the number that they are, and nothing else is one")
    func digits() {
        for number in [0, 1, 9, 10, 12_345_678, 99_999_999, 90_000_009, 10_000_000] {
            let text = String(number)
            let bytes = Array((String(repeating: "0", count: 8 - text.count) + text).utf8)
            let read = bytes.span.rawBytes.eightDigits(at: 0)
            #expect(read == number)
            for place in 0..<8 {
                for other in [UInt8(0), 0x2f, 0x3a, 0x7f, 0x80, 0xb0, 0xff] {
                    var wrong = bytes
                    wrong[place] = other
                    let none = wrong.span.rawBytes.eightDigits(at: 0)
                    #expect(none == nil, "\(other) at \(place)")
                }
            }
        }
    }

    @Test("the first of two bytes is found at any place and from any start")
    func search() {
        for length in 0..<40 {
            for place in 0...length {
                var bytes = [UInt8](repeating: 0x21, count: length)
                if place < length { bytes[place] = place % 2 == 0 ? 0x22 : 0x5c }
                for start in 0...length {
                    let found = bytes.span.rawBytes.firstIndex(of: 0x22, or: 0x5c, from: start)
                    #expect(found == (place < length && place >= start ? place : nil))
                }
            }
        }
    }

    @Test("bytes are printable ASCII when each of them is, at any place")
    func printable() {
        for length in 0..<70 {
            var bytes = (0..<length).map { UInt8(0x20 + $0 % 0x5F) }
            let isPrintable = bytes.span.rawBytes.isPrintableASCII
            #expect(isPrintable)
            for place in 0..<length {
                for other in [UInt8(0), 0x1f, 0x7f, 0x80, 0xa0, 0xff] {
                    let good = bytes[place]
                    bytes[place] = other
                    let isStill = bytes.span.rawBytes.isPrintableASCII
                    #expect(!isStill, "\(other) at \(place) of \(length)")
                    bytes[place] = good
                }
            }
        }
    }

    @Test("spans are equal when all their bytes are, and hash alike", arguments: 0..<100)
    func equality(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let shifted = [0] + bytes
        let same = shifted.span.rawBytes.extracting(1..<(length + 1))
        let isEqual = bytes.span.rawBytes.equals(same)
        #expect(isEqual)
        #expect(bytes.span.rawBytes.hash(seed: 5) == same.hash(seed: 5))
        for place in 0..<length {
            var other = bytes
            other[place] ^= 0x80
            let isOther = other.span.rawBytes.equals(same)
            #expect(!isOther)
            #expect(other.span.rawBytes.hash(seed: 5) != same.hash(seed: 5))
        }
    }
}
