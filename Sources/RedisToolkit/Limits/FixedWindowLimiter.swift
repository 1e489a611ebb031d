/// Allows so much in each window of time, for each of any number of subjects: the limit that counters make, such as
/// baseplate's. A window begins with the first request in it.
///
/// ```swift
/// let limiter = try FixedWindowLimiter("logins", 5, per: .seconds(60), on: client)
/// guard case .allowed = try await limiter.attempt(user) else { throw TooManyLogins() }
/// ```
///
/// It is easy to explain, and its counter is a number that anybody can read. Around the end of a window, twice as much
/// may pass in a short time: `RateLimiter` has no such jump. What is denied is not counted.
///
/// **The keys**: `<name>:<subject>`.
public struct FixedWindowLimiter: Sendable {
    /// The name, with which the keys begin.
    public let name: RedisBytes
    /// How much is allowed in each window.
    public let count: Int
    /// The length of a window.
    public let period: Duration
    private let client: RedisClient

    /// A limiter. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - name: What the keys begin with.
    ///   - count: How much is allowed in each window: from 1 to a billion. All processes have to agree on it.
    ///   - period: The length of a window: from 1 ms to a year.
    ///   - client: Reaches the server.
    /// - Throws: `.invalidConfiguration` for a limit that cannot work.
    public init(
        _ name: some RedisBytesConvertible,
        _ count: Int,
        per period: Duration,
        on client: RedisClient
    ) throws(RedisError) {
        try RateLimit(count, per: period).check()
        self.name = name.redisBytes
        self.count = count
        self.period = period
        self.client = client
    }

    /// Counts a request, if it is allowed.
    ///
    /// - Parameters:
    ///   - subject: Whom the limit is for: a user, an address.
    ///   - cost: How much to count.
    /// - Returns: Whether it is allowed, with what is left of the window.
    /// - Throws: `.invalidCommand` for a cost below 1; what `RedisClient.run` throws: then nobody knows whether it was
    ///   counted.
    public func attempt(
        _ subject: some RedisBytesConvertible,
        cost: Int = 1
    ) async throws(RedisError) -> RateLimiter.Decision {
        guard cost >= 1 else {
            throw RedisError(.invalidCommand, "a cost of \(cost): it has to be 1 at least").with(.notExecuted)
        }
        guard cost <= count else { return .never }
        let subject = subject.redisBytes
        return try await client.observing("attempt", of: "limiter", name, isDenied: \.isDenied) {
            () async throws(RedisError) in
            let arguments = [cost, count, period.wholeMilliseconds]
            let reply = try await client.run(.takeWindow, keys: [key(of: subject)], arguments: arguments)
            guard let numbers = reply.elements?.compactMap(\.count), numbers.count == 3 else {
                throw .unexpectedReply("EVALSHA")
            }
            let left = Duration.milliseconds(numbers[2])
            if numbers[0] == 0 { return .denied(retryAfter: left) }
            return .allowed(remaining: max(count - numbers[1], 0), resetAfter: left)
        }
    }

    /// Forgets what a subject has taken in this window.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func reset(_ subject: some RedisBytesConvertible) async throws(RedisError) {
        try await client.send(["DEL", key(of: subject.redisBytes)])
    }

    private func key(of subject: RedisBytes) -> RedisBytes { RedisBytes(name + Array(":".utf8) + subject) }
}
