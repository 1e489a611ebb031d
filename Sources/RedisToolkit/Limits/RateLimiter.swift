internal import RedisReactor

/// Limits how often something happens for each of any number of subjects, over all processes that use the same server.
///
/// ```swift
/// let limiter = try RateLimiter("api", [RateLimit(100, per: .seconds(60))], on: client)
/// switch try await limiter.attempt(user) {
/// case .allowed: try await serve(request)
/// case .denied(let retryAfter): refuse(request, after: retryAfter)
/// case .never: refuse(request)
/// }
/// ```
///
/// Of each subject the server keeps one number for each limit, of a few bytes, for as long as it matters (GCRA). Over a
/// long time exactly `count` are allowed in each period, at most `burst` of them at once, with no jump at the end of a
/// period. All times are those of the server's clock. What is denied is not counted.
///
/// A denial is remembered here until it can change, so that a client that asks again and again causes no request.
/// `reset` and a wait that was cancelled in another process are noticed late: after the time of one `cost` at most.
///
/// **Without a server** nobody knows what others have taken. `onFailure` says what `attempt` does then.
///
/// **The keys**: `<name>:<subject>`.
public final class RateLimiter: Sendable {
    /// What a request is told.
    public enum Decision: Sendable, Hashable {
        /// It is allowed. `remaining` more are allowed at once; all of the burst is after `resetAfter`.
        case allowed(remaining: Int, resetAfter: Duration)
        /// It is denied, and will be for that time, also if nothing else happens.
        case denied(retryAfter: Duration)
        /// Its cost is above the burst, so it is never allowed.
        case never

        var isDenied: Bool {
            if case .allowed = self { false } else { true }
        }
    }

    /// The name, with which the keys begin.
    public let name: RedisBytes
    /// The limits, all of which have to allow a request.
    public let limits: [RateLimit]
    /// What `attempt` says while the server is out of reach.
    public let onFailure: FailurePolicy
    private let client: RedisClient
    private let memory: Locked<RateLimitMemory>
    private let local: Locked<LocalRates>
    private let outage = Locked<ContinuousClock.Instant?>(nil)

    /// How long an attempt may take where a failure has an answer of its own, and for how long after a failure the
    /// server is not asked again.
    private static var patience: Duration { .seconds(1) }

    /// A limiter. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - name: What the keys begin with.
    ///   - limits: One or several, all of which have to allow a request. All processes have to agree on them.
    ///   - client: Reaches the server.
    ///   - onFailure: What `attempt` says while the server is out of reach.
    /// - Throws: `.invalidConfiguration` without a limit, with more than ten, and for one that cannot work.
    public init(
        _ name: some RedisBytesConvertible,
        _ limits: [RateLimit],
        on client: RedisClient,
        onFailure: FailurePolicy = .fail
    ) throws(RedisError) {
        guard 1...10 ~= limits.count else {
            throw RedisError(.invalidConfiguration, "a rate limiter needs 1 to 10 limits, and has \(limits.count)")
        }
        for limit in limits { try limit.check() }
        self.name = name.redisBytes
        self.limits = limits
        self.client = client
        self.onFailure = onFailure
        memory = Locked(RateLimitMemory(limits))
        local = Locked(LocalRates(limits, at: .now))
    }

    /// Takes something of the limits, if it is allowed now.
    ///
    /// - Parameters:
    ///   - subject: Whom the limits are for: a user, an address.
    ///   - cost: How much to take.
    /// - Returns: Whether it is allowed. While the server is out of reach: what `onFailure` says, after a second at the
    ///   latest, and for another second without asking the server again.
    /// - Throws: `.invalidCommand` for a cost below 1; what `RedisClient.run` throws: then nobody knows whether it was
    ///   counted, and the caller decides whether to go on. With another `onFailure` than `.fail` only what the server
    ///   has refused, `.cancelled` and `.closed`.
    public func attempt(_ subject: some RedisBytesConvertible, cost: Int = 1) async throws(RedisError) -> Decision {
        guard try isPossible(cost) else { return .never }
        let subject = subject.redisBytes
        if let wait = memory.withLock({ $0.denial(of: subject, cost: cost, at: .now) }) {
            return .denied(retryAfter: wait)
        }
        return try await client.observing("attempt", of: "limiter", name, isDenied: \.isDenied) {
            () async throws(RedisError) in
            guard onFailure != .fail else { return try await ask(subject, cost, timeout: client.commandTimeout) }
            if let until = outage.withLock({ $0 }), ContinuousClock.now < until { return decideAlone(subject, cost) }
            do throws(RedisError) {
                let decision = try await ask(subject, cost, timeout: Self.patience)
                outage.withLock { $0 = nil }
                return decision
            } catch {
                guard error.isOutage else { throw error }
                outage.withLock { $0 = .now.advanced(by: Self.patience) }
                return decideAlone(subject, cost)
            }
        }
    }

