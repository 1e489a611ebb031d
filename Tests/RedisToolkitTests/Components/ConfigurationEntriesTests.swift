import RedisToolkit
import TestSupport
import Testing

@Suite("What is known of a configuration", .tags(.unit))
struct ConfigurationEntriesTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }

    private func knowledge(
        _ entries: ConfigurationEntries,
        at time: Int,
        staleness: Duration? = nil
    ) -> ConfigurationEntries.Knowledge {
        entries.knowledge(of: "k", at: at(time), staleness: staleness, pause: .seconds(1))
    }

    /// A whole read.
    private func read(
        _ entries: inout ConfigurationEntries,
        _ value: RedisBytes?,
        at time: Int
    ) -> ConfigurationEntries.Outcome {
        let ticket = entries.begin("k")
        return entries.finished("k", ticket, value, at: at(time))
    }

    @Test("is nothing until it was read, and then its value, also if there is none")
    func reading() {
        var entries = ConfigurationEntries()
        #expect(knowledge(entries, at: 0) == .unknown)
        let ticket = entries.begin("k")
        #expect(knowledge(entries, at: 0) == .unknown)
        #expect(entries.finished("k", ticket, nil, at: at(0)) == .changed)
        #expect(knowledge(entries, at: 100_000) == .fresh(nil))
        #expect(read(&entries, "a", at: 0) == .changed)
        #expect(read(&entries, "a", at: 0) == .same)
        #expect(knowledge(entries, at: 0) == .fresh("a"))
        #expect(entries.lastValue(of: "k") == "a")
        #expect(entries.lastValue(of: "other") == nil)
    }

    @Test("is old when a change is reported, and what was read before the report does not count")
    func reports() {
        var entries = ConfigurationEntries()
        let isOfInterest = entries.noticed("k")
        #expect(!isOfInterest)
        _ = read(&entries, "a", at: 0)
        let ticket = entries.begin("k")
        let isOfInterestNow = entries.noticed("k")
        #expect(isOfInterestNow)
        #expect(entries.finished("k", ticket, "a", at: at(1)) == .overtaken)
        #expect(knowledge(entries, at: 1) == .old("a", mayWait: true))
        #expect(read(&entries, "b", at: 2) == .changed)
        #expect(knowledge(entries, at: 2) == .fresh("b"))
        entries.noticedAll()
        #expect(knowledge(entries, at: 2) == .old("b", mayWait: true))
    }

    @Test("is not what a first read has brought, if a change was reported meanwhile")
    func firstRead() {
        for isOfAll in [false, true] {
            var entries = ConfigurationEntries()
            let ticket = entries.begin("k")
            #expect(entries.keys == ["k"])
            if isOfAll { entries.noticedAll() } else { _ = entries.noticed("k") }
            #expect(entries.finished("k", ticket, "a", at: at(0)) == .overtaken)
            #expect(knowledge(entries, at: 0) == .unknown)
            #expect(read(&entries, "b", at: 1) == .changed)
            #expect(knowledge(entries, at: 1) == .fresh("b"))
        }
    }

    @Test("is old after its time where not all changes are reported")
    func staleness() {
        var entries = ConfigurationEntries()
        _ = read(&entries, "a", at: 0)
        #expect(knowledge(entries, at: 999, staleness: .seconds(1)) == .fresh("a"))
        #expect(knowledge(entries, at: 1000, staleness: .seconds(1)) == .old("a", mayWait: true))
    }

    @Test("stays what it was when a read fails, which is tried again after a pause")
    func failures() {
        var entries = ConfigurationEntries()
        entries.failed("k", at: at(0))
        #expect(knowledge(entries, at: 0) == .unknown)
        _ = read(&entries, "a", at: 0)
        _ = entries.noticed("k")
        entries.failed("k", at: at(0))
        #expect(knowledge(entries, at: 999) == .old("a", mayWait: false))
        #expect(knowledge(entries, at: 1000) == .old("a", mayWait: true))
        _ = read(&entries, "a", at: 0)
        #expect(knowledge(entries, at: 1) == .fresh("a"))
        // What failed before the last read counts no more.
        _ = entries.noticed("k")
        #expect(knowledge(entries, at: 1) == .old("a", mayWait: true))
    }
}
