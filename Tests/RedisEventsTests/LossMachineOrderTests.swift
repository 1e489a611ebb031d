import RedisCore
import RedisEvents
import TestSupport
import Testing

@Suite("When the counters are read, in every order", .tags(.unit))
struct LossMachineOrderTests {
    private let names = LossAccount.Families(classic: true, shard: false)
    private let moment = Moment.now()

    private func counters(_ publishes: Int, run: String = "a") -> ServerCounters? {
        let text =
            "run_id:\(run)\r\ntotal_commands_processed:1\r\nrole:master\r\ncmdstat_publish:calls=\(publishes),usec=1"
        return ServerCounters(info: RedisBytes(text))
    }

    /// A machine that knows what was published before its link was lost.
    private func lost(speaksRESP3: Bool) -> LossMachine {
        var machine = LossMachine(isEnabled: true)
        _ = machine.linkReady(speaksRESP3: speaksRESP3, hasGap: false, runID: "a")
        _ = machine.answered(counters(10), names, patternCount: 0, hasGap: false)
        machine.linkLost()
        return machine
    }

    @Test("an answer before everything is restored forgets nothing")
    func early() {
        var machine = lost(speaksRESP3: true)
        #expect(machine.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(machine.answered(counters(13), names, patternCount: 0, hasGap: true) == [.later])
        #expect(machine.allRestored(at: moment) == [.ask])
        let end = machine.answered(counters(14), names, patternCount: 0, hasGap: true)
        #expect(end == [.complete(moment, missed: 4), .later])
        #expect(machine.account.beginning == counters(14))
    }

    @Test("a second link that was asked before names were revoked is asked again when they are back")
    func revoked() {
        var machine = lost(speaksRESP3: false)
        #expect(machine.linkReady(speaksRESP3: false, hasGap: true, runID: "a") == [])
        #expect(machine.allRestored(at: moment) == [.askBeside(2)])
        machine.namesWereRevoked()
        #expect(machine.answeredBeside(2, counters(11), names) == [])
        #expect(machine.intervalEnded(hasGap: true) == [.later])
        #expect(machine.allRestored(at: moment) == [.askBeside(3)])
        #expect(machine.answeredBeside(3, counters(12), names) == [.complete(moment, missed: 2), .fence])
        // Names are missing again: what was counted before is not all that came.
        machine.namesWereRevoked()
        #expect(machine.allRestored(at: moment) == [])
        #expect(machine.fenced(patternCount: 0, hasGap: true) == [.askBeside(4)])
        #expect(machine.account.beginning == counters(10))
    }

    @Test("a restoration that a lost link or a revocation has undone is not the end")
    func undone() {
        var machine = lost(speaksRESP3: true)
        #expect(machine.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(machine.allRestored(at: moment) == [])
        machine.linkLost()
        #expect(machine.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(machine.answered(counters(13), names, patternCount: 0, hasGap: true) == [.later])
        #expect(machine.allRestored(at: moment) == [.ask])
        machine.namesWereRevoked()
        #expect(machine.answered(counters(14), names, patternCount: 0, hasGap: true) == [.later])
        #expect(machine.allRestored(at: moment) == [.ask])
        let end = machine.answered(counters(15), names, patternCount: 0, hasGap: true)
        #expect(end == [.complete(moment, missed: 5), .later])
    }

    @Test("the run of a server that the link does not tell is known by its counters")
    func untold() {
        var machine = LossMachine(isEnabled: true)
        #expect(machine.linkReady(speaksRESP3: true, hasGap: false, runID: nil) == [.ask])
        #expect(machine.answered(counters(10), names, patternCount: 0, hasGap: false) == [.later])
        machine.linkLost()
        #expect(machine.linkReady(speaksRESP3: true, hasGap: true, runID: nil) == [.ask])
        #expect(machine.allRestored(at: moment) == [])
        let end = machine.answered(counters(12), names, patternCount: 0, hasGap: true)
        #expect(end == [.complete(moment, missed: 2), .later])
    }

    @Test("what another server sends or counts proves nothing")
    func servers() {
        var machine = lost(speaksRESP3: false)
        _ = machine.linkReady(speaksRESP3: false, hasGap: true, runID: "b")
        machine.account.received.channelMessages += 3
        machine.linkLost()
        _ = machine.linkReady(speaksRESP3: false, hasGap: true, runID: "a")
        _ = machine.allRestored(at: moment)
        #expect(machine.answeredBeside(3, counters(13), names) == [.complete(moment, missed: nil), .fence])
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
