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

        /// Reads and stores the value `number` of the key of that name.
        func read(_ number: Int, as new: Int? = nil) -> Bool {
            let key = RedisBytes("\(number)")
            let stub = begin(key)
            defer { end(key) }
            return fill(key, stub, new ?? number)
        }

        /// The removed values, the least first.
        func takeRetired() -> [Int] { value.takeRetired().flatMap { $0.values }.sorted() }
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
        #expect(!entries.fill("k", new, 3))
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

    @Test("is as much as the limit allows, and then the half that was used last")
    func half() {
        let entries = entries(limit: 10)
        for number in 1...11 {
            #expect(entries.read(number))
            let held = number < 11 ? number : 6
            #expect(entries.count == held)
        }
        #expect(entries.takeRetired() == [1, 2, 3, 4, 5])
        let two = self.entries(limit: 2)
        for number in 1...3 { #expect(two.read(number)) }
        #expect(two.count == 2 && two.takeRetired() == [1])
    }

    @Test("is handed out for release, each value once, whatever has removed it")
    func retired() {
        let entries = entries(limit: 10)
        for number in 1...10 { #expect(entries.read(number)) }
        #expect(entries.takeRetired() == [])
        // One that was used lately, and one that was not, are read anew: nothing else is removed.
        #expect(entries.read(7, as: 70))
        #expect(entries.count == 10 && entries.takeRetired() == [7])
        entries.changed("8")
        entries.changed("2")
        entries.changed("unknown")
        #expect(entries.value(of: "8") == nil && entries.value(of: "2") == nil)
        #expect(entries.count == 8 && entries.takeRetired() == [2, 8])
        #expect(entries.read(1, as: 11))
        #expect(entries.count == 8 && entries.takeRetired() == [1])
        // What is used is kept, and is not handed out.
        #expect(entries.value(of: "3") == 3)
        #expect(entries.takeRetired() == [4, 5])
        entries.allChanged()
        #expect(entries.count == 0 && entries.takeRetired() == [3, 6, 9, 10, 11, 70])
        #expect(entries.takeRetired() == [])
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
