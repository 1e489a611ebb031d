import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("Heavy hitters", .tags(.unit))
struct HeavyHittersTests {
    private let now = CountingTime(begun: 0, now: 999_999)

    /// Numbers from 1 on, each half as frequent as its half: Zipf's law with an exponent of one.
    private struct Zipf {
        private let sums: [Double]

        init(_ count: Int) {
            var sum = 0.0
            sums = (1...count).map { rank in
                sum += 1 / Double(rank)
                return sum
            }
        }

        func draw(_ generator: inout Generator) -> Int {
            let wanted = Double.random(in: 0..<(sums.last ?? 1), using: &generator)
            var (low, high) = (0, sums.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > wanted { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }

    private func name(_ rank: Int) -> [UInt8] { Array("user:\(rank):profile".utf8) }

    @Test("counts exactly as long as every name has a row")
    func exact() {
        var names = HeavyHitters(capacity: 64, seed: 1)
        for round in 0..<10 {
            for rank in round..<64 { withBytes(name(rank)) { names.add($0, bytes: rank, second: 0) } }
        }
        #expect(names.isExact && names.bound == 0 && names.count == 64 && names.distinct == 64)
        #expect(names.total == (0..<10).map { 64 - $0 }.reduce(0, +))
        let rows = names.top(64, at: now)
        #expect(rows.allSatisfy { $0.error == 0 })
        #expect(rows.map(\.count) == Array(repeating: 10, count: 55) + (1...9).reversed())
        // Of equal ones, the lesser name comes first.
        #expect(rows[0].name == name(10) && rows[0].bytes == 100)
        #expect(names.top(2, by: .bytes, at: now).map(\.name) == [name(63), name(62)])
    }

    @Test("tells how far it may be wrong: against exact counts on a Zipf load")
    func zipf() {
        let count = isSoak ? 10_000_000 : 300_000
        let zipf = Zipf(isSoak ? 1_000_000 : 100_000)
        for capacity in [64, 1024] {
            var generator = Generator(state: 42)
            var names = HeavyHitters(capacity: capacity, seed: 7)
            var exact: [Int: Int] = [:]
            for _ in 0..<count {
                let rank = zipf.draw(&generator)
                exact[rank, default: 0] += 1
                withBytes(name(rank)) { names.add($0, second: 0) }
            }
            #expect(names.total == count && names.count == capacity && !names.isExact)
            #expect(names.bound > 0 && names.bound <= count / capacity)
            let rows = names.top(capacity, at: now)
            var counts: [[UInt8]: HeavyHitters.Row] = [:]
            for row in rows { counts[row.name] = row }
            #expect(counts.count == capacity)
            for (rank, times) in exact {
                if let row = counts[name(rank)] {
                    #expect(row.count - row.error <= times && times <= row.count, "\(rank)")
                } else {
                    #expect(times <= names.bound, "\(rank)")
                }
            }
            // The most frequent ones stand first, and their counts are right.
            let most = exact.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10)
            #expect(Set(rows.prefix(10).map(\.name)) == Set(most.map { name($0.key) }))
            let error = Double(DistinctCounter.standardError) * 4 * Double(exact.count)
            #expect(abs(Double(names.distinct - exact.count)) < error)
        }
    }

    @Test("keeps what it says when every name is new, and when they come in turn")
    func adversaries() {
        for period in [100_000, 65, 130] {
            var names = HeavyHitters(capacity: 64, seed: 3)
            var exact: [Int: Int] = [:]
            for index in 0..<50_000 {
                exact[index % period, default: 0] += 1
                withBytes(name(index % period)) { names.add($0, second: 0) }
            }
            #expect(names.bound <= 50_000 / 64)
            for row in names.top(64, at: now) {
                let times = exact.first { name($0.key) == row.name }?.value ?? 0
                #expect(row.count - row.error <= times && times <= row.count)
            }
            #expect(exact.values.filter { $0 > names.bound }.count <= 64)
        }
    }

    @Test("tells long names apart, keeps their beginning and how long they are")
    func longNames() {
        var names = HeavyHitters(capacity: 8, nameSize: 16, seed: 5)
        let start = [UInt8](repeating: 0x61, count: 40)
        for (name, times) in [(start + [1], 3), (start + [2], 2), (start, 1), ([], 4), ([0xff], 5)] {
            for _ in 0..<times { withBytes(name) { names.add($0, second: 0) } }
        }
        let rows = names.top(8, at: now)
        #expect(rows.map(\.count) == [5, 4, 3, 2, 1])
        #expect(rows.map(\.length) == [1, 0, 41, 41, 40])
        #expect(rows[2].name == Array(start.prefix(16)))
    }

    @Test("counts rows by sliding windows, without what a name without a row had before")
    func windows() {
        var names = HeavyHitters(capacity: 8, seed: 9)
        for second in 0..<2000 { withBytes([1]) { names.add($0, second: second) } }
        let row = names.top(1, at: CountingTime(begun: 0, now: 1_999_500_000))[0]
        #expect(row.windows.map(\.events) == [2, 11, 65, 920])
        #expect(row.windows.map(\.seconds) == [1.5, 10.5, 64.5, 919.5])
        let later = names.top(1, at: CountingTime(begun: 0, now: 2_065_000_000))[0]
        #expect(later.windows.map(\.events) == [0, 0, 0, 860])
        // Seven more fill the rows; the ninth name takes over the row of one of them.
        for value: UInt8 in 2...8 { withBytes([value]) { names.add($0, second: 2100) } }
        for _ in 0..<3 { withBytes([9]) { names.add($0, second: 2101) } }
        let rows = names.top(8, by: .window(.second), at: CountingTime(begun: 0, now: 2_101_000_000))
        #expect(rows[0].name == [9] && rows[0].error == 1 && rows[0].windows[0].events == rows[0].count - 1)
    }
}
