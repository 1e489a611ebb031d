import RedisEvents
import TestSupport
import Testing

@Suite("The delivery probe, while messages come", .tags(.unit))
struct ProbeMachineRestTests {
    private let start = ContinuousClock.now
    private var settings: RedisDeliveryProbe { RedisDeliveryProbe(interval: .seconds(30), timeout: .seconds(5)) }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test("gives a link up that is silent after the publish, and none over which something still comes")
    func deadline() {
        var probe = ProbeMachine(settings, linkReadyAt: start)
        #expect(probe.decide(at: at(30), lastMessage: start, next: 7) == .publish(7))
        #expect(probe.published(7, true, at: at(31)) == .wait(.seconds(5)))
        #expect(probe.decide(at: at(36), lastMessage: at(35), next: 8) == .wait(.seconds(4)))
        #expect(probe.decide(at: at(40), lastMessage: at(35), next: 8) == .lost)
        #expect(probe.received(7, at: at(40)) == .wait(.seconds(30)))
    }

    @Test("takes no publish for another, and rests while nothing could arrive")
    func rests() {
        var probe = ProbeMachine(settings, linkReadyAt: start)
        #expect(probe.decide(at: at(30), lastMessage: start, next: 7) == .publish(7))
        #expect(probe.published(6, true, at: at(31)) == nil)
        #expect(probe.rest(at: at(32)) == .wait(.seconds(30)))
        #expect(probe.published(7, true, at: at(33)) == nil)
        #expect(probe.decide(at: at(61), lastMessage: start, next: 9) == .wait(.seconds(1)))
    }
}
