/// A limited number of permits, over all processes that use the same server.
///
/// ```swift
/// let downloads = try RedisSemaphore("downloads", limit: 4, on: client)
/// try await downloads.withPermit { _ in try await download(file) }
/// ```
///
/// A permit is a `RedisLease`: it is renewed in the background, can be lost, and has a fence. Whoever waits is woken,
/// as at a `RedisLock`. The ends of permits are times of the server's clock: if that is set forward, permits that are
/// not renewed soon end early.
///
/// **The keys**: the name itself, a sorted set, and `{name}:fence`.
public struct RedisSemaphore: Sendable {
    let terms: LeaseTerms
    /// How many permits there are.
    public let limit: Int

    /// A semaphore of that name. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - name: The key at the server.
    ///   - limit: How many permits there are. All processes have to agree on it: each compares the permits that are out
    ///     with its own limit.
    ///   - client: Reaches the server.
    ///   - options: How permits are taken and kept.
    /// - Throws: `.invalidConfiguration` for options that cannot work, and for a limit below 1.
    public init(
        _ name: some RedisBytesConvertible,
        limit: Int,
        on client: RedisClient,
        _ options: RedisLeaseOptions = RedisLeaseOptions()
    ) throws(RedisError) {
        let name = name.redisBytes
        guard limit >= 1 else {
            let text = "the semaphore \(name.debugDescription): limit is \(limit), and has to be 1 at least"
            throw RedisError(.invalidConfiguration, text)
        }
        self.limit = limit
        let keys = [name, name.helper("fence")]
        let queue = [name.helper("queue"), name.helper("turn")]
        let isFair = options.order == .fair
        let argument = [RedisBytes(String(limit))]
        terms = try LeaseTerms(
            "semaphore",
            name,
            of: client,
            options,
            isExclusive: false,
            nesting: nil,
            queuesAtServer: isFair,
            take: isFair ? .init(.acquireFairPermit, keys + queue, argument) : .init(.acquirePermit, keys, argument),
            renew: .init(.renewPermit, [name]),
            release: isFair
                ? .init(.releaseFairPermit, [name] + queue, argument) : .init(.releasePermit, [name])
        )
    }

    /// The key at the server.
    public var name: RedisBytes { terms.name }

    /// Waits for a permit.
    ///
    /// - Parameter timeout: How long to wait while all are out; `nil` means for ever. With zero or less it is tried
    ///   once.
    /// - Returns: The lease. The permit is out until `RedisLease.release`.
    /// - Throws: `.timedOut` when all were out all the time; `.cancelled`; what `RedisClient.run` throws.
    public func acquire(timeout: Duration? = nil) async throws(RedisError) -> RedisLease {
        try await terms.takeWaiting(timeout)
    }

    /// Takes a permit if there is one.
    ///
    /// - Returns: The lease; `nil` if there is none now.
    /// - Throws: `.cancelled`; what `RedisClient.run` throws.
    public func tryAcquire() async throws(RedisError) -> RedisLease? { try await terms.takeNow() }

    /// Waits for a permit, runs `body`, and gives the permit back, whatever becomes of `body`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait while all are out; `nil` means for ever.
    ///   - body: Runs in a task of its own. It is cancelled with the caller's task, and when the permit is lost.
    /// - Returns: What `body` returns.
    /// - Throws: What `RedisLock.withLock` throws.
    public func withPermit<Value: Sendable>(
        timeout: Duration? = nil,
        _ body: @escaping @Sendable (RedisLease) async throws -> Value
    ) async throws -> Value { try await terms.take(timeout, body) }

    /// How many permits are out.
    ///
    /// - Throws: What `RedisClient.run` throws.
    public func permitsInUse() async throws(RedisError) -> Int {
        guard let count = try await terms.client.run(.countPermits, keys: [name]).count else {
            throw .unexpectedReply("EVALSHA")
        }
        return count
    }

    /// The calls for plain threads.
    @available(*, noasync, message: "await the call of the RedisSemaphore itself")
    public var blocking: Blocking { Blocking(terms: terms) }

    /// The blocking calls of a `RedisSemaphore`, for plain threads. Each throws `.invalidCommand` on the event loop.
    public struct Blocking: Sendable {
        let terms: LeaseTerms

        /// Waits for a permit, and blocks the thread meanwhile.
        ///
        /// - Parameter timeout: How long to wait while all are out; `nil` means for ever.
        /// - Returns: The lease.
        /// - Throws: What `RedisSemaphore.acquire` throws.
        public func acquire(timeout: Duration? = nil) throws(RedisError) -> RedisLease {
            try terms.takeWaitingBlocking(timeout)
        }

        /// Takes a permit if there is one.
        ///
        /// - Throws: What `RedisSemaphore.tryAcquire` throws.
        public func tryAcquire() throws(RedisError) -> RedisLease? { try terms.takeNowBlocking() }

        /// Waits for a permit, runs `body` on this thread, and gives the permit back.
        ///
        /// - Parameters:
        ///   - timeout: How long to wait while all are out; `nil` means for ever.
        ///   - body: A thread cannot be cancelled: a `body` that takes long asks `RedisLease.isValid`.
        /// - Returns: What `body` returns.
        /// - Throws: What `RedisSemaphore.withPermit` throws.
        public func withPermit<Value>(timeout: Duration? = nil, _ body: (RedisLease) throws -> Value) throws -> Value {
            try terms.takeBlocking(timeout, body)
        }
    }
}
