import Foundation
import RwatchKit
import TestSupport
import Testing

/// All counters together, under the load of many more names than have a place: a part of it every day, ten million
/// commands with the soak.
@Suite("Counters under load", .tags(.unit, .once, .timing), .serialized)
struct CountersLoadTests {
    /// How many bytes of memory the process has now.
    private func memory() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * 4096
    }

    @Test("have every key that occurred more often than the stated error, in bounded memory")
    func zipf() throws {
        let count = isSoak ? 10_000_000 : 200_000
        let keys = isSoak ? 1_000_000 : 50_000
        // Zipf's law with an exponent of one, by its inverse: the logarithm of a rank is uniform.
        var generator = Generator(state: 99)
        var exact = [Int](repeating: 0, count: keys + 1)
        let before = try memory()
        var tally = EventTally(Counters(seed: 23), tail: EventTail())
        var parser = RecordingParser()
        for index in 0..<count {
            let rank = min(Int(exp(Double.random(in: 0..<log(Double(keys)), using: &generator))), keys)
            exact[rank] += 1
            let second = 1_700_000_000 + index / 100_000
            let line = "\(second).000000 [0 10.0.\(rank % 256).1:\(rank % 5000)] \"GET\" \"user:\(rank)\""
            withBytes(Array(line.utf8)) { parser.read($0, &tally) }
        }
        let counters = tally.counters
        let used = try memory() - before
        #expect(used <= 64 << 20, "\(used >> 20) MiB")
        #expect(counters.events == count && counters.keys.total == count && !counters.keys.isExact)
        let bound = counters.keys.bound
        #expect(bound > 0 && bound <= count / counters.keys.count)
        var found: [[UInt8]: HeavyHitters.Row] = [:]
        for row in counters.keys.top(.max, at: counters.time) { found[row.name] = row }
        for (rank, times) in exact.enumerated() where times > bound {
            let row = found[Array("user:\(rank)".utf8)]
            #expect(row.map { $0.count - $0.error <= times && times <= $0.count } == true, "\(rank)")
        }
        #expect(tally.last(.max).count == 2048)
    }
}
