import RwatchKit
import TestSupport
import Testing

@Suite("A histogram of durations", .tags(.unit))
struct DurationHistogramTests {
    @Test("tells percentiles within 3.2 percent")
    func percentiles() {
        var histogram = DurationHistogram()
        for value in 1...10_000 { histogram.add(.microseconds(value)) }
        #expect(histogram.count == 10_000)
        #expect(histogram.maximum == .milliseconds(10))
        for (share, exact) in [(0.5, 5_000.0), (0.99, 9_900), (0.001, 10), (1, 10_000)] {
            let found = histogram.percentile(share) / .microseconds(1)
            #expect(found >= exact && found <= exact * 1.032, "\(share): \(found)")
        }
    }

    @Test("holds anything from nothing to centuries")
    func edges() {
        var histogram = DurationHistogram()
        #expect(histogram.percentile(0.5) == .zero)
        histogram.add(.seconds(-5))
        #expect(histogram.percentile(1) == .zero)
        histogram.add(.nanoseconds(31))
        #expect(histogram.percentile(1) == .nanoseconds(31))
        histogram.add(.nanoseconds(32))
        histogram.add(.seconds(Int64.max / 2))
        #expect(histogram.percentile(0.75) == .nanoseconds(32))
        #expect(histogram.maximum == .seconds(Int64.max / 2))
        #expect(histogram.percentile(1) <= histogram.maximum)
    }
}