    private func ask(_ subject: RedisBytes, _ cost: Int, timeout: Duration?) async throws(RedisError) -> Decision {
        let taken = try await take(subject, cost, waiting: 0, timeout: timeout)
        if !taken.isTaken { return .denied(retryAfter: .microseconds(taken.wait)) }
        return .allowed(remaining: remaining(taken.ahead), resetAfter: resetAfter(taken.ahead))
    }

    /// What is said while the server is out of reach.
    private func decideAlone(_ subject: RedisBytes, _ cost: Int) -> Decision {
        switch onFailure {
        case .fail, .deny: .denied(retryAfter: Self.patience)
        case .allow: .allowed(remaining: 0, resetAfter: Self.patience)
        case .local: local.withLock { $0.attempt(subject, cost: cost, at: .now) }
        }
    }

    /// Takes something of the limits as soon as it is allowed. The turn is reserved at once, in the order of the calls
    /// of all processes, and then only time has to pass: one request, and no other one is needed.
    ///
    /// - Parameters:
    ///   - subject: Whom the limits are for.
    ///   - cost: How much to take.
    ///   - timeout: How long to wait at most; `nil` means for ever.
    /// - Throws: `.timedOut` at once when it would take longer, and then nothing is taken; `.cancelled`, and then what
    ///   was taken is given back, unless others have reserved turns behind it since: those stay as they are;
    ///   `.limitExceeded` for a cost above the burst; what `attempt` throws.
    public func wait(
        for subject: some RedisBytesConvertible,
        cost: Int = 1,
        timeout: Duration? = nil
    ) async throws(RedisError) {
        guard try isPossible(cost) else {
            let text = "a cost of \(cost) is above the burst of the limits, so it is never allowed"
            throw RedisError(.limitExceeded, text)
        }
        let subject = subject.redisBytes
        let longest = timeout.map { max($0, .zero).wholeMicroseconds } ?? -1
        let taken = try await client.observing("reserve", of: "limiter", name, isDenied: { !$0.isTaken }) {
            () async throws(RedisError) in
            try await reserve(subject, cost, waiting: min(longest, 1 << 50))
        }
        guard taken.isTaken else {
            let rest = Duration.microseconds(taken.wait).inSeconds
            let text = "the rate limiter \(name.debugDescription): the next turn is in \(rest)"
            throw RedisError(.timedOut, text).with(.notExecuted)
        }
        guard taken.wait > 0 else { return }
        do { try await Task.sleep(for: .microseconds(taken.wait)) } catch {
            giveBack(taken, of: subject, cost)
            throw RedisError(.cancelled, "the task was cancelled").with(.notExecuted)
        }
    }

    /// What a request would be told, without taking anything.
    ///
    /// - Parameters:
    ///   - subject: Whom the limits are for.
    ///   - cost: How much would be taken.
    /// - Returns: What is left if it is taken, and when all is there again; or why it would be denied.
    /// - Throws: What `attempt` throws.
    public func peek(_ subject: some RedisBytesConvertible, cost: Int = 1) async throws(RedisError) -> Decision {
        guard try isPossible(cost) else { return .never }
        let counts = limits.map(\.count)
        let reply = try await client.run(.peekRate, keys: [key(of: subject.redisBytes)], arguments: counts)
        let now = try Self.ahead(reply.elements ?? [], limits)
        let then = zip(limits, now).map { limit, ahead in ahead + limit.time(for: cost) }
        let wait = zip(limits, then).map { limit, ahead in
            let (microseconds, part) = limit.split(max(ahead - limit.time(for: limit.burst), 0))
            return microseconds + (part > 0 ? 1 : 0)
        }
        if let longest = wait.max(), longest > 0 { return .denied(retryAfter: .microseconds(longest)) }
        return .allowed(remaining: remaining(then), resetAfter: resetAfter(then))
    }

