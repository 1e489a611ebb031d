import RedisCore
import RedisEvents
import TestSupport
import Testing

@Suite("When the counters are read, in every order", .tags(.unit))
struct LossProbeOrderTests {
    private let names = LossAccount.Families(classic: true, shard: false)
    private let moment = Moment.now()

    private func counters(_ publishes: Int, run: String = "a") -> ServerCounters? {
        let text =
            "run_id:\(run)\r\ntotal_commands_processed:1\r\nrole:master\r\ncmdstat_publish:calls=\(publishes),usec=1"
        return ServerCounters(info: RedisBytes(text))
    }

    /// A probe that knows what was published before its link was lost.
    private func lost(speaksRESP3: Bool) -> LossProbe {
        var probe = LossProbe(isEnabled: true)
        _ = probe.linkReady(speaksRESP3: speaksRESP3, hasGap: false, runID: "a")
        _ = probe.answered(counters(10), names, patternCount: 0, hasGap: false)
        probe.linkLost()
        return probe
    }

    @Test("an answer before everything is restored forgets nothing")
    func early() {
        var probe = lost(speaksRESP3: true)
        #expect(probe.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(probe.answered(counters(13), names, patternCount: 0, hasGap: true) == [.later])
        #expect(probe.allRestored(at: moment) == [.ask])
        let end = probe.answered(counters(14), names, patternCount: 0, hasGap: true)
        #expect(end == [.complete(moment, missed: 4), .later])
        #expect(probe.account.beginning == counters(14))
    }

    @Test("a second link that was asked before names were revoked is asked again when they are back")
    func revoked() {
        var probe = lost(speaksRESP3: false)
        #expect(probe.linkReady(speaksRESP3: false, hasGap: true, runID: "a") == [])
        #expect(probe.allRestored(at: moment) == [.askBeside(2)])
        probe.namesWereRevoked()
        #expect(probe.answeredBeside(2, counters(11), names) == [])
        #expect(probe.isDue(hasGap: true) == [.later])
        #expect(probe.allRestored(at: moment) == [.askBeside(3)])
        #expect(probe.answeredBeside(3, counters(12), names) == [.complete(moment, missed: 2), .fence])
        // Names are missing again: what was counted before is not all that came.
        probe.namesWereRevoked()
        #expect(probe.allRestored(at: moment) == [])
        #expect(probe.fenced(patternCount: 0, hasGap: true) == [.askBeside(4)])
        #expect(probe.account.beginning == counters(10))
    }

    @Test("a restoration that a lost link or a revocation has undone is not the end")
    func undone() {
        var probe = lost(speaksRESP3: true)
        #expect(probe.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(probe.allRestored(at: moment) == [])
        probe.linkLost()
        #expect(probe.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(probe.answered(counters(13), names, patternCount: 0, hasGap: true) == [.later])
        #expect(probe.allRestored(at: moment) == [.ask])
        probe.namesWereRevoked()
        #expect(probe.answered(counters(14), names, patternCount: 0, hasGap: true) == [.later])
        #expect(probe.allRestored(at: moment) == [.ask])
        let end = probe.answered(counters(15), names, patternCount: 0, hasGap: true)
        #expect(end == [.complete(moment, missed: 5), .later])
    }

    @Test("the run of a server that the link does not tell is known by its counters")
    func untold() {
        var probe = LossProbe(isEnabled: true)
        #expect(probe.linkReady(speaksRESP3: true, hasGap: false, runID: nil) == [.ask])
        #expect(probe.answered(counters(10), names, patternCount: 0, hasGap: false) == [.later])
        probe.linkLost()
        #expect(probe.linkReady(speaksRESP3: true, hasGap: true, runID: nil) == [.ask])
        #expect(probe.allRestored(at: moment) == [])
        let end = probe.answered(counters(12), names, patternCount: 0, hasGap: true)
        #expect(end == [.complete(moment, missed: 2), .later])
    }

    @Test("what another server sends or counts proves nothing")
    func servers() {
        var probe = lost(speaksRESP3: false)
        _ = probe.linkReady(speaksRESP3: false, hasGap: true, runID: "b")
        probe.account.received.channelMessages += 3
        probe.linkLost()
        _ = probe.linkReady(speaksRESP3: false, hasGap: true, runID: "a")
        _ = probe.allRestored(at: moment)
        #expect(probe.answeredBeside(3, counters(13), names) == [.complete(moment, missed: nil), .fence])
        var unknown = lost(speaksRESP3: false)
        _ = unknown.linkReady(speaksRESP3: false, hasGap: true, runID: nil)
        unknown.account.received.channelMessages += 3
        unknown.linkLost()
        _ = unknown.linkReady(speaksRESP3: false, hasGap: true, runID: "a")
        _ = unknown.allRestored(at: moment)
        #expect(unknown.answeredBeside(3, counters(13), names) == [.complete(moment, missed: nil), .fence])
        var other = lost(speaksRESP3: false)
        _ = other.linkReady(speaksRESP3: false, hasGap: true, runID: "a")
        _ = other.allRestored(at: moment)
        #expect(other.answeredBeside(2, counters(13, run: "b"), names) == [.complete(moment, missed: nil), .later])
    }
}
