/// How much is allowed in a time, and how much of it at once.
public struct RateLimit: Sendable, Hashable {
    /// How much is allowed in each period, in the long run.
    public let count: Int
    /// The period.
    public let period: Duration
    /// How much is allowed at once, after a time without any.
    public let burst: Int

    /// A limit.
    ///
    /// - Parameters:
    ///   - count: How much is allowed in each period, in the long run: from 1 to a billion.
    ///   - period: From 1 ms to a year.
    ///   - burst: How much is allowed at once: from 1 to a billion. The default is `count`.
    public init(_ count: Int, per period: Duration, burst: Int? = nil) {
        self.count = count
        self.period = period
        self.burst = burst ?? count
    }

    package func check() throws(RedisError) {
        guard 1...1_000_000_000 ~= count, 1...1_000_000_000 ~= burst else {
            let text = "a rate limit of \(count) with a burst of \(burst): both have to be from 1 to 1000000000"
            throw RedisError(.invalidConfiguration, text)
        }
        guard period >= .milliseconds(1), period <= .seconds(366 * 86_400) else {
            throw RedisError(.invalidConfiguration, "a rate limit per \(period.inSeconds): it has to be 1 ms to a year")
        }
        guard time(for: burst) <= Int128(count) * Int128(Duration.longestForServers.wholeMicroseconds) else {
            let text = "a rate limit of \(count) per \(period.inSeconds): a burst of \(burst) takes more than ten years"
            throw RedisError(.invalidConfiguration, text)
        }
    }

    /// The time for so much at this rate, in parts of a microsecond, which has `count` of them. So no rate is rounded.
    package func time(for cost: Int) -> Int128 { Int128(cost) * Int128(period.wholeMicroseconds) }

    /// A time in whole microseconds and the parts of one that are left.
    package func split(_ time: Int128) -> (microseconds: Int, part: Int) {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: Int128(count))
        return (Int(clamping: quotient), Int(remainder))
    }

    /// The parts of a time in microseconds and parts of one.
    package func join(_ microseconds: Int, _ part: Int) -> Int128 {
        Int128(microseconds) * Int128(count) + Int128(part)
    }

    /// How much is left of the burst when the rate is that far ahead of the time.
    package func remaining(ahead: Int128) -> Int {
        Int(max(time(for: burst) - ahead, 0) / Int128(period.wholeMicroseconds))
    }
}
