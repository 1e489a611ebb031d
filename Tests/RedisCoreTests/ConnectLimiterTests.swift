import RedisCore
import TestSupport
import Testing

@Suite("How fast an object connects", .tags(.unit))
struct ConnectLimiterTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }

    @Test("so many are under way, in the order in which they came, and the next when one ends")
    func underWay() {
        var limiter = ConnectLimiter(RedisConnectLimits(underWay: 2, perSecond: 100))
        let tickets = (0..<4).map { _ in limiter.enter(isUrgent: false) }
        #expect(limiter.step(now: at(0)).begin == [tickets[0], tickets[1]])
        let full = limiter.step(now: at(5))
        #expect(full.begin.isEmpty && full.next == nil)
        limiter.leave(tickets[1])
        limiter.leave(tickets[1])
        #expect(limiter.step(now: at(9)).begin == [tickets[2]])
        // One that is not wanted any more takes no place.
        limiter.leave(tickets[3])
        limiter.leave(tickets[0])
        let idle = limiter.step(now: at(9))
        #expect(idle.begin.isEmpty && idle.next == nil && limiter.waitingCount == 0)
    }

    @Test("so many begin within a second, whenever it begins")
    func perSecond() {
        var limiter = ConnectLimiter(RedisConnectLimits(underWay: 100, perSecond: 3))
        func enter(_ count: Int) { for _ in 0..<count { _ = limiter.enter(isUrgent: false) } }
        enter(1)
        #expect(limiter.step(now: at(0)).begin == [1])
        enter(4)
        var step = limiter.step(now: at(900))
        #expect(step.begin == [2, 3])
        #expect(step.next == at(1000))
        step = limiter.step(now: at(999))
        #expect(step.begin.isEmpty && step.next == at(1000))
        step = limiter.step(now: at(1000))
        #expect(step.begin == [4])
        #expect(step.next == at(1900))
        #expect(limiter.step(now: at(1900)).begin == [5])
        // What never was used is not saved up.
        enter(9)
        #expect(limiter.step(now: at(60_000)).begin == [6, 7, 8])
    }

    @Test("questions go before all that wait")
    func urgent() {
        var limiter = ConnectLimiter(RedisConnectLimits(underWay: 1, perSecond: 100))
        let first = limiter.enter(isUrgent: false)
        #expect(limiter.step(now: at(0)).begin == [first])
        let second = limiter.enter(isUrgent: false)
        let questions = [limiter.enter(isUrgent: true), limiter.enter(isUrgent: true)]
        var begun: [ConnectLimiter.Ticket] = []
        var last = first
        while limiter.waitingCount > 0 {
            limiter.leave(last)
            begun += limiter.step(now: at(1)).begin
            last = begun.last ?? 0
        }
        #expect(begun == questions + [second])
    }

    @Test("limits that let nobody through are refused")
    func validation() {
        for limits in [RedisConnectLimits(underWay: 0), RedisConnectLimits(perSecond: 0)] {
            var configuration = RedisConfiguration()
            configuration.connectLimits = limits
            let error = #expect(throws: RedisError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
