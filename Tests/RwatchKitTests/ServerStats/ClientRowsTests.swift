import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Clients with what they have sent", .tags(.unit))
struct ClientRowsTests {
    @Test("are read from CLIENT LIST, with and without totals")
    func fields() throws {
        let rows = ClientRows(
            """
            id=3 addr=10.0.0.1:5000 laddr=10.0.0.2:6379 fd=8 name=web age=10 idle=2 flags=N db=0 omem=64 cmd=get user=bob \
            tot-net-in=100 tot-net-out=200 tot-cmds=7
            id=4 addr=[::1]:6000 name= cmd=client|list
            nothing
            """
        )
        #expect(rows.told == 2)
        let first = try #require(rows.rows.first)
        #expect(first.id == 3 && first.address == Array("10.0.0.1:5000".utf8) && first.name == Array("web".utf8))
        #expect(first.user == Array("bob".utf8) && first.command == Array("get".utf8))
        #expect(first.age == 10 && first.idle == 2 && first.pending == 64)
        #expect(first.commands == 7 && first.input == 100 && first.output == 200)
        #expect(rows.rows[1].commands == nil && rows.rows[1].name.isEmpty)
    }

    @Test("are bounded, however many there are and whatever they are called")
    func hostile() {
        let many = ClientRows(RedisBytes((0..<10_000).map { "id=\($0) addr=a\($0)" }.joined(separator: "\n")))
        #expect(many.rows.count == ClientRows.most && many.told == 10_000)
        let long = String(repeating: "n", count: 100_000)
        let one = ClientRows(RedisBytes("id=999999999999999999999 addr=\(long) name=\(long) tot-cmds=-5 omem=x ="))
        #expect(one.rows.first?.address.count == 128 && one.rows.first?.name.count == 128)
        #expect(one.rows.first?.commands == nil && one.rows.first?.id == nil)
    }
}

@Suite("What HOTKEYS tells", .tags(.unit))
struct HotKeysTests {
    private func bulk(_ text: String) -> RESPValue { .bulkString(RedisBytes(text)) }

    @Test("is read from a list of pairs, which may stand in another list")
    func pairs() {
        let fields: [RESPValue] = [
            bulk("tracking-active"), .integer(1),
            bulk("by-cpu-time-us"), .array([bulk("k1"), .integer(50), bulk("k2"), .integer(20)]),
            bulk("by-net-bytes"), .array([bulk("k2"), .integer(1000), bulk("k3"), bulk("7")]),
            bulk("odd"),
        ]
        for reply in [RESPValue.array(fields), .array([.array(fields)])] {
            let hot = HotKeys(reply)
            #expect(hot.isCollecting)
            #expect(hot.keys.map { String(decoding: $0.name, as: UTF8.self) } == ["k1", "k2", "k3"])
            #expect(hot.keys.map(\.time) == [50, 20, nil] && hot.keys.map(\.bytes) == [nil, 1000, 7])
        }
    }

    @Test("is nothing when a server says something else, and bounded")
    func hostile() {
        for reply in [RESPValue.null, .integer(1), bulk("x"), .array([]), .array([.array([])])] {
            #expect(HotKeys(reply) == HotKeys())
        }
        let many = (0..<5000).flatMap { [bulk("k\($0)"), RESPValue.integer(-1)] }
        let hot = HotKeys(.array([bulk("by-cpu-time-us"), .array(many)]))
        #expect(hot.keys.count == 256 && hot.keys.allSatisfy { $0.time == nil })
    }
}
