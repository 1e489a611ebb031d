import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("The table of names", .tags(.unit))
struct NameTableTests {
    @Test("knows when the last message of each name came, also of one that took another's place")
    func lastMessages() {
        var table = NameTable(seed: 1)
        let names: [RedisBytes] = ["a", "b", "c"]
        for name in names { _ = table.insert(name) }
        let start = ContinuousClock.now
        func last(_ name: RedisBytes) -> ContinuousClock.Instant? {
            guard let index = table.index(of: name.rawSpan) else { return nil }
            return table.lastMessage(index)
        }
        #expect(names.map(last) == [nil, nil, nil])
        for (name, seconds) in [("c", 3), ("b", 2)] as [(RedisBytes, Int)] {
            if let index = table.index(of: name.rawSpan) { table.noteMessages([index], at: start + .seconds(seconds)) }
        }
        func agrees(_ name: RedisBytes, _ seconds: Int?) -> Bool {
            guard let found = last(name), let seconds else { return last(name) == nil && seconds == nil }
            let difference = found - (start + .seconds(seconds))
            return difference < .milliseconds(2) && difference > .milliseconds(-2)
        }
        #expect(agrees("a", nil) && agrees("b", 2) && agrees("c", 3))
        let first = names[0]
        if let index = table.index(of: first.rawSpan) { table.remove(at: index) }
        #expect(agrees("b", 2) && agrees("c", 3))
        _ = table.insert("d")
        #expect(agrees("d", nil))
        let third = names[2]
        if let index = table.index(of: third.rawSpan) { table.remove(at: index) }
        _ = table.insert("e")
        #expect(agrees("b", 2) && agrees("d", nil) && agrees("e", nil))
    }

    @Test("keeps names apart that have the same hash")
    func sameHash() {
        let names: [RedisBytes] = ["name:1036822", "name:1085140"]
        let hashes = names.map { UInt32(truncatingIfNeeded: $0.rawSpan.hash(seed: 1)) }
        #expect(hashes[0] == hashes[1])
        var table = NameTable(seed: 1)
        let indices = names.map { table.insert($0) }
        #expect(indices == [0, 1])
        let kept = table.entries.map { $0.name }
        #expect(kept == names)
    }

    @Test("finds the names that are left, and new ones, when the bytes of removed names are used again")
    func compaction() {
        var table = NameTable(seed: 1)
        func name(_ number: Int) -> RedisBytes { RedisBytes("\(number)" + String(repeating: "x", count: 100)) }
        for round in 0..<3 {
            for number in 0..<200 {
                let index = table.insert(name(number))
                table.update(index) { $0.handler = UInt32(1000 * round + number + 1) }
            }
            for number in 20..<200 {
                if let index = table.index(of: name(number).rawSpan) { table.remove(at: index) }
            }
            #expect(Set(table.entries.map(\.name)) == Set((0..<20).map(name)))
            var followers = NameTable.Followers()
            for number in 0..<200 {
                let found = table.lookup.find(name(number).rawSpan, &followers)?.handler
                #expect(found == (number < 20 ? UInt32(1000 * round + number + 1) : nil))
            }
        }
    }

    @Test(
        "does not grow with names that come and go",
        .disabled(if: isUnderAddressSanitizer, "the address sanitizer keeps freed memory, to find uses of it")
    )
    func boundedMemory() throws {
        var table = NameTable(seed: 1)
        _ = table.insert("stays")
        let before = try residentKiB()
        for length in [1000, 5000] {
            for number in 0..<40_000_000 / length {
                let name = RedisBytes("\(number)" + String(repeating: "x", count: length))
                table.remove(at: table.insert(name))
            }
        }
        #expect(try residentKiB() - before < 20_000)
        #expect(table.entries.map(\.name) == ["stays"])
    }

    @Test("lets go of an inline handler with the last of its names")
    func inlineHandlers() {
        var table = NameTable(seed: 1)
        weak var first: InlineHandler?
        weak var second: InlineHandler?
        do {
            let handlers = [InlineHandler { _ in }, InlineHandler { _ in }]
            (first, second) = (handlers[0], handlers[1])
            for (name, handler) in [("a", 0), ("b", 0), ("c", 1)] as [(RedisBytes, Int)] {
                let index = table.insert(name)
                table.update(index) { $0.inlineHandler = handlers[handler] }
            }
        }
        func replace(_ name: RedisBytes) {
            guard let index = table.index(of: name.rawSpan) else { return }
            table.update(index) { $0.inlineHandler = nil }
        }
        replace("a")
        #expect(first != nil && second != nil)
        replace("b")
        #expect(first == nil && second != nil)
        replace("c")
        #expect(second == nil)
    }

