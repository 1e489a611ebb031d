import RedisCore
import RedisToolkit
import TestSupport
import Testing

@Suite("What is known of a rate", .tags(.unit))
struct RateLimitTests {
    private let start = ContinuousClock.now

    private func at(_ time: Duration) -> ContinuousClock.Instant { start.advanced(by: time) }

    @Test("is exact, also where a part takes no whole number of microseconds")
    func exact() {
        let limit = RateLimit(3, per: .seconds(1))
        let (microseconds, part) = limit.split(limit.time(for: 1))
        #expect(microseconds == 333_333)
        #expect(part == 1)
        #expect(limit.split(limit.time(for: 3)) == (1_000_000, 0))
        #expect(limit.join(333_333, 1) == limit.time(for: 1))
        #expect(limit.remaining(ahead: 0) == 3)
        #expect(limit.remaining(ahead: limit.time(for: 1)) == 2)
        #expect(limit.remaining(ahead: limit.time(for: 1) + 1) == 1)
        #expect(limit.remaining(ahead: limit.time(for: 5)) == 0)
        let fast = RateLimit(1_000_000_000, per: .milliseconds(1))
        #expect(fast.split(fast.time(for: 1)) == (0, 1000))
    }

    @Test("is refused where it cannot work")
    func refused() {
        for limit in [
            RateLimit(0, per: .seconds(1)), RateLimit(1, per: .seconds(1), burst: 0), RateLimit(1, per: .zero),
            RateLimit(1_000_000_001, per: .seconds(1)), RateLimit(1, per: .seconds(367 * 86_400)),
            RateLimit(1, per: .seconds(86_400), burst: 4000), RateLimit(-1, per: .seconds(1)),
        ] {
            #expect(throws: RedisError.self, "\(limit)") { try limit.check() }
        }
        #expect(throws: Never.self) { try RateLimit(1, per: .milliseconds(1), burst: 1_000_000_000).check() }
    }

    @Test("is a denial for as long as it cannot change, and for what costs as much or more")
    func denials() {
        // One each second, three at once.
        var memory = RateLimitMemory([RateLimit(1, per: .seconds(1), burst: 3)])
        memory.note([2_500_000], of: "a", sent: start)
        #expect(memory.denial(of: "a", cost: 1, at: start) == .milliseconds(500))
        #expect(memory.denial(of: "a", cost: 2, at: start) == .milliseconds(1500))
        #expect(memory.denial(of: "a", cost: 1, at: at(.milliseconds(499))) == .milliseconds(1))
        #expect(memory.denial(of: "a", cost: 1, at: at(.milliseconds(500))) == nil)
        #expect(memory.denial(of: "b", cost: 1, at: start) == nil)
    }

    @Test("is none where something is left")
    func allowed() {
        var memory = RateLimitMemory([RateLimit(1, per: .seconds(1), burst: 3)])
        memory.note([2_000_000], of: "a", sent: start)
        #expect(memory.denial(of: "a", cost: 1, at: start) == nil)
        #expect(memory.denial(of: "a", cost: 2, at: start) == .seconds(1))
    }

    @Test("is the longest of several denials")
    func several() {
        var memory = RateLimitMemory([RateLimit(10, per: .seconds(1)), RateLimit(2, per: .seconds(60), burst: 1)])
        memory.note([0, 30_000_000], of: "a", sent: start)
        #expect(memory.denial(of: "a", cost: 1, at: start) == .seconds(30))
    }

    @Test("does not count on reservations, which may be given back")
    func reservations() {
        var memory = RateLimitMemory([RateLimit(1, per: .seconds(1), burst: 1)])
        memory.note([60_000_000], of: "a", sent: start)
        #expect(memory.denial(of: "a", cost: 1, at: start) == .seconds(1))
    }

    @Test("is rather too short than too long where a part takes no whole number of microseconds")
    func rounding() {
        var memory = RateLimitMemory([RateLimit(3, per: .seconds(1), burst: 1)])
        memory.note([1_000_000], of: "a", sent: start)
        #expect(memory.denial(of: "a", cost: 1, at: start) == .microseconds(333_332))
    }

    @Test("is forgotten when that is wanted, and never grows without a bound")
    func bounded() {
        var memory = RateLimitMemory([RateLimit(1, per: .seconds(1))])
        memory.note([1_000_000], of: "a", sent: start)
        memory.forget("a")
        #expect(memory.denial(of: "a", cost: 1, at: start) == nil)
        // While there is room, nothing else is forgotten.
        for (subject, second) in [("x", 0), ("y", 5)] {
            memory.note([1_000_000], of: subject.redisBytes, sent: at(.seconds(second)))
        }
        #expect(memory.count == 2)
        memory.forget("y")
        for number in 0..<(RateLimitMemory.capacity + 10) {
            memory.note([1_000_000], of: "\(number)".redisBytes, sent: start)
        }
        #expect(memory.count == RateLimitMemory.capacity)
        // One that is known needs no room.
        memory.note([1_000_000], of: "\(RateLimitMemory.capacity + 9)".redisBytes, sent: at(.seconds(1)))
        #expect(memory.count == RateLimitMemory.capacity)
        // Of all others nothing is ahead any more.
        memory.note([1_000_000], of: "z", sent: at(.seconds(1)))
        #expect(memory.count == 2)
    }
}
