import RedisTesting
import RedisToolkit
import TestSupport
import Testing

/// What a process keeps of a cache.
@Suite("A table of near values", .tags(.unit), .timeLimit(.minutes(1)))
struct NearTableTests {
    private final class Value: Sendable {
        let name: String

        init(_ name: String) { self.name = name }
    }

    /// By reference: `#expect` takes no mutating call.
    private final class Table {
        private var table: NearTable

        init(limit: Int) { table = NearTable(limit: limit) }

        var names: Set<String> { Set((0..<100).compactMap { (table.last($0) as? Value)?.name }) }
        var bytes: Int { table.bytes }
        var count: Int { table.count }
        var counters: [Int] { [table.hits, table.misses, table.discarded] }

        func insert(
            _ number: Int,
            _ name: String,
            cost: Int = 10,
            epoch: Int = 0,
            usableUntil: Int64 = 1000,
            refreshAt: Int64 = .max
        ) -> [String] {
            let entry = NearTable.Entry(
                key: RedisBytes(name),
                object: Value(name),
                cost: cost,
                epoch: epoch,
                usableUntil: usableUntil,
                refreshAt: refreshAt
            )
            return table.insert(entry, for: number).map(\.key.description)
        }

        func find(_ number: Int, at now: Int64 = 0, epoch: Int = 0) -> String? {
            table.find(number, at: now, epoch: epoch).map {
                "\((($0.object as? Value)?.name) ?? "")\($0.isDue ? " due" : "")"
            }
        }

        func remove(_ number: Int) -> String? { table.remove(number)?.key.description }
        func removeAll() -> Int { table.removeAll().count }
    }

    @Test("has what was put into it, until its time, its epoch, or its removal")
    func life() {
        let table = Table(limit: 100)
        #expect(table.find(1) == nil)
        #expect(table.insert(1, "a", usableUntil: 50) == [])
        #expect(table.find(1, at: 49) == "a")
        #expect(table.find(1, at: 50) == nil)
        #expect(table.find(1, epoch: 1) == nil)
        #expect(table.names == ["a"])
        #expect(table.insert(1, "b", epoch: 1) == ["a"])
        #expect(table.find(1, epoch: 1) == "b")
        #expect(table.remove(1) == "b")
        #expect(table.remove(1) == nil)
        #expect(table.bytes == 0 && table.count == 0)
        #expect(table.counters == [2, 3, 0])
    }

    @Test("says once that a value has to be computed anew")
    func due() {
        let table = Table(limit: 100)
        _ = table.insert(1, "a", refreshAt: 20)
        #expect(table.find(1, at: 19) == "a")
        #expect(table.find(1, at: 20) == "a due")
        #expect(table.find(1, at: 21) == "a")
        _ = table.insert(1, "b", refreshAt: 30)
        #expect(table.find(1, at: 30) == "b due")
    }

    @Test("is bounded by bytes, and discards what was not used since the hand came by")
    func sieve() {
        let table = Table(limit: 40)
        for (number, name) in ["a", "b", "c", "d"].enumerated() { #expect(table.insert(number, name) == []) }
        #expect(table.find(0) == "a")
        // The hand takes the mark of a, and stops at b.
        #expect(table.insert(4, "e") == ["b"])
        #expect(table.insert(5, "f") == ["c"])
        #expect(table.find(3) == "d")
        // From d, whose mark is taken, on to e.
        #expect(table.insert(6, "g") == ["e"])
        // Behind the newest the hand begins at the oldest again.
        #expect(table.insert(7, "h") == ["f"])
        #expect(table.insert(8, "i") == ["g"])
        #expect(table.insert(9, "j") == ["h"])
        #expect(table.names == ["a", "d", "i", "j"])
        #expect(table.counters == [2, 0, 6])
    }

    @Test("makes room for a large value, and keeps none that is too large")
    func sizes() {
        let table = Table(limit: 40)
        for number in 0..<4 { _ = table.insert(number, "\(number)") }
        #expect(Set(table.insert(9, "large", cost: 25)) == ["0", "1", "2"])
        #expect(table.bytes == 35)
        #expect(table.insert(3, "too large", cost: 41) == ["3"])
        #expect(table.names == ["large"])
        #expect(table.insert(1, "all", cost: 40) == ["large"])
        #expect(table.removeAll() == 1)
        #expect(table.bytes == 0 && table.count == 0)
        #expect(table.insert(1, "a") == [])
        #expect(table.names == ["a"])
    }

    @Test("does what a list with a hand does, whatever comes in whatever order", arguments: 1...8)
    func random(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let table = Table(limit: 200)
        var model = Model(limit: 200)
        for step in 0..<3000 {
            let number = Int.random(in: 0..<40, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4: #expect(table.find(number) == model.find(number), "step \(step)")
            case 4..<9:
                let cost = Int.random(in: 1...60, using: &generator)
                #expect(
                    table.insert(number, "\(step)", cost: cost) == model.insert(number, "\(step)", cost),
                    "step \(step)"
                )
            default: #expect(table.remove(number) == model.remove(number), "step \(step)")
            }
            #expect(table.bytes == model.bytes && table.count == model.values.count)
        }
    }

    /// The values from the oldest to the newest, and the hand.
    private struct Model {
        let limit: Int
        var values: [(number: Int, name: String, cost: Int, isUsed: Bool)] = []
        /// The number of the value at the hand; `nil` for the oldest one.
        var hand: Int?

        init(limit: Int) { self.limit = limit }

        var bytes: Int { values.reduce(0) { $0 + $1.cost } }

        mutating func find(_ number: Int) -> String? {
            guard let index = values.firstIndex(where: { $0.number == number }) else { return nil }
            values[index].isUsed = true
            return values[index].name
        }

        mutating func remove(_ number: Int) -> String? {
            guard let index = values.firstIndex(where: { $0.number == number }) else { return nil }
            if hand == number { hand = index + 1 < values.count ? values[index + 1].number : nil }
            return values.remove(at: index).name
        }

        mutating func insert(_ number: Int, _ name: String, _ cost: Int) -> [String] {
            var removed = [remove(number)].compactMap { $0 }
            guard cost <= limit else { return removed }
            while bytes + cost > limit, !values.isEmpty {
                var index = hand.flatMap { hand in values.firstIndex { $0.number == hand } } ?? 0
                while values[index].isUsed {
                    values[index].isUsed = false
                    index = (index + 1) % values.count
                }
                hand = values[index].number
                removed.append(remove(values[index].number) ?? "")
            }
            values.append((number, name, cost, false))
            return removed
        }
    }
}
