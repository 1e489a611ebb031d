extension RateLimiter {
    /// What a limiter says while its server is out of reach.
    public enum FailurePolicy: String, Sendable, Hashable, CaseIterable {
        /// The error is thrown, and the caller decides.
        case fail
        /// Everything is allowed.
        case allow
        /// Everything is denied.
        case deny
        /// The same limits hold in this process alone: so many processes allow so many times as much together.
        case local
    }
}

/// The limits of one process, as they hold while no server can be asked (GCRA). A plain value: times are passed in.
package struct LocalRates: Sendable {
    private let limits: [RateLimit]
    private let start: ContinuousClock.Instant
    /// For each limit of a subject, until when it is ahead: parts of a microsecond since `start`.
    private var subjects: [RedisBytes: [Int128]] = [:]

    /// How many subjects are remembered at most. Those beyond are denied, because nobody knows what they have taken.
    package static var capacity: Int { 65_536 }

    package init(_ limits: [RateLimit], at start: ContinuousClock.Instant) {
        self.limits = limits
        self.start = start
    }

    package var count: Int { subjects.count }

    /// Takes something of all limits of a subject, or of none.
    package mutating func attempt(
        _ subject: RedisBytes,
        cost: Int,
        at now: ContinuousClock.Instant
    ) -> RateLimiter.Decision {
        let microseconds = start.duration(to: now).wholeMicroseconds
        let ahead = ahead(of: subject, at: microseconds)
        guard let ahead else { return .denied(retryAfter: .seconds(1)) }
        let then = zip(limits, ahead).map { limit, ahead in ahead + limit.time(for: cost) }
        let waits = zip(limits, then).map { limit, ahead in limit.wait(over: ahead - limit.time(for: limit.burst)) }
        if let wait = waits.max(), wait > 0 { return .denied(retryAfter: .microseconds(wait)) }
        subjects[subject] = zip(limits, then).map { limit, ahead in ahead + limit.join(microseconds, 0) }
        return .allowed(
            remaining: zip(limits, then).map { limit, ahead in limit.remaining(ahead: ahead) }.min() ?? 0,
            resetAfter: .microseconds(zip(limits, then).map { limit, ahead in limit.wait(over: ahead) }.max() ?? 0)
        )
    }

    /// How far each limit is ahead of the time; `nil` if there is no room for the subject.
    private mutating func ahead(of subject: RedisBytes, at microseconds: Int) -> [Int128]? {
        if let until = subjects[subject] {
            return zip(limits, until).map { limit, until in max(until - limit.join(microseconds, 0), 0) }
        }
        if subjects.count >= Self.capacity {
            subjects = subjects.filter { entry in
                zip(limits, entry.value).contains { limit, until in until > limit.join(microseconds, 0) }
            }
            if subjects.count >= Self.capacity { return nil }
        }
        return limits.map { _ in 0 }
    }
}

extension RateLimit {
    /// The whole microseconds of a time, rounded up; 0 for what is not positive.
    fileprivate func wait(over time: Int128) -> Int {
        let (microseconds, part) = split(max(time, 0))
        return microseconds + (part > 0 ? 1 : 0)
    }
}
