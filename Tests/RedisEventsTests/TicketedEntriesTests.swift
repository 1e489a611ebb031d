import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("What a cache may keep", .tags(.unit))
struct TicketedEntriesTests {
    /// By reference: `#expect` takes no mutating call.
    private final class Entries {
        private var value: TicketedEntries<Int>

        init(prefixes: [RedisBytes], limit: Int) { value = TicketedEntries(prefixes: prefixes, limit: limit) }

        var count: Int { value.count }

        func value(of key: RedisBytes) -> Int? { value.value(of: key) }
        func begin(_ key: RedisBytes) -> TicketedEntries<Int>.Stub? { value.begin(key) }
        func end(_ key: RedisBytes) { value.end(key) }
        func changed(_ key: RedisBytes) { value.changed(key) }
        func allChanged(isHeard: Bool? = nil) { value.allChanged(isHeard: isHeard) }

        func fill(_ key: RedisBytes, _ stub: TicketedEntries<Int>.Stub?, _ new: Int) -> Bool {
            value.fill(key, stub, new)
        }
    }

    private func entries(_ prefixes: [RedisBytes] = [], limit: Int = 100) -> Entries {
        let entries = Entries(prefixes: prefixes, limit: limit)
        entries.allChanged(isHeard: true)
        return entries
    }

    @Test("is a value about which nothing was heard since its read began")
    func plain() {
        let entries = entries()
        let stub = entries.begin("k")
        entries.changed("other")
        #expect(entries.fill("k", stub, 1))
        entries.end("k")
        #expect(entries.value(of: "k") == 1)
        entries.changed("k")
        #expect(entries.value(of: "k") == nil)
    }

    @Test("is not an old value that comes behind the news that it is old")
    func crossed() {
        let entries = entries()
        let old = entries.begin("k")
        entries.changed("k")
        let new = entries.begin("k")
        #expect(entries.fill("k", new, 2))
        #expect(!entries.fill("k", old, 1))
        #expect(entries.value(of: "k") == 2)
        entries.end("k")
        entries.end("k")
        // Nothing is remembered of reads that are over: the next one begins anew.
        let next = entries.begin("k")
        #expect(entries.fill("k", next, 3))
    }

    @Test("is nothing that was read before all became void, or while nobody listened")
    func void() {
        let entries = entries()
        let before = entries.begin("k")
        entries.allChanged()
        #expect(!entries.fill("k", before, 1))
        let heard = entries.begin("k")
        entries.allChanged(isHeard: false)
        #expect(!entries.fill("k", heard, 1))
        #expect(entries.begin("k") == nil)
        entries.allChanged(isHeard: true)
        #expect(!entries.fill("k", heard, 1))
        let after = entries.begin("k")
        #expect(entries.fill("k", after, 2))
        entries.allChanged()
        #expect(entries.count == 0)
    }

    @Test("is no key whose changes the server does not report")
    func prefixes() {
        let entries = entries(["user:", "u2"])
        #expect(entries.begin("session:1") == nil)
        #expect(entries.begin("user") == nil)
        #expect(entries.begin("user:1") != nil)
        #expect(entries.begin("u2") != nil)
    }

    @Test("is bounded, and what is used stays")
    func bounded() {
        let entries = entries(limit: 10)
        for index in 0..<1000 {
            let key = RedisBytes("k\(index)")
            let stub = entries.begin(key)
            #expect(entries.fill(key, stub, index))
            entries.end(key)
            #expect(entries.count <= 10)
            #expect(entries.value(of: key) == index)
            #expect(entries.value(of: "k0") == 0)
        }
    }
}
