import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Output buffer", .tags(.unit))
struct OutputBufferTests {
    @Test("what is appended comes out in order, across growth")
    func order() {
        var buffer = OutputBuffer(capacity: 64)
        var expected: [UInt8] = []
        for index in 0..<1_000 {
            let byte = UInt8(truncatingIfNeeded: index)
            buffer.append(byte)
            buffer.append([byte, 1, 2])
            buffer.append(literal: "né")
            buffer.append(word: 0x4443_4241, length: 3)
            buffer.append(expected.span.rawBytes.extracting(first: min(index, 100)), endingWith: byte)
            expected += [byte, byte, 1, 2] + Array("néABC".utf8) + expected.prefix(min(index, 100)) + [byte]
        }
        #expect(buffer.count == expected.count)
        #expect(buffer.take() == expected)
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
    }

    @Test("a word is appended whole, and of anything else nothing")
    func words() {
        for length in 0..<40 {
            var bytes = (0..<length).map { UInt8(0x23 + $0) }
            var buffer = OutputBuffer(capacity: 64)
            let isWord = buffer.append(ifWord: bytes.span.rawBytes)
            #expect(isWord == (length > 0))
            #expect(buffer.take() == bytes)
            for place in 0..<length {
                for other in [UInt8(0), 0x1f, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xff] {
                    bytes[place] = other
                    let isOne = buffer.append(ifWord: bytes.span.rawBytes)
                    #expect(!isOne, "\(other) at \(place) of \(length)")
                    bytes[place] = UInt8(0x23 + place)
                }
            }
            let isEmpty = buffer.isEmpty
            #expect(isEmpty)
        }
    }

    @Test("a taken chunk leaves an empty buffer which works on in the replacement's memory")
    func take() {
        var buffer = OutputBuffer(capacity: 64)
        buffer.append(literal: "first")
        var spare: [UInt8] = []
        spare.reserveCapacity(4_096)
        #expect(buffer.take(replacement: spare) == Array("first".utf8))
        buffer.append(literal: "second")
        let second = buffer.take()
        #expect(second == Array("second".utf8))
        #expect(second.capacity >= 4_096)
    }

    @Test("chunks in circulation keep their memory and do not grow")
    func circulation() {
        var buffer = OutputBuffer(capacity: 1_024)
        var spare = [UInt8]()
        var largest = 0
        for round in 0..<1_000 {
            for _ in 0..<100 { buffer.append(literal: "0123456789") }
            var chunk = buffer.take(replacement: spare)
            spare = []
            #expect(chunk.count == 1_000)
            if round > 2 { largest = max(largest, chunk.capacity) }
            chunk.removeAll(keepingCapacity: true)
            swap(&spare, &chunk)
        }
        #expect(largest <= 8_192)
    }

    @Test("rewind and removeAll forget")
    func forget() {
        var buffer = OutputBuffer()
        buffer.append(literal: "keep")
        let mark = buffer.count
        buffer.append(literal: " lose")
        buffer.rewind(to: mark)
        buffer.append(literal: "!")
        #expect(buffer.take() == Array("keep!".utf8))
        buffer.append(literal: "gone")
        buffer.removeAll(keepingCapacity: false)
        #expect(buffer.take() == [])
    }
}
