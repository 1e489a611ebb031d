import RedisRESP
import TestSupport
import Testing

@Suite("Values", .tags(.unit))
struct ValueTests {
    @Test("bytes are text only when they are UTF-8")
    func text() {
        #expect(RedisBytes("häl").text == "häl")
        #expect(RedisBytes([0xff, 0x00]).text == nil)
        #expect(RedisBytes([0xff, 0x41, 0x0a]).description == "\\xffA\\x0a")
        #expect(RedisBytes().text == "")
    }

    @Test("slices equal and hash by content, wherever it lies")
    func slices() {
        let slab = Array("..abc.abc".utf8)
        let first = RedisBytes(storage: slab, start: 2, count: 3)
        let second = RedisBytes(storage: slab, start: 6, count: 3)
        #expect(first == second)
        #expect(first.hashValue == second.hashValue)
        #expect(first == "abc")
        #expect(first != "abd")
        #expect(Array(first) == Array("abc".utf8))
        #expect(first.compacted().bytes == Array("abc".utf8))
        #expect(first.slice(1..<3) == "bc")
    }

    @Test("maps are found by key in both protocol versions")
    func pairs() {
        let map = RESPValue.map([.init(key: .bulkString("proto"), value: .integer(3))])
        let flat = RESPValue.array([.bulkString("proto"), .integer(3)])
        #expect(map["proto"]?.integer == 3)
        #expect(flat["proto"]?.integer == 3)
        #expect(flat["other"] == nil)
    }

    @Test("a verbatim string without a format keeps its text")
    func verbatim() throws {
        var feeder = Feeder()
        try feeder.feed("=3\r\nabc\r\n".utf8)
        #expect(feeder.values == [.verbatimString(format: "", text: "abc")])
    }

    @Test("commands are arrays of bulk strings with exact lengths")
    func encoding() {
        var buffer: [UInt8] = []
        let command: RedisCommand = ["SET", "", RedisBytes([0, 0xff])]
        command.encode(into: &buffer)
        #expect(buffer == Array("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n".utf8) + [0, 0xff, 0x0d, 0x0a])
    }

    @Test("hashes differ by seed, length and content")
    func hashes() {
        let names: [RedisBytes] = [
            "", "a", "b", "ab", "ba", "aaaaaaaa", "aaaaaaaab", "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaab",
        ]
        let hashes = names.map { name in name.rawSpan.hash(seed: 1) }
        #expect(Set(hashes).count == names.count)
        #expect(RedisBytes("ab").rawSpan.hash(seed: 2) != RedisBytes("ab").rawSpan.hash(seed: 1))
    }
}
