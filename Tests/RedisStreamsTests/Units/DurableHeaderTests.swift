import RedisRESP
import RedisStreams
import TestSupport
import Testing

@Suite("The header of a durable message", .tags(.unit))
struct DurableHeaderTests {
    private func header(_ text: String) -> DurableHeader? { DurableHeader(RedisBytes(text).rawSpan) }

    @Test("is the id, the id before, and the number")
    func whole() {
        let header = header("1526919030474-55 1526919030470-0 17 payload")
        #expect(header?.id == RedisStreamID(milliseconds: 1_526_919_030_474, sequence: 55))
        #expect(header?.previous == RedisStreamID(milliseconds: 1_526_919_030_470, sequence: 0))
        #expect(header?.number == 17)
        #expect(header?.byteCount == 36)
    }

    @Test("may stand before an empty payload, and has the largest numbers that there are")
    func edges() {
        #expect(header("1-0 0-0 1 ")?.byteCount == 10)
        let largest = header("18446744073709551615-18446744073709551615 0-0 9223372036854775807 x")
        #expect(largest?.id == RedisStreamID(milliseconds: .max, sequence: .max))
        #expect(largest?.number == .max)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", " ", "1", "1-0", "1-0 ", "1-0 0-0", "1-0 0-0 ", "1-0 0-0 1", "1-0  1 x", "-0 0-0 1 x", "1- 0-0 1 x",
            "a-0 0-0 1 x",
            "1-0 0-0 -1 x", "1-0 0-0 +1 x", "1-0 0-0 1.5 x", " 1-0 0-0 1 x", "18446744073709551616-0 0-0 1 x",
            "1-0 0-0 9223372036854775808 x", "1-0 0-0 18446744073709551616 x", "1-0\t0-0 1 x", "1:0 0-0 1 x",
        ]
    )
    func malformed(_ text: String) {
        #expect(header(text) == nil)
    }
}

@Suite("A position in a durable channel", .tags(.unit))
struct DurablePositionTests {
    @Test("is read from the text that it is written as")
    func text() {
        let id = RedisStreamID(milliseconds: 1_526_919_030_474, sequence: 55)
        for position in [DurablePosition(id: id, number: 17), DurablePosition(id: id), .beginning] {
            #expect(DurablePosition(position.description) == position)
        }
        #expect(DurablePosition(id: id, number: 17).description == "1526919030474-55 17")
    }

    @Test("is read from no other text", arguments: ["", "x", "1-0 ", "1-0 x", "1-0 1 1", "1-0  1", "1-0 -1", " 1-0 1"])
    func malformed(_ text: String) {
        #expect(DurablePosition(text) == nil)
    }

    @Test("has no number that no stream can have", arguments: [(-1, nil), (0, 0), (1 << 56, 1 << 56), (.max, nil)])
    func number(_ given: Int, _ kept: Int?) {
        let id = RedisStreamID(milliseconds: 1)
        #expect(DurablePosition(id: id, number: given).number == kept)
        #expect(given < 0 || DurablePosition("1-0 \(given)")?.number == kept)
    }
}
