import RwatchKit
import TestSupport
import Testing

@Suite("A time line", .tags(.unit))
struct TimeLineTests {
    @Test("counts by time, and has longer cells for a longer time")
    func growing() {
        var line = TimeLine()
        for tenth in 0..<512 { line.add(at: 1_000_000_000 + Int64(tenth) * 100_000) }
        #expect(line.counts == Array(repeating: 1, count: 512) && line.cell == 100_000)
        line.add(at: 1_000_000_000 + 51_200_000)
        #expect(line.counts == Array(repeating: 2, count: 256) + [1] && line.cell == 200_000)
        #expect(line.start == 1_000_000_000)
    }

    @Test("takes times in any order, and any times")
    func anyOrder() {
        var generator = Generator(state: 5)
        for most: Int64 in [1_000_000, 1_000_000_000, .max] {
            var line = TimeLine()
            for count in 1...2000 {
                line.add(at: Int64.random(in: (most == .max ? .min : 0)...most, using: &generator))
                #expect(line.counts.reduce(0, +) == count && line.counts.count <= 512)
            }
            #expect(line.start >= 0 && line.start % line.cell == 0)
        }
        var line = TimeLine()
        for time: Int64 in [5_000_000, 4_950_000, 0, 4_950_000, 90_000_000] { line.add(at: time) }
        #expect(line.counts.filter { $0 > 0 } == [1, 2, 1, 1])
    }
}
