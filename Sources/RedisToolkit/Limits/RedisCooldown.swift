/// Lets something happen at most once in a while, for one resource or for several together.
///
/// ```swift
/// let cooldown = RedisCooldown(on: client)
/// switch try await cooldown.acquire(["smtp.example.com"], for: .seconds(15)) {
/// case .granted: try await send(mail)
/// case .denied(let retryAfter, _): schedule(mail, after: retryAfter)
/// }
/// ```
///
/// Several resources are taken together, or none of them. It is one step at the server: no client that dies can leave a
/// resource taken for ever.
///
/// **The keys** are those of dkredis' `rate_limiting_lock`, `rl-lock.<resource>`, so that it and this exclude each
/// other. In a cluster they are `{rl-lock.}<resource>`, which all have one slot.
public struct RedisCooldown: Sendable {
    /// What came of a request.
    public enum Outcome: Sendable, Hashable {
        /// All resources are taken for the time.
        case granted(Grant)
        /// Some are not free. If nobody takes them before, all are free after that time.
        case denied(retryAfter: Duration, by: [RedisBytes])

        var isDenied: Bool {
            if case .denied = self { true } else { false }
        }
    }

    /// What one caller has taken.
    public struct Grant: Sendable, Hashable {
        /// The resources.
        public let resources: [RedisBytes]
        let token: RedisBytes
    }

    private let client: RedisClient
    private let prefix: RedisBytes

    /// Cooldowns. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - client: Reaches the server.
    ///   - prefix: What the keys begin with. It must hold no brace in a cluster.
    public init(on client: RedisClient, prefix: some RedisBytesConvertible = "rl-lock.") {
        self.client = client
        let prefix = prefix.redisBytes
        let isCluster = client.configuration.cluster != nil
        self.prefix = isCluster ? RedisBytes(Array("{".utf8) + prefix + "}".utf8) : prefix
    }

    /// Takes all resources for a time, or none of them.
    ///
    /// - Parameters:
    ///   - resources: Their names. Without a name nothing is sent, and it is granted.
    ///   - time: For how long: from 1 ms to ten years.
    /// - Returns: Whether they were free.
    /// - Throws: `.invalidConfiguration` for a time that cannot work; what `RedisClient.run` throws.
    public func acquire(_ resources: [some RedisBytesConvertible], for time: Duration) async throws(RedisError)
        -> Outcome
    {
        try time.check(as: "time", of: "a cooldown", from: .milliseconds(1))
        let resources = resources.map(\.redisBytes)
        let grant = Grant(resources: resources, token: LeaseToken.make())
        guard !resources.isEmpty else { return .granted(grant) }
        return try await client.observing("acquire", of: "cooldown", resources[0], isDenied: \.isDenied) {
            () async throws(RedisError) in
            try await take(resources, for: time, grant)
        }
    }

    private func take(_ resources: [RedisBytes], for time: Duration, _ grant: Grant) async throws(RedisError) -> Outcome
    {
        let arguments: [any RedisBytesConvertible] = [time.wholeMilliseconds, grant.token]
        let reply = try await client.run(.takeCooldown, keys: keys(of: resources), arguments: arguments)
        guard let numbers = reply.elements?.map({ $0.integer }), let kind = numbers.first else {
            throw .unexpectedReply("EVALSHA")
        }
        if kind == 1 { return .granted(grant) }
        guard kind == 0, numbers.count > 2, let wait = numbers[1] else { throw .unexpectedReply("EVALSHA") }
        let held = numbers[2...].compactMap { $0 }.filter { 1...resources.count ~= $0 }.map { resources[$0 - 1] }
        return .denied(retryAfter: .milliseconds(wait), by: held)
    }

    /// Takes one resource for a time.
    ///
    /// - Throws: What `acquire` of several throws.
    public func acquire(_ resource: some RedisBytesConvertible, for time: Duration) async throws(RedisError) -> Outcome
    {
        try await acquire([resource.redisBytes], for: time)
    }

    /// Waits until all resources are free, and takes them. It sends one request each time when they may be free.
    ///
    /// - Parameters:
    ///   - resources: Their names.
    ///   - time: For how long.
    ///   - timeout: How long to wait; `nil` means for ever.
    /// - Returns: What was taken.
    /// - Throws: `.timedOut`, at once if they are not free in time; `.cancelled`; what `acquire` throws.
    public func wait(
        for resources: [some RedisBytesConvertible],
        taking time: Duration,
        timeout: Duration? = nil
    ) async throws(RedisError) -> Grant {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        while true {
            switch try await acquire(resources, for: time) {
            case .granted(let grant): return grant
            case .denied(let retryAfter, let held):
                let next = ContinuousClock.now.advanced(by: retryAfter + .milliseconds(1))
                if let deadline, next > deadline {
                    let names = held.someInWords { $0.debugDescription }
                    throw RedisError(.timedOut, "a cooldown of \(names) lasts \(retryAfter.inSeconds) more")
                }
                do { try await Task.sleep(until: next) } catch {
                    throw RedisError(.cancelled, "the task was cancelled").with(.notExecuted)
                }
            }
        }
    }

    /// Ends a cooldown before its time. What has ended already, or is somebody else's by now, stays as it is.
    ///
    /// - Throws: What `RedisClient.run` throws.
    public func release(_ grant: Grant) async throws(RedisError) {
        guard !grant.resources.isEmpty else { return }
        try await client.run(.endCooldown, keys: keys(of: grant.resources), arguments: [grant.token])
    }

    private func keys(of resources: [RedisBytes]) -> [any RedisBytesConvertible] {
        resources.map { RedisBytes(prefix.bytes + $0.bytes) }
    }
}
