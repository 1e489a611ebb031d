import RwatchKit
import TestSupport
import Testing

@Suite("The figures of a run", .tags(.unit))
struct RunReportTests {
    @Test("say nothing of trouble that there was not")
    func plain() {
        let report = RunReport(elapsed: .seconds(2), written: 5, writtenBytes: 310)
        #expect(report.text() == "5 events in 2 s (3 a second), 310 bytes")
    }

    @Test("tell of everything, and the rate since the last report")
    func whole() {
        let first = RunReport(elapsed: .seconds(10), written: 100)
        let report = RunReport(
            elapsed: .seconds(20),
            written: 1_100,
            writtenBytes: 1,
            queued: 1,
            queuedBytes: 20,
            dropped: 2,
            gaps: 1
        )
        let rest = ", 1 byte; 1 event queued (20 bytes); 2 events dropped; 1 gap"
        #expect(report.text() == "1100 events in 20 s (55 a second)" + rest)
        #expect(report.text(since: first) == "1100 events in 20 s (100 a second)" + rest)
        #expect(RunReport(elapsed: .zero).text() == "0 events in 0 ms (0 a second), 0 bytes")
    }

    @Test("are scaled to all of the time where only a part was monitored")
    func duty() {
        let first = RunReport(elapsed: .seconds(10), written: 100, monitored: .seconds(1))
        let report = RunReport(elapsed: .seconds(20), written: 300, writtenBytes: 1, monitored: .seconds(3))
        let start = "300 events in 20 s, monitored for 3 s: about 2000 events "
        #expect(report.text() == start + "(about 100 a second), 1 byte")
        #expect(report.text(since: first) == start + "(about 100 a second), 1 byte")
        let none = RunReport(elapsed: .seconds(1), monitored: .zero)
        #expect(none.text() == "0 events in 1 s, monitored for 0 ms: about 0 events (about 0 a second), 0 bytes")
    }
}

@Suite("The pace of messages", .tags(.unit))
struct SendPaceTests {
    @Test("is even, makes up for a late wake-up, and not for a long delay")
    func pace() {
        let start = ContinuousClock.now
        func at(_ milliseconds: Int) -> ContinuousClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }
        var pace = SendPace(rate: 100, from: start)
        #expect(pace.next(at: at(0)) == at(0))
        #expect(pace.next(at: at(1)) == at(10))
        #expect(pace.next(at: at(25)) == at(20))
        #expect(pace.next(at: at(26)) == at(30))
        #expect(pace.next(at: at(1_040)) == at(940))
        #expect(pace.next(at: at(1_040)) == at(950))
    }
}
