import RwatchKit
import TestSupport
import Testing

@Suite("A histogram of values", .tags(.unit))
struct ValueHistogramTests {
    @Test("tells percentiles within 3.2 percent, and bars by powers of two")
    func percentiles() {
        var histogram = ValueHistogram()
        #expect(histogram.bars == [] && histogram.percentile(0.5) == 0)
        for value in 1...10_000 { histogram.add(UInt64(value)) }
        for (share, exact) in [(0.5, 5_000.0), (0.99, 9_900), (0.001, 10), (1, 10_000)] {
            let found = Double(histogram.percentile(share))
            #expect(found >= exact && found <= exact * 1.032, "\(share): \(found)")
        }
        #expect(histogram.bars.map(\.count) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 1809])
        #expect(histogram.bars[0].range == 1...1 && histogram.bars[13].range == 8192...16383)
    }

    @Test("holds the least and the greatest number")
    func edges() {
        var histogram = ValueHistogram()
        histogram.add(0)
        #expect(histogram.bars == [ValueHistogram.Bar(range: 0...0, count: 1)])
        histogram.add(.max)
        #expect(histogram.percentile(1) == .max && histogram.maximum == .max && histogram.count == 2)
        #expect(histogram.bars.count == 65 && histogram.bars[64].range == 1 << 63 ... .max)
    }
}
