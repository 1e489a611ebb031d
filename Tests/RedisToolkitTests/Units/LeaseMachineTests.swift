import RedisToolkit
import TestSupport
import Testing

@Suite("Whether a lease holds", .tags(.unit))
struct LeaseMachineTests {
    private let start = ContinuousClock.now

    private func machine(_ timeToLive: Duration = .seconds(30), renews: Bool = true) -> LeaseMachine {
        LeaseMachine(timeToLive: timeToLive, sent: start, renews: renews)
    }

    private func at(_ time: Duration) -> ContinuousClock.Instant { start.advanced(by: time) }

    @Test("is counted from before the request, less a hundredth and two milliseconds")
    func validity() {
        let machine = machine(.seconds(10))
        #expect(machine.validUntil == at(.milliseconds(9898)))
        #expect(machine.isValid(at: at(.milliseconds(9897))))
        #expect(!machine.isValid(at: at(.milliseconds(9898))))
    }

    @Test("is renewed at a third of its time, and then each tenth until the server confirms it")
    func renewals() {
        var machine = machine()
        #expect(machine.nextTime == at(.seconds(10)))
        #expect(machine.timeReached(at(.milliseconds(9999))) == nil)
        #expect(machine.timeReached(at(.seconds(10))) == .renew)
        #expect(machine.nextTime == at(.seconds(13)))
        #expect(machine.timeReached(at(.seconds(13))) == .renew)
        machine.confirmed(.seconds(30), sent: at(.seconds(13)))
        #expect(machine.nextTime == at(.seconds(23)))
        #expect(machine.validUntil == at(.milliseconds(13_000 + 29_698)))
    }

    @Test("ends without a word from the server, when no renewal was confirmed")
    func unconfirmed() {
        var machine = machine(.seconds(10))
        for second in [4, 5, 6, 7, 8, 9] { #expect(machine.timeReached(at(.seconds(second))) == .renew) }
        #expect(machine.nextTime == at(.milliseconds(9898)))
        #expect(machine.timeReached(at(.milliseconds(9898))) == .reportLoss)
        #expect(machine.state == .lost(.unconfirmed))
        #expect(machine.timeReached(at(.seconds(20))) == nil)
        #expect(machine.nextTime == nil)
    }

    @Test("is not prolonged by the reply to an earlier renewal that comes later")
    func lateReply() {
        var machine = machine()
        _ = machine.timeReached(at(.seconds(10)))
        _ = machine.timeReached(at(.seconds(13)))
        machine.confirmed(.seconds(30), sent: at(.seconds(13)))
        machine.confirmed(.seconds(30), sent: at(.seconds(10)))
        #expect(machine.validUntil == at(.milliseconds(42_698)))
        #expect(machine.nextTime == at(.seconds(23)))
        // Nor is it renewed sooner when the same reply is told again.
        #expect(machine.timeReached(at(.seconds(23))) == .renew)
        machine.confirmed(.seconds(30), sent: at(.seconds(13)))
        #expect(machine.nextTime == at(.seconds(26)))
    }

    @Test("becomes shorter only when that was asked for")
    func shortened() {
        var machine = machine()
        machine.confirmed(.seconds(5), sent: at(.seconds(1)))
        #expect(machine.validUntil == at(.milliseconds(29_698)))
        machine.confirmed(.seconds(5), sent: at(.seconds(1)), isShortened: true)
        #expect(machine.validUntil == at(.milliseconds(1_000 + 4_948)))
        // A third of the new time.
        #expect(machine.timeReached(at(.milliseconds(2_666))) == nil)
        #expect(machine.timeReached(at(.milliseconds(2_667))) == .renew)
        #expect(machine.nextTime == at(.milliseconds(3_167)))
    }

    @Test("is not renewed where it should not be, and ends then")
    func withoutRenewal() {
        var machine = machine(.seconds(10), renews: false)
        #expect(machine.nextTime == at(.milliseconds(9898)))
        #expect(machine.timeReached(at(.seconds(5))) == nil)
        #expect(machine.timeReached(at(.seconds(10))) == .reportLoss)
    }

    @Test("ends when the server says so, once")
    func refused() {
        var machine = machine()
        let news = (machine.refused(), machine.refused())
        #expect(news == (true, false))
        #expect(machine.state == .lost(.refused))
        machine.confirmed(.seconds(30), sent: at(.seconds(1)))
        machine.release(at: at(.seconds(1)))
        #expect(machine.state == .lost(.refused))
        #expect(machine.validUntil == at(.milliseconds(29_698)))
        #expect(!machine.isValid(at: at(.seconds(1))))
    }

    @Test("ends for good when it is given back: no reply and no time changes that")
    func released() {
        var machine = machine()
        _ = machine.timeReached(at(.seconds(10)))
        machine.release(at: at(.seconds(11)))
        machine.confirmed(.seconds(30), sent: at(.seconds(10)))
        let isNew = machine.refused()
        #expect(!isNew)
        #expect(machine.timeReached(at(.seconds(90))) == nil)
        #expect(machine.nextTime == nil)
        #expect(machine.state == .released)
    }

    @Test("was lost if it is given back too late")
    func releasedLate() {
        var machine = machine(.seconds(10))
        machine.release(at: at(.milliseconds(9898)))
        #expect(machine.state == .lost(.unconfirmed))
    }
}
