import RwatchKit
import TestSupport
import Testing

@Suite("An estimate of how many different values there were", .tags(.unit))
struct DistinctCounterTests {
    @Test("is within four standard errors, from none to many, and counts nothing twice")
    func estimates() {
        var generator = Generator(state: 11)
        var counter = DistinctCounter()
        #expect(counter.estimate == 0)
        var hashes: [UInt64] = []
        for exact in 1...(isSoak ? 3_000_000 : 300_000) {
            hashes.append(generator.next())
            counter.add(hashes[exact - 1])
            guard [1, 2, 10, 100, 1000, 10_000, 40_000, 100_000, 300_000, 3_000_000].contains(exact) else { continue }
            let before = counter
            for hash in hashes.suffix(10_000) { counter.add(hash) }
            #expect(counter == before)
            let error = max(Double(exact) * DistinctCounter.standardError * 4, 1)
            #expect(abs(Double(counter.estimate - exact)) <= error, "\(exact): \(counter.estimate)")
        }
    }

    @Test("does not run away when every register is full or odd")
    func extremes() {
        var counter = DistinctCounter()
        counter.add(0)
        counter.add(.max)
        #expect(counter.estimate == 2)
        for place in 0..<(1 << 14) { counter.add(UInt64(place) << 50) }
        #expect(counter.estimate > 1 << 40)
    }
}
