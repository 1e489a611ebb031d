import RedisCore
import RedisEvents
import RedisReactor
import TestSupport
import Testing

@Suite("When the server's counters are read", .tags(.unit))
struct LossProbeTests {
    private let families = LossAccount.Families(classic: true, shard: false)
    private let moment = Moment.now()

    private func counters(_ publishes: Int) -> ServerCounters? {
        ServerCounters(
            info: """
                run_id:a\r
                role:master\r
                total_commands_processed:\(publishes + 9)\r
                cmdstat_publish:calls=\(publishes),usec=1\r

                """
        )
    }

    @Test("on RESP3 at once, and behind the subscribe commands of a link that has to make up for one")
    func inBand() {
        var probe = LossProbe(isEnabled: true)
        #expect(probe.linkReady(speaksRESP3: true, hasGap: false, runID: "a") == [.ask])
        #expect(probe.answered(counters(5), families, patternCount: 0, hasGap: false) == [.later])
        probe.account.received.channelMessages = 2
        probe.linkLost()
        #expect(probe.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(probe.allRestored(at: moment) == [])
        #expect(
            probe.answered(counters(9), families, patternCount: 0, hasGap: true) == [
                .complete(moment, missed: 2), .later,
            ]
        )
    }

    @Test("on RESP2 by a second link, and what came before the question was asked counts as received")
    func beside() {
        var probe = LossProbe(isEnabled: true)
        #expect(probe.linkReady(speaksRESP3: false, hasGap: false, runID: "a") == [.ask])
        #expect(probe.answered(counters(5), families, patternCount: 0, hasGap: false) == [.later])
        probe.account.received.channelMessages = 1
        probe.linkLost()
        #expect(probe.linkReady(speaksRESP3: false, hasGap: true, runID: "a") == [])
        guard case .askBeside(let number)? = probe.allRestored(at: moment).first else {
            Issue.record("no question")
            return
        }
        // This one may have been published after the counters were read.
        probe.account.received.channelMessages = 2
        #expect(probe.answeredBeside(number - 1, counters(8), families) == [])
        #expect(probe.answeredBeside(number, counters(8), families) == [.complete(moment, missed: 2), .fence])
        #expect(probe.account.received.channelMessages == 2)
        #expect(probe.fenced(patternCount: 0, hasGap: false) == [.later])
        #expect(probe.account.received.channelMessages == 0)
        #expect(probe.account.beginning == counters(8))
        #expect(probe.isDue(hasGap: false) == [.askBeside(number + 1)])
    }

    @Test("by one question at a time, and an answer to none says nothing")
    func oneQuestion() {
        var probe = LossProbe(isEnabled: true)
        #expect(probe.answered(counters(5), families, patternCount: 0, hasGap: false) == [])
        #expect(probe.linkReady(speaksRESP3: true, hasGap: false, runID: "a") == [.ask])
        #expect(probe.isDue(hasGap: false) == [])
        #expect(probe.allRestored(at: moment) == [])
        #expect(probe.account.beginning == nil)
    }

    @Test("again when names came back only later, and never by who may not")
    func lateAndForbidden() {
        var probe = LossProbe(isEnabled: true)
        _ = probe.linkReady(speaksRESP3: true, hasGap: false, runID: "a")
        _ = probe.answered(counters(5), families, patternCount: 0, hasGap: false)
        probe.linkLost()
        #expect(probe.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        // Answered before everything is back: what was missed up to here is not to be forgotten.
        #expect(probe.answered(counters(6), families, patternCount: 0, hasGap: true) == [.later])
        #expect(probe.allRestored(at: moment) == [.ask])
        #expect(
            probe.answered(counters(7), families, patternCount: 0, hasGap: true)
                == [.complete(moment, missed: 2), .later]
        )
        _ = probe.isDue(hasGap: false)
        _ = probe.allRestored(at: moment)
        #expect(
            probe.answered(nil, families, patternCount: 0, hasGap: true, mayAskAgain: false) == [
                .complete(moment, missed: nil)
            ]
        )
        #expect(probe.isDue(hasGap: false) == [])
        probe.linkLost()
        #expect(probe.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [])
        #expect(probe.allRestored(at: moment) == [.complete(moment, missed: nil)])
    }

    @Test("anew when an older question to a second link may have been answered too early")
    func revocation() {
        var probe = LossProbe(isEnabled: true)
        _ = probe.linkReady(speaksRESP3: false, hasGap: false, runID: "a")
        _ = probe.answered(counters(5), families, patternCount: 0, hasGap: false)
        guard case .askBeside(let early)? = probe.isDue(hasGap: false).first else {
            Issue.record("no question")
            return
        }
        probe.namesWereRevoked()
        guard case .askBeside(let late)? = probe.allRestored(at: moment).first
        else {
            Issue.record("no question")
            return
        }
        #expect(probe.answeredBeside(early, counters(5), families) == [])
        #expect(probe.answeredBeside(late, counters(6), families) == [.complete(moment, missed: 1), .fence])
        // Revoked again before the fence: what is counted from there would leave out what was missed before.
        #expect(probe.fenced(patternCount: 0, hasGap: true) == [.later])
        #expect(probe.account.beginning == counters(5))
    }

    @Test("not at all when nobody wants to know")
    func disabled() {
        var probe = LossProbe(isEnabled: false)
        #expect(probe.linkReady(speaksRESP3: true, hasGap: false, runID: "a") == [])
        #expect(probe.isDue(hasGap: false) == [])
        #expect(probe.allRestored(at: moment) == [.complete(moment, missed: nil)])
    }

    @Test("and forgets a question that the lost link took along")
    func lostQuestion() {
        var probe = LossProbe(isEnabled: true)
        _ = probe.linkReady(speaksRESP3: false, hasGap: false, runID: "a")
        _ = probe.answered(counters(5), families, patternCount: 0, hasGap: false)
        guard case .askBeside(let number)? = probe.isDue(hasGap: false).first else {
            Issue.record("no question")
            return
        }
        probe.linkLost()
        #expect(probe.answeredBeside(number, counters(7), families) == [])
        #expect(probe.account.beginning == counters(5))
    }
}
