import RwatchKit
import TestSupport
import Testing

@Suite("A part of each second", .tags(.unit))
struct DutyCycleTests {
    @Test("is a percentage between nothing and all")
    func texts() {
        for (text, percent) in [
            ("10%", 10), ("1%", 1), ("99", 99), ("05%", 5), ("0%", nil), ("100%", nil), ("10 %", nil), ("%", nil),
            ("", nil), ("-1%", nil), ("1.5%", nil), ("10%%", nil), ("\u{661}%", nil),
        ] {
            #expect(DutyCycle(text)?.percent == percent, "\(text)")
        }
        #expect(DutyCycle("25%")?.turn == .milliseconds(250))
    }

    @Test("begins at the same time of each second, however long connecting takes")
    func turns() throws {
        let cycle = try #require(DutyCycle("10%"))
        let start = ContinuousClock.now
        for (now, next) in [(0, 1_000), (100, 1_000), (999, 1_000), (1_000, 2_000), (1_150, 2_000), (7_300, 8_000)] {
            let found = cycle.next(after: start.advanced(by: .milliseconds(now)), since: start)
            #expect(start.duration(to: found) == .milliseconds(next))
        }
    }
}
