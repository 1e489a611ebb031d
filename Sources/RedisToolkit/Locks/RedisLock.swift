/// A lock that one holder at a time has, over all processes that use the same server.
///
/// ```swift
/// let lock = try RedisLock("orders", on: client)
/// try await lock.withLock { lease in
///     try await bill(orders, fence: lease.fence)
/// }
/// ```
///
/// **Waiting** costs nothing: whoever waits is woken by a message that the server publishes when the lock is given
/// back, or when the holder's lease ends. In one process those that have waited longest come first, and only the first
/// of them competes with other processes. Those that wait over one `RedisClient` share one subscription.
///
/// **Holding.** A `RedisLease` is renewed in the background. When it is lost all the same, the body of `withLock` is
/// cancelled and `withLock` throws `.leaseLost`, whatever the body returns.
///
/// **What it cannot do.** A failover may grant the lock twice, because replicas lag behind, and a process that is
/// stopped for longer than its lease does not know that it has lost it until it goes on. Whatever must not happen twice
/// has to be refused where it happens: each lease has a `fence` that is greater than those before it.
///
/// **The keys**: the name itself with the token, as redis-py's `Lock` and others have it, so that they and this lock
/// exclude each other; and `{name}:fence`. A holder of another library is not heard when it gives the lock back:
/// whoever waits looks again each second. Keyspace events are not needed.
public struct RedisLock: Sendable {
    let terms: LeaseTerms

    init(terms: LeaseTerms) { self.terms = terms }

    /// A lock of that name. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - name: The key at the server.
    ///   - client: Reaches the server.
    ///   - options: How leases are taken and kept.
    /// - Throws: `.invalidConfiguration` for options that cannot work.
    public init(
        _ name: some RedisBytesConvertible,
        on client: RedisClient,
        _ options: RedisLeaseOptions = RedisLeaseOptions()
    ) throws(RedisError) {
        let name = name.redisBytes
        let keys = [name, name.helper("fence")]
        let queue = [name.helper("queue"), name.helper("turn")]
        let isFair = options.order == .fair
        terms = try LeaseTerms(
            "lock",
            name,
            of: client,
            options,
            isExclusive: true,
            nesting: "lock",
            queuesAtServer: isFair,
            take: isFair ? .init(.acquireFairLock, keys + queue) : .init(.acquireLock, keys),
            renew: .init(.renewLock, [name]),
            release: isFair ? .init(.releaseFairLock, [name] + queue) : .init(.releaseLock, [name])
        )
    }

    /// The key at the server.
    public var name: RedisBytes { terms.name }

    /// Waits for the lock.
    ///
    /// - Parameter timeout: How long to wait while others have it; `nil` means for ever. With zero or less it is tried
    ///   once.
    /// - Returns: The lease. The lock is held until `RedisLease.release`.
    /// - Throws: `.timedOut` when others had it all the time; `.deadlock` when this task has it; `.cancelled`; what
    ///   `RedisClient.run` throws. Nothing of the request is left at the server then, or soon.
    public func lock(timeout: Duration? = nil) async throws(RedisError) -> RedisLease {
        try await terms.takeWaiting(timeout)
    }

    /// Takes the lock if nobody has it, and nobody waits for it here.
    ///
    /// - Returns: The lease; `nil` if the lock is not to be had now.
    /// - Throws: `.cancelled`; what `RedisClient.run` throws.
    public func tryLock() async throws(RedisError) -> RedisLease? { try await terms.takeNow() }

    /// Waits for the lock, runs `body`, and gives the lock back, whatever becomes of `body`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait while others have it; `nil` means for ever.
    ///   - body: Runs in a task of its own. It is cancelled with the caller's task, and when the lease is lost.
    /// - Returns: What `body` returns.
    /// - Throws: What `lock` throws; what `body` throws; `.leaseLost` when the lease was lost before `body` had ended,
    ///   with the error of `body` as the `underlyingError`. An error while the lock is given back is logged and not
    ///   thrown.
    public func withLock<Value: Sendable>(
        timeout: Duration? = nil,
        _ body: @escaping @Sendable (RedisLease) async throws -> Value
    ) async throws -> Value { try await terms.take(timeout, body) }

    /// Whether anybody has the lock now.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func isLocked() async throws(RedisError) -> Bool {
        try await terms.client.send(["EXISTS", terms.renew.keys[0]]) == .integer(1)
    }

    /// The calls for plain threads.
    @available(*, noasync, message: "await the call of the RedisLock itself")
    public var blocking: Blocking { Blocking(terms: terms) }

    /// The blocking calls of a `RedisLock`, for plain threads. Each throws `.invalidCommand` on the event loop.
    public struct Blocking: Sendable {
        let terms: LeaseTerms

        /// Waits for the lock, and blocks the thread meanwhile.
        ///
        /// - Parameter timeout: How long to wait while others have it; `nil` means for ever.
        /// - Returns: The lease.
        /// - Throws: What `RedisLock.lock` throws.
        public func lock(timeout: Duration? = nil) throws(RedisError) -> RedisLease {
            try terms.takeWaitingBlocking(timeout)
        }

        /// Takes the lock if nobody has it, and nobody waits for it here.
        ///
        /// - Throws: What `RedisLock.tryLock` throws.
        public func tryLock() throws(RedisError) -> RedisLease? { try terms.takeNowBlocking() }

        /// Waits for the lock, runs `body` on this thread, and gives the lock back.
        ///
        /// - Parameters:
        ///   - timeout: How long to wait while others have it; `nil` means for ever.
        ///   - body: A thread cannot be cancelled: a `body` that takes long asks `RedisLease.isValid`.
        /// - Returns: What `body` returns.
        /// - Throws: What `RedisLock.withLock` throws.
        public func withLock<Value>(timeout: Duration? = nil, _ body: (RedisLease) throws -> Value) throws -> Value {
            try terms.takeBlocking(timeout, body)
        }
    }
}

extension RedisClient {
    /// Waits for the lock of that name, runs `body`, and gives the lock back: see `RedisLock.withLock`.
    ///
    /// - Parameters:
    ///   - name: The key at the server.
    ///   - timeout: How long to wait while others have it; `nil` means for ever.
    ///   - options: How the lease is taken and kept.
    ///   - body: Runs in a task of its own, which is cancelled when the lease is lost.
    /// - Returns: What `body` returns.
    /// - Throws: What `RedisLock.withLock` throws; `.invalidConfiguration` for options that cannot work.
    public func withLock<Value: Sendable>(
        _ name: some RedisBytesConvertible,
        timeout: Duration? = nil,
        _ options: RedisLeaseOptions = RedisLeaseOptions(),
        _ body: @escaping @Sendable (RedisLease) async throws -> Value
    ) async throws -> Value { try await RedisLock(name, on: self, options).withLock(timeout: timeout, body) }
}