    @Test("numbers inline handlers, gives all names of one the same number, and a number again that nobody has")
    func inlineNumbers() {
        var table = NameTable(seed: 1)
        let handlers = (0..<4).map { _ in InlineHandler { _ in } }
        func set(_ name: RedisBytes, _ handler: Int?) {
            table.update(table.insert(name)) { $0.inlineHandler = handler.map { handlers[$0] } }
        }
        func numbers(_ table: NameTable) -> [UInt32?] {
            var followers = NameTable.Followers()
            var found: [UInt32?] = []
            for name in ["a", "b", "c", "d"] as [RedisBytes] {
                let receivers = table.lookup.find(name.rawSpan, &followers)
                #expect(receivers?.handler ?? 0 == 0)
                found.append(receivers?.inline)
            }
            return found
        }
        let index = table.insert("a")
        #expect(numbers(table) == [0, nil, nil, nil])
        for name in ["a", "b"] as [RedisBytes] { set(name, 0) }
        set("c", 1)
        #expect(numbers(table) == [1, 1, 2, nil])
        // The same once more.
        set("a", 0)
        // "b" still has the first.
        set("a", nil)
        set("d", 2)
        #expect(numbers(table) == [0, 1, 2, 3])
        set("b", nil)
        set("a", 1)
        set("c", nil)
        #expect(numbers(table) == [2, 0, 0, 3])
        // An entry that is removed has none any more; others come and go under its number.
        table.remove(at: index)
        for handler in [0, 1, 0] {
            set("b", handler)
            #expect(numbers(table) == [nil, 2, 0, 3])
            set("b", nil)
        }
        set("b", 0)
        set("c", 1)
        set("d", nil)
        set("d", 2)
        set("a", 3)
        #expect(numbers(table) == [4, 2, 1, 3])
    }

    @Test("agrees with a dictionary over random insertions and removals")
    func model() {
        for seed in UInt64(1)...20 {
            var generator = SplitMix(state: seed)
            var table = NameTable(seed: seed)
            var model: [RedisBytes: Bool] = [:]
            for _ in 0..<3000 {
                let name = RedisBytes("name:\(UInt.random(in: 0..<300, using: &generator))")
                switch UInt.random(in: 0..<3, using: &generator) {
                case 0:
                    let index = table.insert(name)
                    let subscribed = Bool.random(using: &generator)
                    table.update(index) { $0.isSubscribed = subscribed }
                    model[name] = subscribed
                case 1:
                    let index = table.index(of: name.rawSpan)
                    #expect((index != nil) == (model[name] != nil), "seed \(seed)")
                    if let index { #expect(table.entries[index].name == name, "seed \(seed)") }
                default:
                    if let index = table.index(of: name.rawSpan) { table.remove(at: index) }
                    model[name] = nil
                }
            }
            #expect(Set(table.entries.map(\.name)) == Set(model.keys), "seed \(seed)")
            #expect(table.subscribedCount == model.values.count { $0 }, "seed \(seed)")
        }
    }

    @Test("finds who takes a message, whatever name it follows and whichever names have come and gone")
    func followers() {
        for seed in UInt64(1)...20 {
            var generator = SplitMix(state: seed)
            var table = NameTable(seed: seed)
            var model: [RedisBytes: UInt32] = [:]
            var followers = NameTable.Followers()
            for round in UInt32(1)...60 {
                for _ in 0..<UInt.random(in: 0..<4, using: &generator) {
                    let name = RedisBytes("name:\(UInt.random(in: 0..<20, using: &generator))")
                    if Bool.random(using: &generator) {
                        table.update(table.insert(name)) { $0.handler = round }
                        model[name] = round
                    } else {
                        if let index = table.index(of: name.rawSpan) { table.remove(at: index) }
                        model[name] = nil
                    }
                }
                // In turn, as who goes round publishes, and at random.
                let inTurn = (0..<20).map { UInt($0) }
                let names = inTurn + inTurn + (0..<20).map { _ in UInt.random(in: 0..<20, using: &generator) }
                for number in names {
                    let name = RedisBytes("name:\(number)")
                    let found = table.lookup.find(name.rawSpan, &followers)?.handler
                    #expect(found == model[name], "seed \(seed)")
                }
            }
        }
    }
}
