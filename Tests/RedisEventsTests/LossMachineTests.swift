import RedisCore
import RedisEvents
import RedisReactor
import TestSupport
import Testing

@Suite("When the server's counters are read", .tags(.unit))
struct LossMachineTests {
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
        var machine = LossMachine(isEnabled: true)
        #expect(machine.linkReady(speaksRESP3: true, hasGap: false, runID: "a") == [.ask])
        #expect(machine.answered(counters(5), families, patternCount: 0, hasGap: false) == [.later])
        machine.account.received.channelMessages = 2
        machine.linkLost()
        #expect(machine.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        #expect(machine.allRestored(at: moment) == [])
        #expect(
            machine.answered(counters(9), families, patternCount: 0, hasGap: true) == [
                .complete(moment, missed: 2), .later,
            ]
        )
    }

    @Test("on RESP2 by a second link, and what came before the question was asked counts as received")
    func beside() {
        var machine = LossMachine(isEnabled: true)
        #expect(machine.linkReady(speaksRESP3: false, hasGap: false, runID: "a") == [.ask])
        #expect(machine.answered(counters(5), families, patternCount: 0, hasGap: false) == [.later])
        machine.account.received.channelMessages = 1
        machine.linkLost()
        #expect(machine.linkReady(speaksRESP3: false, hasGap: true, runID: "a") == [])
        guard case .askBeside(let number)? = machine.allRestored(at: moment).first else {
            Issue.record("no question")
            return
        }
        // This one may have been published after the counters were read.
        machine.account.received.channelMessages = 2
        #expect(machine.answeredBeside(number - 1, counters(8), families) == [])
        #expect(machine.answeredBeside(number, counters(8), families) == [.complete(moment, missed: 2), .fence])
        #expect(machine.account.received.channelMessages == 2)
        #expect(machine.fenced(patternCount: 0, hasGap: false) == [.later])
        #expect(machine.account.received.channelMessages == 0)
        #expect(machine.account.beginning == counters(8))
        #expect(machine.intervalEnded(hasGap: false) == [.askBeside(number + 1)])
    }

    @Test("by one question at a time, and an answer to none says nothing")
    func oneQuestion() {
        var machine = LossMachine(isEnabled: true)
        #expect(machine.answered(counters(5), families, patternCount: 0, hasGap: false) == [])
        #expect(machine.linkReady(speaksRESP3: true, hasGap: false, runID: "a") == [.ask])
        #expect(machine.intervalEnded(hasGap: false) == [])
        #expect(machine.allRestored(at: moment) == [])
        #expect(machine.account.beginning == nil)
    }

    @Test("again when names came back only later, and never by who may not")
    func lateAndForbidden() {
        var machine = LossMachine(isEnabled: true)
        _ = machine.linkReady(speaksRESP3: true, hasGap: false, runID: "a")
        _ = machine.answered(counters(5), families, patternCount: 0, hasGap: false)
        machine.linkLost()
        #expect(machine.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [.ask])
        // Answered before everything is back: what was missed up to here is not to be forgotten.
        #expect(machine.answered(counters(6), families, patternCount: 0, hasGap: true) == [.later])
        #expect(machine.allRestored(at: moment) == [.ask])
        #expect(
            machine.answered(counters(7), families, patternCount: 0, hasGap: true)
                == [.complete(moment, missed: 2), .later]
        )
        _ = machine.intervalEnded(hasGap: false)
        _ = machine.allRestored(at: moment)
        #expect(
            machine.answered(nil, families, patternCount: 0, hasGap: true, mayAskAgain: false) == [
                .complete(moment, missed: nil)
            ]
        )
        #expect(machine.intervalEnded(hasGap: false) == [])
        machine.linkLost()
        #expect(machine.linkReady(speaksRESP3: true, hasGap: true, runID: "a") == [])
        #expect(machine.allRestored(at: moment) == [.complete(moment, missed: nil)])
    }

    @Test("anew when an older question to a second link may have been answered too early")
    func revocation() {
        var machine = LossMachine(isEnabled: true)
        _ = machine.linkReady(speaksRESP3: false, hasGap: false, runID: "a")
        _ = machine.answered(counters(5), families, patternCount: 0, hasGap: false)
        guard case .askBeside(let early)? = machine.intervalEnded(hasGap: false).first else {
            Issue.record("no question")
            return
        }
        machine.namesWereRevoked()
        guard case .askBeside(let late)? = machine.allRestored(at: moment).first
        else {
            Issue.record("no question")
            return
        }
        #expect(machine.answeredBeside(early, counters(5), families) == [])
        #expect(machine.answeredBeside(late, counters(6), families) == [.complete(moment, missed: 1), .fence])
        // Revoked again before the fence: what is counted from there would leave out what was missed before.
        #expect(machine.fenced(patternCount: 0, hasGap: true) == [.later])
        #expect(machine.account.beginning == counters(5))
    }

    @Test("not at all when nobody wants to know")
    func disabled() {
        var machine = LossMachine(isEnabled: false)
        #expect(machine.linkReady(speaksRESP3: true, hasGap: false, runID: "a") == [])
        #expect(machine.intervalEnded(hasGap: false) == [])
        #expect(machine.allRestored(at: moment) == [.complete(moment, missed: nil)])
    }

    @Test("and forgets a question that the lost link took along")
    func lostQuestion() {
        var machine = LossMachine(isEnabled: true)
        _ = machine.linkReady(speaksRESP3: false, hasGap: false, runID: "a")
        _ = machine.answered(counters(5), families, patternCount: 0, hasGap: false)
        guard case .askBeside(let number)? = machine.intervalEnded(hasGap: false).first else {
            Issue.record("no question")
            return
        }
        machine.linkLost()
        #expect(machine.answeredBeside(number, counters(7), families) == [])
        #expect(machine.account.beginning == counters(5))
    }
}
