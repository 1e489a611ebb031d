import RedisCore
import TestSupport
import Testing

@Suite("The heartbeat", .tags(.unit))
struct HeartbeatTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test("asks only after a silence, and takes any bytes for an answer")
    func answered() {
        var heartbeat = Heartbeat(interval: .seconds(15), timeout: .seconds(5))
        #expect(heartbeat.decide(at: at(15), lastReceived: at(10), canSend: true) == .wait(.seconds(10)))
        #expect(heartbeat.decide(at: at(25), lastReceived: at(10), canSend: true) == .ask(thenWait: .seconds(5)))
        #expect(heartbeat.decide(at: at(27), lastReceived: at(10), canSend: true) == .wait(.seconds(3)))
        #expect(heartbeat.decide(at: at(30), lastReceived: at(26), canSend: true) == .wait(.seconds(11)))
        #expect(heartbeat.decide(at: at(41), lastReceived: at(26), canSend: true) == .ask(thenWait: .seconds(5)))
    }

    @Test("gives the link up when nothing comes in time")
    func lost() {
        var heartbeat = Heartbeat(interval: .seconds(15), timeout: .seconds(5))
        #expect(heartbeat.decide(at: at(15), lastReceived: at(0), canSend: true) == .ask(thenWait: .seconds(5)))
        #expect(heartbeat.decide(at: at(20), lastReceived: at(0), canSend: true) == .lost)
    }

    @Test("takes what came when it asked for no answer")
    func sameInstant() {
        var heartbeat = Heartbeat(interval: .seconds(15), timeout: .seconds(5))
        #expect(heartbeat.decide(at: at(15), lastReceived: at(0), canSend: true) == .ask(thenWait: .seconds(5)))
        #expect(heartbeat.decide(at: at(20), lastReceived: at(15), canSend: true) == .lost)
    }

    @Test("looks again after its interval when that is shorter than the answer's time")
    func short() {
        var heartbeat = Heartbeat(interval: .seconds(2), timeout: .seconds(5))
        #expect(heartbeat.decide(at: at(2), lastReceived: at(0), canSend: true) == .ask(thenWait: .seconds(2)))
        #expect(heartbeat.decide(at: at(4), lastReceived: at(0), canSend: true) == .wait(.seconds(3)))
        #expect(heartbeat.decide(at: at(7), lastReceived: at(0), canSend: true) == .lost)
    }

    @Test("does not ask while no answer could come")
    func blocked() {
        var heartbeat = Heartbeat(interval: .seconds(15), timeout: .seconds(5))
        #expect(heartbeat.decide(at: at(20), lastReceived: at(0), canSend: false) == .wait(.seconds(15)))
        #expect(heartbeat.decide(at: at(35), lastReceived: at(0), canSend: true) == .ask(thenWait: .seconds(5)))
    }
}
