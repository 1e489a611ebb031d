import RedisCore
import RedisEvents
import TestSupport
import Testing

@Suite("The delivery probe", .tags(.unit))
struct ProbeMachineTests {
    private let start = ContinuousClock.now
    private let settings = RedisDeliveryProbe(interval: .seconds(30), timeout: .seconds(5))

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    private func decide(
        _ machine: inout ProbeMachine,
        at seconds: Int,
        lastMessage: Int = 0,
        next: UInt64 = 7
    ) -> ProbeMachine.Action {
        machine.decide(at: at(seconds), lastMessage: at(lastMessage), next: next)
    }

    @Test("asks when nothing has come for the interval, and not before")
    func asks() {
        var machine = ProbeMachine(settings, linkReadyAt: start)
        #expect(decide(&machine, at: 10) == .wait(.seconds(20)))
        #expect(decide(&machine, at: 30, lastMessage: 25) == .wait(.seconds(25)))
        #expect(decide(&machine, at: 55, lastMessage: 25) == .publish(7))
    }

    @Test("is content with the number that it published, and asks again the interval after it came")
    func received() {
        var machine = ProbeMachine(settings, linkReadyAt: start)
        #expect(decide(&machine, at: 30) == .publish(7))
        #expect(decide(&machine, at: 31) == .wait(.seconds(5)))
        #expect(machine.published(7, true, at: at(32)) == .wait(.seconds(5)))
        #expect(machine.received(7, at: at(33)) == .wait(.seconds(30)))
        #expect(decide(&machine, at: 62, lastMessage: 33) == .wait(.seconds(1)))
        #expect(decide(&machine, at: 63, lastMessage: 33, next: 8) == .publish(8))
        #expect(machine.received(7, at: at(63)) == nil)
    }

    @Test("is content with a number that comes before the reply to its publish")
    func receivedFirst() {
        var machine = ProbeMachine(settings, linkReadyAt: start)
        #expect(decide(&machine, at: 30) == .publish(7))
        #expect(machine.received(7, at: at(31)) == .wait(.seconds(30)))
        #expect(machine.published(7, true, at: at(32)) == nil)
        #expect(decide(&machine, at: 61, lastMessage: 31, next: 8) == .publish(8))
    }

    @Test("gives the link up when another number came, or none")
    func lost() {
        for received: UInt64? in [nil, 6] {
            var machine = ProbeMachine(settings, linkReadyAt: start)
            #expect(decide(&machine, at: 30) == .publish(7))
            #expect(machine.published(7, true, at: at(30)) == .wait(.seconds(5)))
            if let received { #expect(machine.received(received, at: at(31)) == nil) }
            #expect(decide(&machine, at: 35, lastMessage: 29) == .lost)
        }
    }

    @Test("concludes nothing from a publish that failed")
    func failed() {
        var machine = ProbeMachine(settings, linkReadyAt: start)
        #expect(decide(&machine, at: 30) == .publish(7))
        #expect(machine.published(7, false, at: at(32)) == .wait(.seconds(30)))
        #expect(decide(&machine, at: 61) == .wait(.seconds(1)))
        #expect(decide(&machine, at: 62, next: 9) == .publish(9))
        #expect(machine.published(9, true, at: at(62)) == .wait(.seconds(5)))
        #expect(machine.published(9, true, at: at(63)) == nil)
    }
}