    /// Forgets all that a subject has taken.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func reset(_ subject: some RedisBytesConvertible) async throws(RedisError) {
        let subject = subject.redisBytes
        try await client.send(["DEL", key(of: subject)])
        memory.withLock { $0.forget(subject) }
    }

    // MARK: The scripts

    private func isPossible(_ cost: Int) throws(RedisError) -> Bool {
        guard cost >= 1 else {
            throw RedisError(.invalidCommand, "a cost of \(cost): it has to be 1 at least").with(.notExecuted)
        }
        return limits.allSatisfy { cost <= $0.burst }
    }

    private func key(of subject: RedisBytes) -> RedisBytes { RedisBytes(name + Array(":".utf8) + subject) }

    private struct Taken {
        /// Whether something was taken, now or ahead of time.
        let isTaken: Bool
        /// How many microseconds to wait for the turn, or until it is not denied.
        let wait: Int
        /// The server's time in microseconds.
        let time: Int
        /// How far each limit is ahead of that.
        let ahead: [Int128]
    }

    /// Takes something now or later. If the caller is cancelled, what is on its way is given back once its reply has
    /// come.
    private func reserve(_ subject: RedisBytes, _ cost: Int, waiting longest: Int) async throws(RedisError) -> Taken {
        if Task.isCancelled { throw .taskCancelled.with(.notExecuted) }
        let reserved = Promise<Taken>()
        Task {
            let result: Result<Taken, RedisError>
            do throws(RedisError) {
                result = .success(try await take(subject, cost, waiting: longest, timeout: client.commandTimeout))
            } catch { result = .failure(error) }
            let isInTime = reserved.completeFirst(result)
            if !isInTime, case .success(let taken) = result, taken.isTaken { giveBack(taken, of: subject, cost) }
        }
        return try await reserved.value()
    }

    private func take(
        _ subject: RedisBytes,
        _ cost: Int,
        waiting longest: Int,
        timeout: Duration?
    ) async throws(RedisError) -> Taken {
        let sent = ContinuousClock.now
        let arguments = self.arguments(cost, longest: longest)
        let keys = [key(of: subject)]
        let reply = try await client.run(.takeRate, keys: keys, arguments: arguments, timeout: timeout)
        guard let elements = reply.elements, elements.count >= 3, let kind = elements[0].integer,
            let wait = elements[1].count, let time = elements[2].count
        else { throw .unexpectedReply("EVALSHA") }
        let ahead = try Self.ahead(elements.dropFirst(3), limits)
        let microseconds = zip(limits, ahead).map { limit, ahead in limit.split(ahead).microseconds }
        memory.withLock { $0.note(microseconds, of: subject, sent: sent) }
        return Taken(isTaken: kind == 1, wait: wait, time: time, ahead: ahead)
    }

    private func arguments(_ cost: Int, longest: Int) -> [any RedisBytesConvertible] {
        var arguments: [any RedisBytesConvertible] = [longest]
        for limit in limits {
            let cost = limit.split(limit.time(for: cost))
            let burst = limit.split(limit.time(for: limit.burst))
            arguments += [limit.count, cost.microseconds, cost.part, burst.microseconds, burst.part] as [Int]
        }
        return arguments
    }

    /// Gives back what was reserved.
    private func giveBack(_ taken: Taken, of subject: RedisBytes, _ cost: Int) {
        memory.withLock { $0.forget(subject) }
        let arguments = zip(limits, taken.ahead).flatMap { limit, ahead in
            let (cost, end) = (limit.split(limit.time(for: cost)), limit.split(ahead))
            let ends = Int(clamping: Int128(taken.time) + Int128(end.microseconds))
            return [limit.count, cost.microseconds, cost.part, ends, end.part]
        }
        Task { [client, key = key(of: subject)] in
            try? await client.run(.returnRate, keys: [key], arguments: arguments)
        }
    }

    /// How far each limit is ahead, of a reply.
    private static func ahead(
        _ numbers: some Collection<RESPValue>,
        _ limits: [RateLimit]
    ) throws(RedisError) -> [Int128] {
        let integers = numbers.compactMap(\.count)
        guard integers.count == 2 * limits.count else { throw .unexpectedReply("EVALSHA") }
        return limits.enumerated().map { index, limit in limit.join(integers[2 * index], integers[2 * index + 1]) }
    }

    private func remaining(_ ahead: [Int128]) -> Int {
        zip(limits, ahead).map { limit, ahead in limit.remaining(ahead: ahead) }.min() ?? 0
    }

    private func resetAfter(_ ahead: [Int128]) -> Duration {
        let times = zip(limits, ahead).map { limit, ahead in
            let (microseconds, part) = limit.split(ahead)
            return microseconds + (part > 0 ? 1 : 0)
        }
        return .microseconds(times.max() ?? 0)
    }
}
