import RedisToolkit
import TestSupport
import Testing

@Suite("Who of a line tries", .tags(.unit))
struct WaiterQueueTests {
    private let start = ContinuousClock.now

    private func at(_ time: Duration) -> ContinuousClock.Instant { start.advanced(by: time) }

    @Test("is the first, at once, and nobody else")
    func first() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a")
        let second = queue.join("b")
        #expect(queue.beginAttempt(at: start) == first)
        #expect(queue.beginAttempt(at: start) == nil)
        queue.leave(second)
        #expect(queue.beginAttempt(at: start) == nil)
    }

    @Test("is the first again at the time that it was told")
    func denied() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a")
        _ = queue.beginAttempt(at: start)
        queue.denied(first, until: at(.seconds(3)))
        #expect(queue.wakeTime == at(.seconds(3)))
        #expect(queue.beginAttempt(at: at(.milliseconds(2999))) == nil)
        #expect(queue.beginAttempt(at: at(.seconds(3))) == first)
        #expect(queue.wakeTime == nil)
    }

    @Test("waits for its time when it has tried just before it joined")
    func triedBefore() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a", wakeTime: at(.seconds(1)))
        // When another one may try, who joins behind it, is not for it.
        _ = queue.join("b", wakeTime: start)
        _ = queue.join("c")
        #expect(queue.wakeTime == at(.seconds(1)))
        #expect(queue.beginAttempt(at: start) == nil)
        #expect(queue.beginAttempt(at: at(.seconds(1))) == first)
    }

    @Test("is woken out of its sleep")
    func woken() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a", wakeTime: at(.seconds(30)))
        queue.wake()
        #expect(queue.beginAttempt(at: start) == first)
    }

    @Test("tries again at once when it was woken while it tried in vain")
    func wokenWhileTrying() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a")
        _ = queue.beginAttempt(at: start)
        queue.wake()
        #expect(queue.beginAttempt(at: start) == nil)
        queue.denied(first, until: at(.seconds(30)))
        #expect(queue.beginAttempt(at: start) == first)
        queue.denied(first, until: at(.seconds(30)))
        #expect(queue.beginAttempt(at: start) == nil)
    }

    @Test("is the next one when the grant to the first one ends, in an exclusive line")
    func exclusive() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a")
        let second = queue.join("b")
        _ = queue.beginAttempt(at: start)
        queue.wake()
        queue.leave(first, grantEnds: at(.seconds(29)))
        #expect(queue.beginAttempt(at: start) == nil)
        #expect(queue.wakeTime == at(.seconds(29)))
        queue.wake()
        #expect(queue.beginAttempt(at: start) == second)
        // Nobody is left to be woken by the end of the grant.
        queue.leave(second, grantEnds: at(.seconds(58)))
        #expect(queue.wakeTime == nil)
    }

    @Test("is the next one at once where the first one has given up, and in a line of many permits")
    func nextAtOnce() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a", wakeTime: at(.seconds(30)))
        let second = queue.join("b")
        queue.leave(first)
        #expect(queue.beginAttempt(at: start) == second)

        var permits = WaiterQueue(isExclusive: false)
        let one = permits.join("a")
        let two = permits.join("b")
        _ = permits.beginAttempt(at: start)
        permits.leave(one, grantEnds: at(.seconds(29)))
        #expect(permits.beginAttempt(at: start) == two)
    }

    @Test("is in the order in which they came, whoever gives up in between")
    func order() {
        var queue = WaiterQueue(isExclusive: false)
        let all = (0..<5).map { queue.join("\($0)".redisBytes) }
        queue.leave(all[2])
        queue.leave(all[2])
        var served: [Int] = []
        while let next = queue.beginAttempt(at: start) {
            served.append(next)
            queue.leave(next, grantEnds: start)
        }
        #expect(served == [all[0], all[1], all[3], all[4]])
        #expect(queue.isEmpty)
        #expect(queue.wakeTime == nil)
    }

    @Test("is not the first when it is another's turn, until that has lapsed")
    func turns() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a", wakeTime: at(.seconds(30)))
        queue.turn(of: "z", lapses: at(.seconds(5)))
        #expect(queue.beginAttempt(at: start) == nil)
        #expect(queue.wakeTime == at(.seconds(5)))
        queue.turn(of: "y", lapses: at(.seconds(6)))
        #expect(queue.wakeTime == at(.seconds(5)))
        queue.turn(of: "a", lapses: at(.seconds(6)))
        #expect(queue.beginAttempt(at: start) == first)
    }

    @Test("asks again when another's turn was told while it tried: the answer may be older")
    func turnWhileTrying() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a")
        _ = queue.beginAttempt(at: start)
        queue.turn(of: "z", lapses: at(.seconds(5)))
        queue.denied(first, until: at(.seconds(30)))
        #expect(queue.beginAttempt(at: start) == first)
    }

    @Test("asks again when its own turn was told while it tried, but not before it has its answer")
    func ownTurnWhileTrying() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a")
        _ = queue.beginAttempt(at: start)
        queue.turn(of: "a", lapses: at(.seconds(5)))
        #expect(queue.beginAttempt(at: start) == nil)
        queue.denied(first, until: at(.seconds(30)))
        #expect(queue.beginAttempt(at: start) == first)
    }

    @Test("is not brought forward by a turn that was taken before, or that was followed by another's")
    func formerTurns() {
        var queue = WaiterQueue(isExclusive: false)
        let first = queue.join("a", wakeTime: at(.seconds(30)))
        _ = queue.join("b")
        queue.turn(of: "z", lapses: at(.seconds(5)))
        queue.turn(of: "a", lapses: at(.seconds(5)))
        _ = queue.join("z")
        queue.leave(first)
        _ = queue.join("a")
        queue.turn(of: "c", lapses: at(.seconds(5)))
        let third = queue.join("c")
        queue.leave(third)
        _ = queue.join("c")
        let tokens = queue.waiters.map { $0.token }
        #expect(tokens == ["b", "z", "a", "c"])
    }

    @Test("comes first when the server says that it is its turn, also if it joins only then")
    func broughtForward() {
        var queue = WaiterQueue(isExclusive: false)
        let first = queue.join("a", wakeTime: at(.seconds(30)))
        let second = queue.join("b")
        queue.turn(of: "b", lapses: at(.seconds(5)))
        #expect(queue.beginAttempt(at: start) == second)
        queue.turn(of: "c", lapses: at(.seconds(5)))
        let third = queue.join("c")
        #expect(queue.waiters.map(\.id) == [third, second, first])
        #expect(queue.beginAttempt(at: start) == third)
        // Its answer is about the one that stood first before.
        queue.denied(second, until: at(.seconds(30)))
        #expect(queue.wakeTime == nil)
        queue.leave(third)
        #expect(queue.beginAttempt(at: start) == second)
    }

    @Test("need not try who has followed a lease that ended well")
    func followers() {
        var queue = WaiterQueue(isExclusive: true)
        let first = queue.join("a", following: 7)
        let second = queue.join("b", following: 9)
        _ = queue.join("c")
        #expect(queue.followers(of: 6) == [])
        #expect(queue.followers(of: 7) == [first])
        #expect(queue.followers(of: 10) == [first, second])
    }

    @Test("sleeps until the lease ends, and not for long where its end may not be heard of")
    func retryTimes() {
        func retry(_ wait: Duration?, silent: Bool = false, subscribed: Bool = true, random: Double) -> Duration {
            let denial = WaiterQueue.Denial(wait: wait, isSilent: silent)
            let time = WaiterQueue.retryTime(after: denial, isSubscribed: subscribed, at: start, random: random)
            return start.duration(to: time)
        }
        #expect(retry(.seconds(5), random: 0.5) == .milliseconds(5001))
        #expect(retry(.zero, random: 0.5) == .milliseconds(1))
        #expect(retry(.seconds(90), random: 0) == .seconds(24))
        #expect((retry(.seconds(90), random: 1) / .seconds(1)).rounded() == 36)
        #expect(retry(nil, random: 0.5) == .seconds(30))
        #expect(retry(nil, silent: true, random: 0.5) == .seconds(1))
        #expect(retry(.seconds(5), silent: true, random: 0.5) == .seconds(1))
        #expect(retry(.milliseconds(10), silent: true, random: 0.5) == .milliseconds(11))
        #expect(retry(.seconds(5), subscribed: false, random: 0.5) == .seconds(1))
    }

    @Test("learns of the end by messages, and takes any other one for a lease that was given back")
    func notices() {
        #expect(ReleaseNotice("released") == .released)
        #expect(ReleaseNotice("turn abc") == .turn(of: "abc"))
        #expect(ReleaseNotice("fetched 17") == .fetched(fence: 17))
        #expect(ReleaseNotice("fetched x") == .released)
        #expect(ReleaseNotice("fetched") == .released)
        #expect(ReleaseNotice("turn") == .released)
        #expect(ReleaseNotice("") == .released)
        #expect(ReleaseNotice(RedisBytes([0xff, 0x20, 0xfe])) == .released)
    }
}
