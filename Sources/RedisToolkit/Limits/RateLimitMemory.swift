/// What is known of subjects that a rate limiter has asked about, so that a denial that has not changed yet costs no
/// request. A plain value: times are passed in.
///
/// The server keeps for each limit how far it is ahead of the time: that only grows, but for the time that passes. So a
/// denial stands until the moment that follows from it, whoever asks meanwhile.
package struct RateLimitMemory: Sendable {
    private let limits: [RateLimit]
    /// For each limit of a subject, until when it is ahead: rather too early than too late.
    private var subjects: [RedisBytes: [ContinuousClock.Instant]] = [:]

    /// How many subjects are remembered at most.
    package static var capacity: Int { 4096 }

    package init(_ limits: [RateLimit]) { self.limits = limits }

    /// How long so much is surely denied; `nil` if the server has to be asked.
    package func denial(of subject: RedisBytes, cost: Int, at now: ContinuousClock.Instant) -> Duration? {
        guard let ahead = subjects[subject] else { return nil }
        let waits = zip(limits, ahead).map { limit, until in
            now.duration(to: until) + limit.duration(for: cost, isRoundedUp: false)
                - limit.duration(for: limit.burst, isRoundedUp: true)
        }
        guard let wait = waits.max(), wait > .zero else { return nil }
        return wait
    }

    /// Notes what a server has answered.
    ///
    /// - Parameters:
    ///   - ahead: For each limit, how far it is ahead, in microseconds.
    ///   - subject: The subject.
    ///   - sent: The time before the request was sent.
    package mutating func note(_ ahead: [Int], of subject: RedisBytes, sent: ContinuousClock.Instant) {
        if subjects.count >= Self.capacity, subjects[subject] == nil { makeRoom(at: sent) }
        // Beyond the burst are reservations, which may be given back.
        subjects[subject] = zip(limits, ahead).map { limit, ahead in
            let most = limit.duration(for: limit.burst, isRoundedUp: false)
            return sent.advanced(by: min(.microseconds(ahead), most))
        }
    }

    /// Forgets a subject.
    package mutating func forget(_ subject: RedisBytes) { subjects[subject] = nil }

    package var count: Int { subjects.count }

    /// Forgets those of which nothing is ahead any more, or else any one.
    private mutating func makeRoom(at now: ContinuousClock.Instant) {
        subjects = subjects.filter { $0.value.contains { $0 > now } }
        if subjects.count >= Self.capacity, let any = subjects.keys.first { subjects[any] = nil }
    }
}

extension RateLimit {
    /// The time for so much at this rate, in whole microseconds.
    fileprivate func duration(for cost: Int, isRoundedUp: Bool) -> Duration {
        let (microseconds, part) = split(time(for: cost))
        return .microseconds(microseconds + (isRoundedUp && part > 0 ? 1 : 0))
    }
}
