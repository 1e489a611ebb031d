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
        for number in 0..<40_000 {
            let name = RedisBytes("\(number)" + String(repeating: "x", count: 1000))
            table.remove(at: table.insert(name))
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
