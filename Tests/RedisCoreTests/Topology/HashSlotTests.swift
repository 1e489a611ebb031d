import RedisCore
import RedisRESP
import TestSupport
import Testing

@Suite("Hash slots", .tags(.unit))
struct HashSlotTests {
    // As CLUSTER KEYSLOT of Redis 7.0.15 has them.
    @Test(
        "are those that servers compute",
        arguments: [
            ("", 0), ("a", 15495), ("foo", 12182), ("123456789", 12739), ("{user1000}.following", 3443),
            ("{user1000}.followers", 3443), ("user1000", 3443), ("{}x", HashSlotTests.empty),
            ("{{a}}b", HashSlotTests.nested), ("{a", HashSlotTests.nested), ("x{foo}{bar}", 12182),
            ("foo{", HashSlotTests.open),
            ("}foo{a}", 15495),
        ] as [(RedisBytes, Int)]
    )
    func vectors(_ name: RedisBytes, _ slot: Int) { #expect(HashSlot.slot(of: name) == slot) }

    static let empty = 10595
    static let nested = 10276
    static let open = 7673

    @Test("are those of any bytes, and no name is without one")
    func bytes() {
        #expect(HashSlot.slot(of: RedisBytes([0, 0xff, 0x0d, 0x0a])) == 6261)
        #expect(HashSlot.slot(of: RedisBytes([UInt8](repeating: 0x61, count: 4096))) == 1225)
        var seen: Set<Int> = []
        for number in 0..<200_000 { seen.insert(HashSlot.slot(of: RedisBytes("name-\(number)"))) }
        #expect(seen.count > 16_000)
        #expect(seen.allSatisfy { (0..<HashSlot.count).contains($0) })
    }
}
